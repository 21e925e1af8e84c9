// What events make a run owe others: the sending half of rules.h.
#include <reprise/error.h>

#include "replay/rules.h"

namespace reprise::replay {
namespace {

Message reply(MessageKind kind, RunId from, RunId to, OpId to_op) {
  Message message;
  message.kind = kind;
  message.from = from;
  message.to = to;
  message.to_op = to_op;
  return message;
}

Message to_key(MessageKind kind, RunId from, const Event& event) {
  Message message;
  message.kind = kind;
  message.from = from;
  message.from_op = event.op;
  message.key = {std::string(event.space), std::string(event.id)};
  return message;
}

/// As packed as the event has it: unpacked when it leaves the outbox.
void take_payload(const Event& event, Message& message) {
  message.payload = event.owned_payload();
  message.packed = event.packed;
}

Message start_child(const ShardState& state, RunId run, const Event& event) {
  Message message = to_key(MessageKind::start_child, run, event);
  message.name = state.names.text(event.name);
  message.hash = event.hash;
  take_payload(event, message);
  message.on_parent_close = event.on_parent_close;
  message.detached = event.detached;
  message.depth = event.depth;
  return message;
}

Message send_signal(const ShardState& state, RunId run, const Event& event) {
  Message message = to_key(MessageKind::signal, run, event);
  message.name = state.names.text(event.name);
  take_payload(event, message);
  message.signal_id = event.text;
  return message;
}

/// Another kind would not be read again once it is in an outbox.
bool is_reply(std::uint64_t kind) noexcept {
  return kind == static_cast<std::uint64_t>(MessageKind::child_start_failed) ||
         kind == static_cast<std::uint64_t>(MessageKind::signal_result);
}

/// The reply that message_refused stands for.
Message refusal(RunId run, const Event& event) {
  Message message = reply(static_cast<MessageKind>(event.number), run, event.peer, event.peer_op);
  message.failed = event.failed;
  if (event.failed) message.failure = event.owned_failure();
  return message;
}

/// The answer to a child or signal whose event was `failed` before it was sent.
Message not_sent(MessageKind kind, RunId run, const Event& event) {
  Message message = reply(kind, run, run, event.op);
  message.failed = true;
  message.failure = event.owned_failure();
  return message;
}

void close_children(RunId run, const Event& event, std::vector<Message>& messages) {
  for (const auto& child : event.children) {
    if (child.on_parent_close == detail::ParentClose::abandon) continue;
    Message message;
    message.kind = child.on_parent_close == detail::ParentClose::terminate ? MessageKind::terminate
                                                                           : MessageKind::cancel;
    message.from = run;
    message.to = child.run;
    message.key = child.key;
    messages.push_back(std::move(message));
  }
}

Message tell_parent(RunId run, const Event& event) {
  Message message = reply(MessageKind::child_completed, run, event.peer, event.peer_op);
  if (event.kind == EventKind::workflow_completed) {
    take_payload(event, message);
    return message;
  }
  message.failed = true;
  if (event.kind == EventKind::workflow_terminated) {
    message.failure = {static_cast<std::uint16_t>(Code::workflow_terminated), "",
                       std::string(event.text), false};
  } else {
    message.failure = event.owned_failure();
  }
  return message;
}

}  // namespace

void messages_of(const ShardState& state, RunId run, const Event& event,
                 std::vector<Message>& messages) {
  switch (event.kind) {
    case EventKind::child_scheduled:
      messages.push_back(event.failed ? not_sent(MessageKind::child_start_failed, run, event)
                                      : start_child(state, run, event));
      return;
    case EventKind::signal_sent:
      messages.push_back(event.failed ? not_sent(MessageKind::signal_result, run, event)
                                      : send_signal(state, run, event));
      return;
    case EventKind::workflow_started:
      if (event.peer.value == 0) return;
      messages.push_back(reply(MessageKind::child_started, run, event.peer, event.peer_op));
      return;
    case EventKind::signal_received:
      if (event.peer.value == 0) return;
      messages.push_back(reply(MessageKind::signal_result, run, event.peer, event.peer_op));
      return;
    case EventKind::operation_cancelled:
      if (event.id.empty()) return;
      messages.push_back(to_key(MessageKind::cancel, run, event));
      messages.back().to = event.peer;
      return;
    case EventKind::message_refused:
      if (is_reply(event.number)) messages.push_back(refusal(run, event));
      return;
    case EventKind::workflow_completed:
    case EventKind::workflow_failed:
    case EventKind::workflow_cancelled:
    case EventKind::workflow_terminated:
      close_children(run, event, messages);
      if (event.peer.value != 0) messages.push_back(tell_parent(run, event));
      return;
    default: return;
  }
}

}  // namespace reprise::replay

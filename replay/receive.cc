// What arriving messages and signals become: the receiving half of rules.h.
#include <algorithm>

#include <reprise/detail/mark.h>
#include <reprise/error.h>

#include "replay/flags.h"
#include "replay/rules.h"

namespace reprise::replay {
namespace {

Received instance_event(EventKind kind, OpId op) {
  Received received;
  received.as = Received::As::instance_event;
  received.event.kind = kind;
  received.event.op = op;
  return received;
}

const OpenOp* open_op(const InstanceState* target, const Message& message, OpKind kind) {
  if (target == nullptr || target->status != Status::open || target->run != message.to) {
    return nullptr;
  }
  const auto it = target->open.find(message.to_op);
  return it != target->open.end() && it->second.kind == kind ? &it->second : nullptr;
}

bool valid(const InstanceKey& key, const Limits& limits) noexcept {
  const auto fits = [&](std::string_view text) {
    return text.size() <= limits.name_size_max && text.find('\0') == std::string_view::npos;
  };
  return !key.id.empty() && fits(key.id) && fits(key.space);
}

void set_outcome(const Message& message, Event& event) {
  if (message.failed) {
    event.set_failure(message.failure);
  } else {
    event.encoding = message.payload.encoding;
    event.payload = message.payload.bytes;
  }
}

/// Its payload was lost before it was sent.
std::optional<Received> refuse_failed(const Message& message) {
  if (!message.failed) return std::nullopt;
  return refuse(message, static_cast<Code>(message.failure.code), message.failure.message);
}

Received start_child(const Message& message, const InstanceState* target, const Limits& limits) {
  if (auto refused = refuse_failed(message)) return *refused;
  if (!valid(message.key, limits)) {
    return refuse(message, Code::invalid_argument,
                  "a child's id or namespace is empty, too long or holds a NUL byte");
  }
  if (message.depth > limits.nesting_max) {
    REPRISE_MARK("replay/child_too_deep");
    return refuse(message, Code::nesting_too_deep, "children are nested too deep");
  }
  if (target != nullptr) {
    REPRISE_MARK("replay/child_over_an_instance");
    return refuse(message, Code::conflict, "an instance of that id exists");
  }
  Received received;
  received.as = Received::As::new_run;
  received.name = message.name;
  Event& event = received.event;
  event.kind = EventKind::workflow_started;
  event.number = known_flags;
  event.space = message.key.space;
  event.id = message.key.id;
  event.encoding = message.payload.encoding;
  event.payload = message.payload.bytes;
  event.hash = message.hash;
  event.peer = message.from;
  event.peer_op = message.from_op;
  event.on_parent_close = message.on_parent_close;
  event.detached = message.detached;
  event.depth = message.depth;
  return received;
}

Received child_started(const Message& message, const InstanceState* target) {
  const auto* op = open_op(target, message, OpKind::child);
  if (op == nullptr || op->child.value != 0) return {};
  auto received = instance_event(EventKind::child_started, message.to_op);
  received.event.peer = message.from;
  return received;
}

Received child_answer(EventKind kind, const Message& message, const InstanceState* target) {
  if (open_op(target, message, OpKind::child) == nullptr) {
    REPRISE_MARK("replay/child_answers_nobody");
    return {};
  }
  auto received = instance_event(kind, message.to_op);
  received.event.peer = message.from;
  set_outcome(message, received.event);
  return received;
}

Received signal(const Message& message, const InstanceState* target, const Limits& limits) {
  if (auto refused = refuse_failed(message)) return *refused;
  if (target == nullptr) return refuse(message, Code::not_found, "no instance of that id");
  auto decision = signal_arrived(*target, message.signal_id, message.payload, limits);
  if (!decision) {
    const bool closed = decision.code() == Code::closed;
    return refuse(message, decision.code(),
                  closed ? "the instance has finished" : "too many signals wait to be consumed");
  }
  if (decision->duplicate) {
    auto received = refuse(message, Code::ok, {});
    received.event.failed = false;
    return received;
  }
  Received received;
  received.as = Received::As::instance_event;
  received.event = decision->event;
  received.event.peer = message.from;
  received.event.peer_op = message.from_op;
  received.name = message.name;
  return received;
}

Received signal_result(const Message& message, const InstanceState* target) {
  if (open_op(target, message, OpKind::send) == nullptr) {
    REPRISE_MARK("replay/signal_result_for_nobody");
    return {};
  }
  auto received = instance_event(EventKind::signal_delivered, message.to_op);
  set_outcome(message, received.event);
  return received;
}

/// Cancel or terminate, from a parent. A run that is not its child (a start that was refused, a
/// later run under the same key) is left alone.
Received from_parent(EventKind kind, const Message& message, const InstanceState* target) {
  if (target == nullptr || target->status != Status::open) return {};
  if (target->parent != message.from) {
    REPRISE_MARK("replay/close_by_a_stranger");
    return {};
  }
  if (message.to.value != 0 && target->run != message.to) return {};
  if (kind == EventKind::cancel_requested && target->cancel_requested) {
    REPRISE_MARK("replay/cancelled_twice_by_its_parent");
    return {};
  }
  auto received = instance_event(kind, 0);
  received.event.text = "by its parent";
  if (kind == EventKind::workflow_terminated) fill_closing(*target, received.event);
  return received;
}

}  // namespace

Received refuse(const Message& message, Code code, std::string_view text) {
  Received received;
  received.as = Received::As::refusal;
  Event& event = received.event;
  event.kind = EventKind::message_refused;
  event.peer = message.from;
  event.peer_op = message.from_op;
  event.number = static_cast<std::uint64_t>(message.kind == MessageKind::start_child
                                                ? MessageKind::child_start_failed
                                                : MessageKind::signal_result);
  event.failed = true;
  event.failure_code = static_cast<std::uint16_t>(code);
  event.failure_message = text;
  return received;
}

Received receive(const Message& message, const InstanceState* target, const Limits& limits) {
  switch (message.kind) {
    case MessageKind::start_child: return start_child(message, target, limits);
    case MessageKind::child_started: return child_started(message, target);
    case MessageKind::child_start_failed:
      return child_answer(EventKind::child_start_failed, message, target);
    case MessageKind::child_completed:
      return child_answer(EventKind::child_completed, message, target);
    case MessageKind::signal: return signal(message, target, limits);
    case MessageKind::signal_result: return signal_result(message, target);
    case MessageKind::cancel: return from_parent(EventKind::cancel_requested, message, target);
    case MessageKind::terminate:
      return from_parent(EventKind::workflow_terminated, message, target);
  }
  return {};
}

Result<SignalDecision> signal_arrived(const InstanceState& state, std::string_view signal_id,
                                      const Payload& payload, const Limits& limits) {
  if (state.status != Status::open) {
    return Error(Code::closed, "the instance has finished; it takes no more signals");
  }
  SignalDecision decision;
  const auto& ids = state.signal_ids;
  if (!signal_id.empty() && std::find(ids.begin(), ids.end(), signal_id) != ids.end()) {
    decision.duplicate = true;
    return decision;
  }
  const auto unread = state.signals.unread().size() - state.settling().size();
  if (unread >= limits.unread_signals_max) {
    return Error(Code::too_many_signals,
                 "as many signals as the instance may hold wait unread; send it again later");
  }
  decision.event.kind = EventKind::signal_received;
  decision.event.text = signal_id;
  decision.event.encoding = payload.encoding;
  decision.event.payload = payload.bytes;
  return decision;
}

}  // namespace reprise::replay

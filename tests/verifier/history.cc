#include "tests/verifier/history.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace reprise::verifier {

void History::report(Rule rule, std::string text) {
  broken_ = true;
  findings_.add(rule, fmt::format("run {} seq {}", run_text(state_.run), state_.seq),
                std::move(text));
}

void History::apply(const Event& event, std::uint32_t epoch) {
  if (broken_) return;
  if (event.seq != state_.seq + 1) {
    return report(Rule::event_seq, fmt::format("{} comes after it", event.seq));
  }
  const auto place = [&] { return fmt::format("run {} seq {}", run_text(state_.run), event.seq); };
  const auto plain = check_payload(payload_of(*event.table), state_.run, blobs_, place, findings_);
  if (!plain) {
    broken_ = true;
    return;
  }
  plain_ = *plain;
  if (const auto* packed = event->packed();
      packed != nullptr && packed->blob() != 0 && packed->blob() != event.seq) {
    return report(Rule::blob, "its blob is of another event");
  }
  const std::uint64_t before = state_.seq;
  state_.seq = event.seq;
  if ((before == 0) != (event->kind() == workflow_started)) {
    return report(Rule::start, "workflow_started must be the first event, and no other");
  }
  if (state_.closed_by != 0) return report(Rule::closed, "comes behind the closing event");
  if (event->time() < state_.time) {
    return report(Rule::time, fmt::format("{} after {}", event->time(), state_.time));
  }
  if (!check_activation(event)) return;
  state_.time = event->time();
  state_.more = event.more();
  state_.bytes += 8 + event.table_bytes.size();
  state_.hash = history_after(state_.hash, event.seq, names_[event.name], event.table_bytes);
  dispatch(event, epoch);
}

bool History::check_activation(const Event& event) {
  const bool held = state_.paused != 0 || state_.cut;
  if (event->kind() == activation_cut && held) {
    report(Rule::more, "the code is held already");
    return false;
  }
  if (state_.more && !event.is_command() && event->kind() != activation_cut &&
      event->kind() != workflow_failed && event->kind() != workflow_terminated) {
    report(Rule::more, "the activation was not over");
    return false;
  }
  const bool answered = state_.answered;
  state_.answered = state_.unsettled && event.is_command() && !event.more();
  if (event.is_command()) {
    state_.code_started = true;
    state_.cut = false;
  } else if (state_.unsettled && !held && (event->kind() != activation_cut || answered)) {
    settle();
    state_.ended_unseen.clear();
  }
  return true;
}

bool History::hand_over(std::uint32_t name) {
  const auto waiting = std::ranges::find_if(state_.open, [&](const auto& op) {
    return op.second.kind == signal_awaited && op.second.name == name;
  });
  if (waiting == state_.open.end()) return false;
  state_.open.erase(waiting);
  return true;
}

void History::settle() {
  std::erase_if(state_.unread, [&](const auto& signal) { return hand_over(signal.first); });
  state_.unsettled = false;
}

void History::end_op(std::uint32_t number) {
  state_.open.erase(number);
  if (state_.paused != 0 || state_.cut) state_.ended_unseen.insert(number);
}

void History::dispatch(const Event& event, std::uint32_t epoch) {
  switch (event->kind()) {
    case workflow_started: return start(event);
    case workflow_completed:
    case workflow_failed:
    case workflow_cancelled:
    case workflow_terminated: return close(event);
    case workflow_paused:
    case workflow_resumed:
    case cancel_requested: return pause(event, epoch);
    case step_scheduled:
    case step_completed:
    case step_attempt_failed:
    case step_handed_over: return step(event, epoch);
    case timer_started:
    case timer_fired: return timer(event);
    case signal_awaited:
    case signal_received: return signal(event);
    case child_scheduled:
    case child_started:
    case child_start_failed:
    case child_completed: return child(event);
    case signal_sent:
    case signal_delivered: return send(event);
    case operation_cancelled: return cancel(event);
    case activation_cut: state_.cut = state_.unsettled = true; return;
    default: return;
  }
}

OpenOp* History::new_op(const Event& event) {
  // What cancellation refused has used up its number.
  if (event->op() <= state_.ops || (event->op() != state_.ops + 1 && !state_.cancel_requested)) {
    report(Rule::operation, fmt::format("operation {} comes after {}", event->op(), state_.ops));
    return nullptr;
  }
  state_.ops = event->op();
  OpenOp& op = state_.open[event->op()];
  op.kind = event->kind();
  op.name = event.name;
  op.site = event.site;
  op.since = event->time();
  op.hash = event->hash();
  op.detached = (event->flags() & flag_detached) != 0;
  op.shielded = (event->flags() & flag_shielded) != 0;
  return &op;
}

OpenOp* History::open_op(const Event& event, std::uint8_t kind) {
  const auto found = state_.open.find(event->op());
  if (found == state_.open.end() || (kind != 0 && found->second.kind != kind)) {
    report(Rule::operation,
           fmt::format("kind {}: operation {} is not open", event->kind(), event->op()));
    return nullptr;
  }
  return &found->second;
}

void History::start(const Event& event) {
  state_.space = view(event->space());
  state_.id = view(event->id());
  state_.workflow = event.name;
  state_.input_hash = event->hash();
  state_.started = event->time();
  state_.parent = event->peer();
  state_.parent_op = event->peer_op();
  state_.on_parent_close = event->on_parent_close();
  state_.depth = event->depth();
  state_.detached = (event->flags() & flag_detached) != 0;
  if (shard_of_id(state_.space, state_.id, shards_) != shard_of_run(state_.run)) {
    return report(Rule::run, "the id belongs to another shard");
  }
  if (event->hash() != hash64(plain_)) {
    return report(Rule::input_hash, "is not of the input");
  }
  if (state_.parent != 0) {
    links_.child_started({{state_.parent, state_.parent_op},
                          state_.run,
                          event.seq,
                          {state_.space, state_.id, names_[event.name], event->hash(), {}}});
  }
}

void History::close(const Event& event) {
  if (event->kind() == workflow_cancelled && !state_.cancel_requested) {
    return report(Rule::cancelled, "cancelled, and nobody asked for it");
  }
  std::size_t at = 0;
  const std::size_t listed = size(event->child_runs());
  for (const auto& [number, op] : state_.open) {
    if (op.kind != child_scheduled || op.detached || op.on_parent_close == 2) continue;
    const auto i = static_cast<flatbuffers::uoffset_t>(at++);
    if (at > listed || event->child_runs()->Get(i) != op.child ||
        view(event->child_spaces()->Get(i)) != op.space ||
        view(event->child_ids()->Get(i)) != op.id ||
        event->child_policies()->Get(i) != op.on_parent_close) {
      return report(
          Rule::child,
          fmt::format("open child {} ({} {} {} detached {}) is not listed so, {} of {}: {}", number,
                      op.child, op.id, op.on_parent_close, op.detached, at, listed,
                      at <= listed ? event->child_runs()->Get(i) : 99));
    }
  }
  if (at != listed) return report(Rule::child, "a child is listed that is not open");
  const std::uint64_t told = state_.detached ? 0 : state_.parent;
  if (event->peer() != told || (told != 0 && event->peer_op() != state_.parent_op)) {
    return report(Rule::link, "the parent to tell is another");
  }
  if (((event->flags() & flag_detached) != 0) != state_.detached) {
    return report(Rule::event_field, "detached or not, other than it was started");
  }
  state_.outcome = event->kind() == workflow_completed ? 1 : 2;
  state_.result_encoding = event->encoding();
  state_.result = std::move(plain_);
  state_.failure_code = event->failure_code();
  state_.failure_type = view(event->failure_type());
  state_.failure_message = view(event->failure_message());
  state_.failure_retryable = (event->flags() & flag_retryable) != 0;
  if (event->kind() == workflow_terminated) {
    state_.failure_code = failure_terminated;
    state_.failure_message = view(event->text());
  }
  state_.closed = event->time();
  state_.paused = 0;
  state_.cut = false;
  state_.unsettled = false;
  state_.answered = false;
  state_.unread.clear();
  state_.ended_unseen.clear();
  state_.closed_by = event->kind();
  state_.open.clear();
  state_.signal_ids.clear();
}

void History::pause(const Event& event, std::uint32_t epoch) {
  if (event->kind() == cancel_requested) {
    if (state_.cancel_requested) return report(Rule::cancelled, "asked for twice");
    state_.cancel_requested = true;
    return;
  }
  const bool pausing = event->kind() == workflow_paused;
  if (pausing && event->number() > 2) return report(Rule::event_field, "paused by nobody known");
  if (pausing == (state_.paused != 0)) {
    return report(Rule::paused, pausing ? "paused already" : "was not paused");
  }
  const std::uint64_t was = state_.paused;
  state_.paused = pausing ? event->number() : 0;
  if (pausing) {
    state_.unsettled = true;
  } else {
    for (auto& [number, op] : state_.open) {
      op.crashes = 0;
      const bool cut_off = op.running && !op.handed_over && op.epoch < epoch;
      op.forgiven = (was == pause_poison || op.forgiven) && cut_off;
      // Only a chunk tells of the two: nobody knows which epochs they are of.
      if (op.running && (op.epoch == 0 || epoch == 0)) op.crashes_known = false;
    }
  }
}

void History::signal(const Event& event) {
  if (event->kind() == signal_awaited) {
    if (new_op(event) == nullptr || state_.unsettled) return;
    const auto first = std::ranges::find_if(
        state_.unread, [&](const auto& signal) { return signal.first == event.name; });
    if (first == state_.unread.end()) return;
    state_.unread.erase(first);
    state_.open.erase(event->op());
    return;
  }
  const std::string id(view(event->text()));
  const std::size_t forgotten =
      state_.signal_ids.size() - std::min(state_.signal_ids.size(), signal_ids_kept);
  const std::span kept = std::span(state_.signal_ids).subspan(forgotten);
  if (!id.empty() && std::ranges::find(kept, id) != kept.end()) {
    return report(Rule::signal, "its id was received before");
  }
  if (!id.empty()) state_.signal_ids.push_back(id);
  if (event->peer() != 0) {
    links_.signal_received({{event->peer(), event->peer_op()},
                            state_.run,
                            event.seq,
                            {state_.space, state_.id, names_[event.name], 0, id}});
  }
  if (state_.unsettled || !hand_over(event.name)) state_.unread.emplace_back(event.name, event.seq);
}

void History::child(const Event& event) {
  if (event->kind() == child_scheduled) {
    OpenOp* op = new_op(event);
    if (op == nullptr) return;
    op->space = view(event->space());
    op->id = view(event->id());
    op->on_parent_close = event->on_parent_close();
    if (event.failed()) return;
    if (event->hash() != hash64(plain_)) return report(Rule::input_hash, "is not of the input");
    links_.asked({state_.run, event->op()},
                 {op->space, op->id, names_[event.name], event->hash(), {}});
    return;
  }
  OpenOp* op = open_op(event, child_scheduled);
  if (op == nullptr) return;
  if (event->kind() == child_start_failed) {
    if (op->child != 0) return report(Rule::child, "had been started");
    return end_op(event->op());
  }
  const bool closing = event->kind() == child_completed;
  if (closing ? op->child != event->peer() : op->child != 0) {
    return report(Rule::child, closing ? "is not the child that was started" : "started twice");
  }
  links_.answered({{state_.run, event->op()}, event->peer(), closing});
  op->child = event->peer();
  if (closing || op->detached) end_op(event->op());
}

void History::send(const Event& event) {
  if (event->kind() == signal_sent) {
    OpenOp* op = new_op(event);
    if (op == nullptr) return;
    op->space = view(event->space());
    op->id = view(event->id());
    if (event.failed()) return;
    if (event->hash() != hash64(plain_)) return report(Rule::input_hash, "is not of the payload");
    links_.asked({state_.run, event->op()},
                 {std::string(view(event->space())), std::string(view(event->id())),
                  names_[event.name], 0, std::string(view(event->text()))});
    return;
  }
  if (open_op(event, signal_sent) != nullptr) end_op(event->op());
}

void History::cancel(const Event& event) {
  // By code that did not know yet: nothing more is cancelled, and nobody told.
  if (state_.ended_unseen.erase(event->op()) != 0) {
    if (event->attempt() == 0 && event->peer() == 0 && view(event->id()).empty()) return;
    return report(Rule::operation, "what has ended is cancelled as if it were open");
  }
  const OpenOp* op = open_op(event, 0);
  if (op == nullptr) return;
  const bool body_open = op->kind == step_scheduled && op->running && !op->handed_over;
  const std::uint64_t attempt = body_open ? op->attempt : 0;
  if (event->attempt() != attempt) {
    return report(Rule::attempt,
                  fmt::format("attempt {} is cancelled, {} runs", event->attempt(), attempt));
  }
  if (op->kind == child_scheduled &&
      (event->peer() != op->child || view(event->space()) != op->space ||
       view(event->id()) != op->id)) {
    return report(Rule::child, "another child is cancelled");
  }
  state_.open.erase(event->op());
}

}  // namespace reprise::verifier

#include "replay/instance_state.h"

#include <algorithm>
#include <utility>

#include <reprise/assert.h>
#include <reprise/error.h>

namespace reprise::replay {
namespace {

void fill(OpenOp& op, OpKind kind, const Event& event) {
  op.kind = kind;
  op.name = event.name;
  op.site = event.site;
  op.since = event.time;
  op.due = event.due;
  op.hash = event.hash;
  op.target.space = event.space;
  op.target.id = event.id;
  op.on_parent_close = event.on_parent_close;
  op.detached = event.detached;
  op.shielded = event.shielded;
}

void close_op(InstanceState& state, OpId op) {
  const auto it = state.open.find(op);
  if (it == state.open.end()) return;
  // Its kind is not taken on trust: a history may come from a file.
  if (it->second.kind == OpKind::signal) state.signals.cancel(op);
  state.open.erase(it);
}

OpenOp& add_op(InstanceState& state, OpKind kind, const Event& event) {
  state.ops = std::max(state.ops, event.op);
  close_op(state, event.op);
  OpenOp& op = state.open[event.op];
  fill(op, kind, event);
  return op;
}

OpenOp* find_op(InstanceState& state, OpId op) {
  const auto it = state.open.find(op);
  return it == state.open.end() ? nullptr : &it->second;
}

void on_started(InstanceState& state, const Event& event) {
  state.key = {std::string(event.space), std::string(event.id)};
  state.workflow = event.name;
  state.input_hash = event.hash;
  state.started = event.time;
  state.parent = event.peer;
  state.parent_op = event.peer_op;
  state.detached = event.detached;
  state.on_parent_close = event.on_parent_close;
  state.depth = event.depth;
}

void on_closed(InstanceState& state, Status status, const Event& event) {
  state.status = status;
  state.closed = event.time;
  state.paused.reset();
  state.cut = false;
  state.unsettled = false;
  state.answered = false;
  state.open.clear();
  state.signals.clear();
  state.signal_ids.clear();
  state.signal_ids_dropped = 0;
  if (status == Status::terminated) {
    state.outcome = Failure{static_cast<std::uint16_t>(Code::workflow_terminated), "",
                            std::string(event.text), false};
  } else {
    state.outcome = event.owned_outcome();
    state.packed = event.packed;
  }
}

void on_step_scheduled(InstanceState& state, const Event& event, Epoch epoch) {
  OpenOp* op = event.attempt <= 1 ? nullptr : find_op(state, event.op);
  if (op == nullptr) {
    op = &add_op(state, OpKind::step, event);
    op->step = event.step;
  }
  op->attempt = event.attempt;
  op->attempt_epoch = epoch;
  op->running = true;
  op->handed_over = false;
  op->due = 0;
  // An attempt that no crash calls for leaves the count as it is: an answer has reset it, a put off
  // one has not.
  if (event.number != 0) {
    op->crashes = static_cast<std::uint32_t>(event.number) - (op->forgiven ? 1 : 0);
  }
  op->forgiven = false;
}

void on_attempt_failed(InstanceState& state, const Event& event) {
  OpenOp* op = find_op(state, event.op);
  if (op == nullptr) return;
  op->running = false;
  op->handed_over = false;
  op->due = event.due;
  // Never started: neither a failure of the step nor an answer of its body.
  if (event.failure_code == static_cast<std::uint16_t>(Code::shutting_down)) return;
  op->failures += 1;
  op->crashes = 0;
}

void on_handed_over(InstanceState& state, const Event& event) {
  OpenOp* op = find_op(state, event.op);
  // A history may come from a file: only an attempt that runs is handed over.
  if (op == nullptr || !op->running || op->attempt != event.attempt) return;
  op->handed_over = true;
  op->due = event.due;
  op->crashes = 0;  // The body has returned: whatever ends the process now, it is not the body.
}

void on_signal_received(InstanceState& state, const Event& event) {
  if (!event.text.empty()) {
    state.signal_ids.emplace_back(event.text);
    if (state.signal_ids.size() > signal_ids_max) {
      state.signal_ids.pop_front();
      state.signal_ids_dropped += 1;
    }
  }
  Seq seq = state.seq;
  if (state.unsettled) {
    state.signals.store(event.name, seq);
  } else if (const auto op = state.signals.receive(event.name, seq)) {
    state.open.erase(*op);
  }
}

void on_signal_awaited(InstanceState& state, const Event& event) {
  add_op(state, OpKind::signal, event);
  if (state.unsettled) {
    state.signals.wait(event.name, event.op);
  } else if (state.signals.await(event.name, event.op)) {
    state.open.erase(event.op);
  }
}

void on_child_started(InstanceState& state, const Event& event) {
  OpenOp* op = find_op(state, event.op);
  if (op == nullptr) return;
  op->child = event.peer;
  // Nobody awaits more of a detached child than its start.
  if (op->detached) close_op(state, event.op);
}

void on_resumed(InstanceState& state, Epoch epoch) {
  const bool poison = state.paused == PauseReason::poison;
  state.paused.reset();
  // Whoever resumed it has dealt with the crashes; count anew, and those that led to a pause for
  // poison not a second time when the bodies they cut off are started again.
  for (auto& [id, op] : state.open) {
    op.crashes = 0;
    op.forgiven = (poison || op.forgiven) && op.body_open() && op.attempt_epoch < epoch;
  }
}

/// A number that is not known comes from a file, and pauses all the same: as a user's.
PauseReason pause_reason(std::uint64_t number) {
  constexpr auto poison = static_cast<std::uint64_t>(PauseReason::poison);
  return number == poison ? PauseReason::poison : PauseReason::user;
}

/// Before an event of the run is applied: matches what was held, once the code has caught up.
void track_held(InstanceState& state, const Event& event) {
  const bool answered =
      std::exchange(state.answered, state.unsettled && is_command_event(event) && !event.more);
  if (is_command_event(event)) {
    state.code_started = true;
    state.cut = false;
    return;
  }
  // Told to go on, the code could not: it may still cancel what it awaits.
  if (event.kind == EventKind::activation_cut && !answered) return;
  if (state.unsettled && !state.held()) {
    state.signals.settle([&](OpId op, Seq) { state.open.erase(op); });
    state.unsettled = false;
  }
}

void apply_operation(InstanceState& state, const Event& event, Epoch epoch) {
  switch (event.kind) {
    case EventKind::step_scheduled: return on_step_scheduled(state, event, epoch);
    case EventKind::step_attempt_failed: return on_attempt_failed(state, event);
    case EventKind::step_handed_over: return on_handed_over(state, event);
    case EventKind::timer_started: return void(add_op(state, OpKind::timer, event));
    case EventKind::child_scheduled: return void(add_op(state, OpKind::child, event));
    case EventKind::signal_sent: return void(add_op(state, OpKind::send, event));
    case EventKind::signal_awaited: return on_signal_awaited(state, event);
    case EventKind::signal_received: return on_signal_received(state, event);
    case EventKind::child_started: return on_child_started(state, event);
    case EventKind::operation_cancelled:
    case EventKind::step_completed:
    case EventKind::timer_fired:
    case EventKind::child_start_failed:
    case EventKind::child_completed:
    case EventKind::signal_delivered: return close_op(state, event.op);
    default: return;
  }
}

}  // namespace

std::vector<OpId> InstanceState::settling() const {
  std::vector<OpId> settled;
  if (!unsettled || held() || more) return settled;
  auto box = signals;
  box.settle([&](OpId op, Seq) { settled.push_back(op); });
  return settled;
}

void apply_instance(InstanceState& state, const Event& event, std::string_view bytes,
                    const Names& names, Epoch epoch) {
  REPRISE_ASSERT(static_cast<std::uint8_t>(event.kind) >= 100);
  state.seq += 1;
  state.hash = history_hash(state.hash, state.seq, names.text(event.name), bytes);
  state.bytes += bytes.size();
  state.time = std::max(state.time, event.time);
  state.more = event.more;
  track_held(state, event);
  switch (event.kind) {
    case EventKind::workflow_started: return on_started(state, event);
    case EventKind::workflow_completed: return on_closed(state, Status::completed, event);
    case EventKind::workflow_failed: return on_closed(state, Status::failed, event);
    case EventKind::workflow_cancelled: return on_closed(state, Status::cancelled, event);
    case EventKind::workflow_terminated: return on_closed(state, Status::terminated, event);
    case EventKind::workflow_paused:
      state.paused = pause_reason(event.number);
      state.unsettled = true;
      return;
    case EventKind::workflow_resumed: return on_resumed(state, epoch);
    case EventKind::cancel_requested: state.cancel_requested = true; return;
    case EventKind::activation_cut:
      state.cut = true;
      state.unsettled = true;
      return;
    default: return apply_operation(state, event, epoch);
  }
}

}  // namespace reprise::replay

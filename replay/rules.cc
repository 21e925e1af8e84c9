#include "replay/rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <reprise/assert.h>
#include <reprise/detail/mark.h>
#include <reprise/error.h>

namespace reprise::replay {
namespace {

using detail::Command;
using detail::CommandKind;

constexpr auto code_of(Code code) noexcept { return static_cast<std::uint16_t>(code); }

const OpenOp* find(const InstanceState& state, OpId op) {
  const auto it = state.open.find(op);
  return it == state.open.end() ? nullptr : &it->second;
}

void fill_cancelled(const InstanceState& state, Event& event) {
  const auto* op = find(state, event.op);
  if (op == nullptr) return;
  if (op->kind == OpKind::step && op->body_open()) event.attempt = op->attempt;
  if (op->kind == OpKind::child && !op->detached) {
    event.space = op->target.space;
    event.id = op->target.id;
    event.peer = op->child;
  }
}

Event make(const InstanceState& state, EventKind kind, OpId op, Nanos now) {
  Event event;
  event.kind = kind;
  event.op = op;
  event.time = std::max(now, state.time);
  return event;
}

StepAnswer stale() {
  StepAnswer answer;
  answer.stale = true;
  return answer;
}

Nanos add(Nanos time, Nanos duration) noexcept {
  Nanos sum = 0;
  if (!__builtin_add_overflow(time, duration, &sum)) return sum;
  REPRISE_MARK("replay/time_overflows");
  return duration > 0 ? std::numeric_limits<Nanos>::max() : std::numeric_limits<Nanos>::min();
}

/// The wait before the attempt after `failures` of them. Options may come from a file: any value
/// gives a wait within [0, backoff_max].
Nanos retry_wait(const StepOptions& step, std::uint32_t failures, double uniform) noexcept {
  const double limit = std::max(0.0, static_cast<double>(step.backoff_max.count()));
  const double factor = step.backoff_factor >= 1.0 ? step.backoff_factor : 1.0;
  double wait = std::max(0.0, static_cast<double>(step.backoff.count()));
  // By multiplication, and stopped at the limit: pow differs between C libraries.
  for (std::uint32_t i = 1; i < failures && wait < limit && factor > 1.0 && wait > 0.0; ++i) {
    wait *= factor;
  }
  wait = std::min(wait, limit);
  const double jitter = step.jitter >= 0.0 ? std::min(step.jitter, 1.0) : 0.0;
  wait -= wait * jitter * (1.0 - std::clamp(uniform, 0.0, 1.0));
  // Far below 2^63, and a double there is exact to 1 µs.
  constexpr double longest = 9.0e18;
  return static_cast<Nanos>(std::clamp(wait, 0.0, longest));
}

bool past_total(const OpenOp& op, Nanos at) noexcept {
  const Nanos total = op.step.total_timeout.count();
  return total > 0 && at >= add(op.since, total);
}

bool cancels(const InstanceState& state, const OpenOp& op) noexcept {
  return state.cancel_requested && !op.shielded;
}

/// Ends a step whose body does not run again.
StepAnswer ended(const InstanceState& state, OpId id, const OpenOp& op, Nanos now, Code code,
                 std::string_view message) {
  StepAnswer answer;
  answer.event = make(state, EventKind::step_completed, id, now);
  answer.event.attempt = op.attempt;
  answer.event.number = op.body_open() ? 0 : 1;
  answer.event.failed = true;
  answer.event.failure_code = code_of(code);
  answer.event.failure_message = message;
  return answer;
}

StepAnswer next_attempt(const InstanceState& state, OpId id, const OpenOp& op, Nanos now) {
  StepAnswer answer;
  answer.event = make(state, EventKind::step_scheduled, id, now);
  answer.event.name = op.name;
  answer.event.site = op.site;
  answer.event.attempt = op.attempt + 1;
  return answer;
}

}  // namespace

Event event_of(const InstanceState& state, const Command& command, std::uint32_t name,
               std::uint32_t site, Nanos time) {
  Event event = make(state, event_kind(command.kind), command.op, time);
  event.name = name;
  event.site = site;
  event.hash = command.args_hash;
  event.draws = command.draws;
  for (const auto& watched : command.state) event.state.push_back(watched.hash);
  event.encoding = command.payload.encoding;
  event.payload = command.payload.bytes;
  event.due = command.due_after ? add(time, command.due) : command.due;
  event.space = command.target.space;
  event.id = command.target.id;
  event.text = command.signal_id;
  event.on_parent_close = command.detached ? detail::ParentClose::abandon : command.on_parent_close;
  event.detached = command.detached;
  event.shielded = command.shielded;
  event.version = command.version;
  switch (command.kind) {
    case CommandKind::schedule_step:
      event.step = command.step;
      event.attempt = 1;
      break;
    case CommandKind::start_child: event.depth = state.depth + 1; break;
    case CommandKind::cancel_operation: fill_cancelled(state, event); break;
    case CommandKind::fail_workflow:
    case CommandKind::cancel_workflow: event.set_failure(command.failure); break;
    default: break;
  }
  if (is_closing_event(event.kind)) fill_closing(state, event);
  return event;
}

StepAnswer step_answered(const InstanceState& state, OpId op, std::uint32_t attempt,
                         const detail::Outcome& outcome, Nanos now, double uniform) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step || open->attempt != attempt) return stale();
  const auto* failure = std::get_if<Failure>(&outcome);
  const bool hung = failure != nullptr && failure->code == code_of(Code::body_hung);
  if (!open->running && !hung) return stale();

  StepAnswer answer;
  answer.event = make(state, EventKind::step_completed, op, now);
  answer.event.attempt = attempt;
  answer.event.set_outcome(outcome);
  answer.event.number = open->body_open() ? 0 : 1;
  if (failure == nullptr) return answer;
  const std::uint32_t failures = open->failures + 1;
  const bool used_up = open->step.attempts != 0 && failures >= open->step.attempts;
  if (hung || !failure->retryable || used_up || cancels(state, *open)) return answer;
  const Nanos retry_at = add(now, retry_wait(open->step, failures, uniform));
  if (past_total(*open, retry_at)) {
    REPRISE_MARK("replay/retry_past_the_total_timeout");
    answer.event.failure_code = code_of(Code::timed_out);
    return answer;
  }
  answer.event.kind = EventKind::step_attempt_failed;
  answer.event.due = retry_at;
  return answer;
}

StepAnswer handed_over(const InstanceState& state, OpId op, std::uint32_t attempt, Nanos ran,
                       Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step || open->step.runs_on != RunsOn::token) {
    return stale();
  }
  if (cancels(state, *open)) {
    REPRISE_MARK("replay/cancelled_before_it_was_handed_over");
    return cancelled(state, op, now);
  }
  if (!open->body_open() || open->attempt != attempt) return stale();
  StepAnswer answer;
  answer.event = make(state, EventKind::step_handed_over, op, now);
  answer.event.attempt = attempt;
  const Nanos timeout = open->step.timeout.count();
  std::optional<Nanos> left = total_left(state, op, answer.event.time);
  if (timeout > 0) left = std::min(std::max<Nanos>(0, timeout - ran), left.value_or(timeout));
  if (left) answer.event.due = add(now, *left);
  return answer;
}

std::optional<Nanos> total_left(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step) return std::nullopt;
  const Nanos total = open->step.total_timeout.count();
  if (total <= 0) return std::nullopt;
  return std::max<Nanos>(0, total - std::max<Nanos>(0, now - open->since));
}

Failure time_up(Timeout which) {
  const bool total = which == Timeout::total;
  return {code_of(Code::timed_out), "",
          total ? "its total timeout passed" : "the attempt did not end within its timeout",
          !total};
}

std::optional<Timeout> overdue(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step || !open->handed_over || open->due == 0 ||
      open->due > now) {
    return std::nullopt;
  }
  return past_total(*open, now) ? Timeout::total : Timeout::attempt;
}

StepAnswer due(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->due > now) return stale();
  if (open->kind == OpKind::timer) {
    StepAnswer answer;
    answer.event = make(state, EventKind::timer_fired, op, now);
    return answer;
  }
  if (open->kind != OpKind::step || open->running || state.paused) return stale();
  if (cancels(state, *open)) {
    REPRISE_MARK("replay/cancelled_before_its_retry");
    return ended(state, op, *open, now, Code::operation_cancelled, "cancelled before its retry");
  }
  if (past_total(*open, now)) {
    return ended(state, op, *open, now, Code::timed_out, "its total timeout passed");
  }
  return next_attempt(state, op, *open, now);
}

StepAnswer cancelled(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step || !cancels(state, *open)) return stale();
  return ended(state, op, *open, now, Code::operation_cancelled, "cancelled");
}

StepAnswer hung(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step) return stale();
  if (cancels(state, *open)) return cancelled(state, op, now);
  REPRISE_MARK("replay/body_hung");
  return ended(state, op, *open, now, Code::body_hung,
               "the body did not return after its timeout and grace");
}

Event put_off(const InstanceState& state, OpId op, Nanos now) {
  const auto* open = find(state, op);
  REPRISE_ASSERT(open != nullptr && open->kind == OpKind::step && open->running);
  Event event = make(state, EventKind::step_attempt_failed, op, now);
  event.attempt = open->attempt;
  event.due = now;
  event.failed = true;
  event.retryable = true;
  event.failure_code = code_of(Code::shutting_down);
  event.failure_message = "not started: the engine was shutting down";
  return event;
}

StepAnswer redrive(const InstanceState& state, OpId op, Epoch epoch, Nanos now) {
  const auto* open = find(state, op);
  if (open == nullptr || open->kind != OpKind::step || !open->body_open() ||
      open->attempt_epoch >= epoch || state.paused) {
    return stale();
  }
  if (cancels(state, *open)) {
    REPRISE_MARK("replay/cancelled_when_cut_off");
    return ended(state, op, *open, now, Code::operation_cancelled,
                 "cancelled; its body was cut off");
  }
  if (past_total(*open, now)) {
    return ended(state, op, *open, now, Code::timed_out, "its total timeout passed");
  }
  const std::uint32_t crashes = open->crashes + 1;
  const std::uint32_t counted = crashes - (open->forgiven ? 1 : 0);
  if (open->step.poison_after != 0 && counted >= open->step.poison_after) {
    StepAnswer answer;
    answer.event = make(state, EventKind::workflow_paused, op, now);
    answer.event.number = static_cast<std::uint64_t>(PauseReason::poison);
    REPRISE_MARK("replay/poison");
    answer.event.text = "the process died in this step's body too often in a row";
    return answer;
  }
  auto answer = next_attempt(state, op, *open, now);
  answer.event.number = crashes;
  return answer;
}

bool needs_cut(const InstanceState& state) noexcept {
  return state.status == Status::open && !state.held();
}

void fill_closing(const InstanceState& state, Event& event) {
  event.detached = state.detached;
  if (!state.detached) {
    event.peer = state.parent;
    event.peer_op = state.parent_op;
  }
  for (const auto& [id, op] : state.open) {
    if (op.kind != OpKind::child || op.detached) continue;
    if (op.on_parent_close == detail::ParentClose::abandon) continue;
    event.children.push_back({op.target, op.child, op.on_parent_close});
  }
}

}  // namespace reprise::replay

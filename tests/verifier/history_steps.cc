// Steps and timers: what a history may say of them.
#include <fmt/format.h>

#include "tests/verifier/history.h"

namespace reprise::verifier {

void History::step(const Event& event, std::uint32_t epoch) {
  if (event->kind() == step_scheduled && event->op() > state_.ops) {
    OpenOp* op = new_op(event);
    if (op == nullptr) return;
    if (event.attempt() != 1) return report(Rule::attempt, "does not begin with attempt 1");
    if (event->number() != 0) return report(Rule::attempt, "has crashed before it began");
    op->attempt = 1;
    op->running = true;
    op->epoch = epoch;
    if (event->step() != nullptr) event->step()->UnPackTo(&op->step);
    if (event->encoding() != 0) {
      op->step.runs_on = 1;
      op->step.pure = event->encoding() == pure_on_shard;
    }
    return;
  }
  OpenOp* op = open_op(event, step_scheduled);
  if (op == nullptr) return;
  if (event->kind() == step_scheduled) {
    if (event.attempt() != op->attempt + 1) {
      return report(Rule::attempt,
                    fmt::format("attempt {} after {}", event.attempt(), op->attempt));
    }
    if (op->handed_over || (op->running && epoch != 0 && op->epoch == epoch)) {
      return report(Rule::attempt, "begins while the one before runs");
    }
    op->attempt = event.attempt();
    // Only a body that was cut off has crashes to tell of.
    const std::uint64_t counted = op->running ? op->crashes + 1 : 0;
    if (op->crashes_known ? event->number() != counted : op->running && event->number() == 0) {
      return report(Rule::attempt,
                    fmt::format("crashes in a row: {} after {}", event->number(), op->crashes));
    }
    if (op->running) op->crashes = event->number() - (op->forgiven ? 1 : 0);
    op->forgiven = false;
    op->running = true;
    op->epoch = epoch;
    op->due = 0;
    return;
  }
  if (event.attempt() != op->attempt) {
    return report(Rule::attempt,
                  fmt::format("answers attempt {}, {} is the last", event.attempt(), op->attempt));
  }
  const bool body_open = op->running && !op->handed_over;
  if (event->kind() == step_handed_over) {
    if (!body_open) return report(Rule::attempt, "is handed over without a body");
    op->handed_over = true;
    op->due = event->due();
    op->crashes = 0;
    op->crashes_known = true;
    return;
  }
  // Only a completion may come to a step that waits for its next attempt.
  if (event->number() != (body_open ? 0 : 1) ||
      (event->kind() == step_attempt_failed && !op->running)) {
    return report(Rule::attempt, "no attempt was running, or one was");
  }
  if (event->kind() == step_completed) return end_op(event->op());
  op->running = false;
  op->handed_over = false;
  op->due = event->due();
  if (event->failure_code() == failure_put_off) return;
  ++op->failures;
  op->crashes = 0;
  op->crashes_known = true;
}

void History::timer(const Event& event) {
  if (event->kind() == timer_started) {
    OpenOp* op = new_op(event);
    if (op != nullptr) op->due = event->due();
    return;
  }
  const OpenOp* op = open_op(event, timer_started);
  if (op == nullptr) return;
  if (event->time() < op->due) return report(Rule::timer, "fired before its time");
  end_op(event->op());
}

}  // namespace reprise::verifier

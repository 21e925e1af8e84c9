// Steps that run on a token: what their body's return records, and what follows from it.
#include <doctest/doctest.h>

#include <optional>
#include <variant>

#include "fold.h"

using namespace reprise;
using namespace reprise::replay;
using namespace std::chrono_literals;

namespace {

// Named: an answer's event points into its outcome.
const detail::Outcome value = Payload{};
const detail::Outcome attempt_over = time_up(Timeout::attempt);
const detail::Outcome total_over = time_up(Timeout::total);

constexpr auto timed_out = static_cast<std::uint16_t>(Code::timed_out);
constexpr auto operation_cancelled = static_cast<std::uint16_t>(Code::operation_cancelled);

StepOptions token(std::chrono::nanoseconds timeout = 0ns, std::chrono::nanoseconds total = 0ns) {
  StepOptions options;
  options.timeout = timeout;
  options.total_timeout = total;
  options.attempts = 0;
  options.backoff = 5ns;
  options.jitter = 0.0;
  options.runs_on = RunsOn::token;
  return options;
}

/// A run with a token's step 1, scheduled at 10, and an ordinary step 2 whose body is open.
Fold waiting(const StepOptions& options) {
  Fold run;
  run.start();
  run.step(1, options);
  run.step(2);
  return run;
}

std::uint32_t open_bodies(const Fold& run) {
  const auto ready = run.shard.ready.find(run.state.run);
  return ready == run.shard.ready.end() ? 0 : ready->second.attempts;
}

}  // namespace

TEST_SUITE("replay/handed_over") {
  TEST_CASE("a body that has returned is not run again after a restart, and counts no crash") {
    Fold run = waiting(token());
    run.apply(redrive(run.state, 1, 2, 20).event, 2);
    CHECK(run.state.open.at(1).crashes == 1);
    CHECK(open_bodies(run) == 2);
    const auto returned = handed_over(run.state, 1, 2, 3, 30);
    REQUIRE(returned.event.kind == EventKind::step_handed_over);
    CHECK(returned.event.attempt == 2);
    CHECK(returned.event.due == 0);
    run.apply(returned.event, 2);
    CHECK(open_bodies(run) == 1);
    CHECK(run.state.open.at(1).crashes == 0);
    CHECK(redrive(run.state, 1, 3, 40).stale);
    CHECK(due(run.state, 1, 1'000'000).stale);
    CHECK(!overdue(run.state, 1, 1'000'000));
    const auto answer = step_answered(run.state, 1, 2, value, 50, 0);
    REQUIRE(answer.event.kind == EventKind::step_completed);
    run.apply(answer.event, 2);
    CHECK(!run.state.open.contains(1));
    CHECK(open_bodies(run) == 1);  // That of step 2.
  }

  TEST_CASE("what is left of an attempt's time is recorded; a retry is a new attempt with a body") {
    Fold run = waiting(token(100ns));
    run.apply(handed_over(run.state, 1, 1, 30, 50).event);
    CHECK(run.state.open.at(1).due == 120);
    CHECK(!overdue(run.state, 1, 119));
    CHECK(overdue(run.state, 1, 120) == Timeout::attempt);
    CHECK(!overdue(run.state, 2, 120));
    const auto failed = step_answered(run.state, 1, 1, attempt_over, 120, 0);
    REQUIRE(failed.event.kind == EventKind::step_attempt_failed);
    run.apply(failed.event);
    CHECK(open_bodies(run) == 1);
    CHECK(!overdue(run.state, 1, 1000));
    const auto again = due(run.state, 1, 125);
    REQUIRE(again.event.kind == EventKind::step_scheduled);
    run.apply(again.event);
    CHECK(open_bodies(run) == 2);
    CHECK(run.state.open.at(1).body_open());
    CHECK(!redrive(run.state, 1, 2, 130).stale);
  }

  TEST_CASE("the total timeout ends an attempt handed over, and the step with it") {
    Fold run = waiting(token(100ns, 60ns));
    run.apply(handed_over(run.state, 1, 1, 0, 20).event);
    CHECK(run.state.open.at(1).due == 70);  // 60 after 10, which is before 100 after 20.
    CHECK(overdue(run.state, 1, 70) == Timeout::total);
    const auto ended = step_answered(run.state, 1, 1, total_over, 70, 0);
    REQUIRE(ended.event.kind == EventKind::step_completed);
    CHECK(ended.event.failure_code == timed_out);
    run.apply(ended.event);
    CHECK(open_bodies(run) == 1);
  }

  TEST_CASE("a time that is over when the body returns is over at once") {
    Fold run = waiting(token(100ns));
    run.apply(handed_over(run.state, 1, 1, 500, 600).event);
    CHECK(overdue(run.state, 1, 600) == Timeout::attempt);
    Fold total = waiting(token(0ns, 60ns));
    total.apply(handed_over(total.state, 1, 1, 500, 600).event);
    CHECK(overdue(total.state, 1, 600) == Timeout::total);
  }

  TEST_CASE("only an open body of a token's step hands over, and only once") {
    Fold run = waiting(token());
    CHECK(handed_over(run.state, 1, 2, 0, 20).stale);
    CHECK(handed_over(run.state, 2, 1, 0, 20).stale);
    CHECK(handed_over(run.state, 3, 1, 0, 20).stale);
    run.apply(handed_over(run.state, 1, 1, 0, 20).event);
    CHECK(handed_over(run.state, 1, 1, 0, 20).stale);
    Fold failed = waiting(token());
    failed.apply(step_answered(failed.state, 1, 1, attempt_over, 20, 0).event);
    CHECK(handed_over(failed.state, 1, 1, 0, 30).stale);
    Fold answered = waiting(token());
    answered.apply(step_answered(answered.state, 1, 1, value, 20, 0).event);
    CHECK(handed_over(answered.state, 1, 1, 0, 30).stale);
  }

  TEST_CASE("a cancel ends a step handed over, and one whose body returns after the cancel") {
    Fold run = waiting(token());
    run.apply(handed_over(run.state, 1, 1, 0, 20).event);
    run.apply(kind_only(EventKind::cancel_requested));
    const auto ended = cancelled(run.state, 1, 30);
    CHECK(ended.event.failure_code == operation_cancelled);
    run.apply(ended.event);
    CHECK(open_bodies(run) == 1);
    Fold late = waiting(token());
    late.apply(kind_only(EventKind::cancel_requested));
    const auto returned = handed_over(late.state, 1, 1, 0, 20);
    CHECK(returned.event.kind == EventKind::step_completed);
    CHECK(returned.event.failure_code == operation_cancelled);
    late.apply(returned.event);
    CHECK(open_bodies(late) == 1);
  }

  TEST_CASE("a step handed over and dropped by the code takes no other body off the ready list") {
    Fold run = waiting(token());
    run.apply(handed_over(run.state, 1, 1, 0, 20).event);
    detail::Command drop;
    drop.kind = detail::CommandKind::cancel_operation;
    drop.op = 1;
    run.command(drop, 30);
    CHECK(!run.state.open.contains(1));
    CHECK(open_bodies(run) == 1);
  }

  TEST_CASE("a row keeps that a step was handed over, and until when") {
    Fold run = waiting(token(100ns));
    run.apply(handed_over(run.state, 1, 1, 0, 20).event);
    const auto read = decode_instance_state(encode(run.state)).value();
    CHECK(read.open.at(1).handed_over);
    CHECK(!read.open.at(1).body_open());
    CHECK(read.open.at(1).due == 120);
    CHECK(read.open.at(2).body_open());
  }

  TEST_CASE("a hand-over of an attempt that does not run changes nothing") {
    Fold run = waiting(token());
    Event forged = kind_only(EventKind::step_handed_over, 1);
    forged.attempt = 7;
    forged.due = 99;
    run.apply(forged);
    CHECK(run.state.open.at(1).body_open());
    CHECK(run.state.open.at(1).due == 0);
  }
}

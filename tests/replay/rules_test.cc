#include <doctest/doctest.h>

#include <chrono>
#include <limits>

#include "fold.h"

using namespace reprise;
using namespace reprise::replay;
using namespace std::chrono_literals;

namespace {

// Named: an answer's event points into its outcome.
const detail::Outcome value = Payload{};
const detail::Outcome broke =
    Failure{static_cast<std::uint16_t>(Code::step_failed), "", "broke", true};
const detail::Outcome broke_for_good =
    Failure{static_cast<std::uint16_t>(Code::step_failed), "", "broke", false};

StepOptions attempts(std::uint32_t count) {
  StepOptions options;
  options.attempts = count;
  options.jitter = 0.0;
  return options;
}

StepOptions poison_after(std::uint32_t crashes) {
  StepOptions options;
  options.poison_after = crashes;
  return options;
}

Event timer(OpId op, Nanos due) {
  Event event;
  event.kind = EventKind::timer_started;
  event.op = op;
  event.due = due;
  return event;
}

}  // namespace

TEST_SUITE("replay/rules") {
  TEST_CASE("a failed attempt waits longer each time, up to the most, then the step fails") {
    Fold run;
    run.start();
    auto options = attempts(4);
    options.backoff = 100ns;
    options.backoff_factor = 2.0;
    options.backoff_max = 250ns;
    run.step(1, options);
    Nanos now = 1000;
    for (const Nanos wait : {100, 200, 250}) {
      const auto attempt = run.state.open.at(1).attempt;
      const auto answer = step_answered(run.state, 1, attempt, broke, now, 0.5);
      REQUIRE(answer.event.kind == EventKind::step_attempt_failed);
      CHECK(answer.event.due == now + wait);
      run.apply(answer.event);
      CHECK(due(run.state, 1, now + wait - 1).stale);
      now += wait;
      const auto again = due(run.state, 1, now);
      REQUIRE(again.event.kind == EventKind::step_scheduled);
      CHECK(again.event.attempt == attempt + 1);
      run.apply(again.event);
    }
    const auto last = step_answered(run.state, 1, 4, broke, now, 0.5);
    CHECK(last.event.kind == EventKind::step_completed);
    CHECK(last.event.failed);
  }

  TEST_CASE("jitter takes at most its share off a wait, drawn once") {
    Fold run;
    run.start();
    auto options = attempts(2);
    options.backoff = 1000ns;
    options.jitter = 0.2;
    run.step(1, options);
    CHECK(step_answered(run.state, 1, 1, broke, 1000, 0.0).event.due == 1800);
    CHECK(step_answered(run.state, 1, 1, broke, 1000, 1.0).event.due == 2000);
  }

  TEST_CASE("hostile retry options give a wait within bounds, not undefined behaviour") {
    Fold run;
    run.start();
    auto options = attempts(0);
    options.backoff = std::chrono::nanoseconds::max();
    options.backoff_max = std::chrono::nanoseconds::max();
    options.backoff_factor = std::numeric_limits<double>::quiet_NaN();
    options.jitter = -std::numeric_limits<double>::infinity();
    run.step(1, options);
    const auto answer = step_answered(run.state, 1, 1, broke, 1000, 2.0);
    CHECK(answer.event.kind == EventKind::step_attempt_failed);
    CHECK(answer.event.due > 1000);
  }

  TEST_CASE("a failure that is not retryable ends the step at once") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    CHECK(step_answered(run.state, 1, 1, broke_for_good, 1000, 0).event.kind ==
          EventKind::step_completed);
  }

  TEST_CASE("a retry that would pass the total timeout is not made: the step timed out") {
    Fold run;
    run.start();
    auto options = attempts(5);
    options.total_timeout = 50ns;
    run.step(1, options);
    const auto answer = step_answered(run.state, 1, 1, broke, 20, 0);
    CHECK(answer.event.kind == EventKind::step_completed);
    CHECK(answer.event.failure_code == static_cast<std::uint16_t>(Code::timed_out));
  }

  TEST_CASE("a step whose total timeout is over is not started again after a crash") {
    Fold run;
    run.start();
    auto options = attempts(5);
    options.total_timeout = 50ns;
    run.step(1, options);  // At 10.
    CHECK(redrive(run.state, 1, 2, 59).event.kind == EventKind::step_scheduled);
    const auto over = redrive(run.state, 1, 2, 60);
    REQUIRE(over.event.kind == EventKind::step_completed);
    CHECK(over.event.failure_code == static_cast<std::uint16_t>(Code::timed_out));
    run.apply(over.event, 2);
    CHECK(run.shard.ready.empty());
  }

  TEST_CASE("what is left of a total timeout shrinks from the step's start, and ends at nothing") {
    Fold run;
    run.start();
    auto options = attempts(5);
    options.total_timeout = 50ns;
    run.step(1, options);  // At 10.
    run.step(2);
    CHECK(total_left(run.state, 1, 10) == 50);
    CHECK(total_left(run.state, 1, 59) == 1);
    CHECK(total_left(run.state, 1, 61) == 0);
    CHECK(total_left(run.state, 1, 0) == 50);  // A clock set back stretches nothing.
    CHECK(!total_left(run.state, 2, 10));
    CHECK(!total_left(run.state, 3, 10));
    const detail::Outcome over = time_up(Timeout::total);
    CHECK(step_answered(run.state, 1, 1, over, 20, 0).event.kind == EventKind::step_completed);
  }

  TEST_CASE("answers of another attempt, or of an operation that is closed, are stale") {
    Fold run;
    run.start();
    run.step(1, attempts(2));
    CHECK(step_answered(run.state, 1, 2, value, 1000, 0).stale);
    CHECK(step_answered(run.state, 2, 1, value, 1000, 0).stale);
    run.apply(step_answered(run.state, 1, 1, broke, 1000, 0).event);
    CHECK(step_answered(run.state, 1, 1, value, 1001, 0).stale);
  }

  TEST_CASE("a hung body ends the step although its attempt was recorded as failed before") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.step(2);
    run.apply(step_answered(run.state, 1, 1, broke, 1000, 0).event);
    Failure hung = std::get<Failure>(broke);
    hung.code = static_cast<std::uint16_t>(Code::body_hung);
    const detail::Outcome outcome = hung;
    const auto answer = step_answered(run.state, 1, 1, outcome, 2000, 0);
    REQUIRE(!answer.stale);
    CHECK(answer.event.kind == EventKind::step_completed);
    run.apply(answer.event);
    CHECK(run.shard.ready.at(run.state.run).attempts == 1);
  }

  TEST_CASE("crashes do not use up attempts; at poison_after in a row the run is paused") {
    Fold run;
    run.start();
    run.step(1, attempts(1));
    Epoch epoch = 1;
    CHECK(redrive(run.state, 1, epoch, 100).stale);
    for (const std::uint32_t crashes : {1U, 2U}) {
      const auto again = redrive(run.state, 1, ++epoch, 100);
      REQUIRE(again.event.kind == EventKind::step_scheduled);
      CHECK(again.event.attempt == crashes + 1);
      run.apply(again.event, epoch);
      CHECK(run.shard.ready.at(run.state.run).attempts == 1);
    }
    const auto poisoned = redrive(run.state, 1, ++epoch, 100);
    REQUIRE(poisoned.event.kind == EventKind::workflow_paused);
    run.apply(poisoned.event, epoch);
    CHECK(*run.state.paused == PauseReason::poison);
    CHECK(redrive(run.state, 1, epoch + 1, 100).stale);
    run.apply(kind_only(EventKind::workflow_resumed), epoch);
    // Who resumed it has dealt with that crash, also when the process goes before the next attempt:
    // three more pause it again.
    const auto resumed = redrive(run.state, 1, ++epoch, 100);
    REQUIRE(resumed.event.kind == EventKind::step_scheduled);
    run.apply(resumed.event, epoch);
    for (int crash = 0; crash < 2; ++crash) {
      const auto again = redrive(run.state, 1, ++epoch, 100);
      REQUIRE(again.event.kind == EventKind::step_scheduled);
      run.apply(again.event, epoch);
    }
    CHECK(redrive(run.state, 1, ++epoch, 100).event.kind == EventKind::workflow_paused);
  }

  TEST_CASE("a body started again after a pause for poison is one body to a restart") {
    Fold run;
    run.start();
    run.step(1, poison_after(1));
    for (Epoch epoch = 2; epoch < 5; ++epoch) {
      run.apply(redrive(run.state, 1, epoch, 100).event, epoch);
      REQUIRE(run.state.paused == PauseReason::poison);
      run.apply(kind_only(EventKind::workflow_resumed), epoch);
      run.state = decode_instance_state(encode(run.state)).value();
      run.apply(redrive(run.state, 1, epoch, 100).event, epoch);
      REQUIRE_FALSE(run.state.paused);
      CHECK(run.shard.ready.at(run.state.run).attempts == 1);
    }
    run.apply(step_answered(run.state, 1, 4, value, 1000, 0).event, 4);
    CHECK(run.shard.ready.empty());
  }

  TEST_CASE("a pause for poison forgives the crash of a body that it cut off, and of no other") {
    Fold run;
    run.start();
    run.step(1, poison_after(1));
    run.step(2, poison_after(1));
    run.apply(step_answered(run.state, 1, 1, value, 20, 0).event);
    run.step(3, poison_after(1));
    Event again =
        kind_only(EventKind::step_scheduled);  // Scheduled when the pause came, in epoch 2.
    again.op = 3;
    again.attempt = 2;
    run.apply(again, 2);
    run.apply(redrive(run.state, 2, 2, 100).event, 2);
    REQUIRE(run.state.paused == PauseReason::poison);
    run.apply(kind_only(EventKind::workflow_resumed), 2);
    CHECK(run.state.open.at(2).forgiven);
    CHECK_FALSE(run.state.open.at(3).forgiven);
    CHECK(redrive(run.state, 3, 3, 100).event.kind == EventKind::workflow_paused);
  }

  TEST_CASE("a user's pause takes no forgiveness back") {
    Fold run;
    run.start();
    run.step(1, poison_after(1));
    run.apply(redrive(run.state, 1, 2, 100).event, 2);
    run.apply(kind_only(EventKind::workflow_resumed), 2);
    Event pause = kind_only(EventKind::workflow_paused);
    pause.number = static_cast<std::uint64_t>(PauseReason::user);
    run.apply(pause, 3);
    run.apply(kind_only(EventKind::workflow_resumed), 3);
    CHECK(redrive(run.state, 1, 3, 100).event.kind == EventKind::step_scheduled);
  }

  TEST_CASE("lifting a user's pause forgives no crash") {
    Fold run;
    run.start();
    run.step(1, poison_after(1));
    Event pause = kind_only(EventKind::workflow_paused);
    pause.number = static_cast<std::uint64_t>(PauseReason::user);
    run.apply(pause);
    run.apply(kind_only(EventKind::workflow_resumed), 2);
    CHECK(redrive(run.state, 1, 2, 100).event.kind == EventKind::workflow_paused);
  }

  TEST_CASE("any recorded answer resets the poison count") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.apply(redrive(run.state, 1, 2, 100).event, 2);
    CHECK(run.state.open.at(1).crashes == 1);
    run.apply(step_answered(run.state, 1, 2, broke, 1000, 0).event, 2);
    CHECK(run.state.open.at(1).crashes == 0);
  }

  TEST_CASE("an attempt put off by a shutdown is neither a failure nor an answer") {
    Fold run;
    run.start();
    run.step(1, attempts(1));
    run.apply(redrive(run.state, 1, 2, 100).event, 2);
    REQUIRE(run.state.open.at(1).crashes == 1);
    run.apply(put_off(run.state, 1, 200), 2);
    CHECK(run.state.open.at(1).failures == 0);
    CHECK(run.state.open.at(1).crashes == 1);
    CHECK(run.shard.ready.empty());
    const auto again = due(run.state, 1, 200);
    REQUIRE(again.event.kind == EventKind::step_scheduled);
    CHECK(again.event.attempt == 3);
    run.apply(again.event, 2);
    CHECK(run.state.open.at(1).crashes == 1);
    // It runs now: a crash finds it on the ready list.
    CHECK(run.shard.ready.at(run.state.run).attempts == 1);
    CHECK(redrive(run.state, 1, 3, 300).event.number == 2);
  }

  TEST_CASE("a body left behind ends its step and takes no other step off the ready list") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.step(2);
    run.apply(step_answered(run.state, 1, 1, broke, 20, 0).event);  // Its timeout, say.
    const auto answer = hung(run.state, 1, 1000);
    REQUIRE(answer.event.kind == EventKind::step_completed);
    CHECK(answer.event.failure_code == static_cast<std::uint16_t>(Code::body_hung));
    run.apply(answer.event);
    CHECK(run.shard.ready.at(run.state.run).attempts == 1);
    run.apply(kind_only(EventKind::cancel_requested));
    CHECK(hung(run.state, 2, 1000).event.failure_code ==
          static_cast<std::uint16_t>(Code::operation_cancelled));
    CHECK(hung(run.state, 3, 1000).stale);
  }

  TEST_CASE("a cancel ends at once every step that no body runs for, but not a shielded one") {
    Fold run;
    run.start();
    run.step(1);
    run.step(2, attempts(5));
    run.apply(step_answered(run.state, 2, 1, broke, 20, 0).event);
    detail::Command shielded;
    shielded.kind = detail::CommandKind::schedule_step;
    shielded.op = 3;
    shielded.shielded = true;
    run.command(shielded);
    run.apply(timer(4, 500));
    CHECK(cancelled(run.state, 1, 100).stale);  // No cancel was asked for.
    run.apply(kind_only(EventKind::cancel_requested));
    for (const OpId op : {1U, 2U}) {
      const auto answer = cancelled(run.state, op, 100);
      REQUIRE(!answer.stale);
      CHECK(answer.event.failure_code == static_cast<std::uint16_t>(Code::operation_cancelled));
      run.apply(answer.event);
    }
    CHECK(cancelled(run.state, 3, 100).stale);
    CHECK(cancelled(run.state, 4, 100).stale);
    CHECK(cancelled(run.state, 5, 100).stale);
    CHECK(run.state.open.size() == 2);
  }

  TEST_CASE("after a cancel an unshielded step is not started again") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.step(2, attempts(5));
    run.apply(step_answered(run.state, 2, 1, broke, 20, 0).event);
    run.apply(kind_only(EventKind::cancel_requested));
    CHECK(step_answered(run.state, 1, 1, broke, 1000, 0).event.kind == EventKind::step_completed);
    CHECK(redrive(run.state, 1, 2, 1000).event.failure_code ==
          static_cast<std::uint16_t>(Code::operation_cancelled));
    CHECK(due(run.state, 2, 10'000'000'000).event.kind == EventKind::step_completed);
  }

  TEST_CASE("a due timer fires also while paused; a due retry waits for the resume") {
    Fold run;
    run.start();
    run.apply(timer(1, 500));
    run.step(2, attempts(2));
    run.apply(step_answered(run.state, 2, 1, broke, 20, 0).event);
    run.apply(kind_only(EventKind::workflow_paused));
    CHECK(due(run.state, 1, 499).stale);
    CHECK(due(run.state, 1, 500).event.kind == EventKind::timer_fired);
    CHECK(due(run.state, 2, 10'000'000'000).stale);
  }

  TEST_CASE("event time never goes back, whatever the clock does") {
    Fold run;
    run.start();
    run.apply(timer(1, 500));
    Event late = kind_only(EventKind::cancel_requested);
    late.time = 9000;
    run.apply(late);
    CHECK(due(run.state, 1, 600).event.time == 9000);
  }
}

#include "replay/rules.h"

#include <doctest/doctest.h>

using namespace reprise;
using namespace reprise::replay;
using namespace std::chrono_literals;
using As = Received::As;

namespace {

/// A run whose events are applied as they are made.
struct Fold {
  InstanceState state;
  ShardState shard;
  Names names;
  EventEncoder encoder;

  explicit Fold(RunId run = RunId::make(0, 1)) {
    state.run = run;
    shard.shards = 4;
  }
  Event apply(Event event, Epoch epoch = 1) {
    std::string bytes;
    encoder.encode(event, bytes);
    apply_instance(state, event, bytes, names, epoch);
    apply_shard(shard, state.run, event);
    return event;
  }
  Event command(detail::Command command, Nanos time = 10) {
    const auto event = event_of(state, command, 0, 0, time);
    apply(event);
    return event;
  }
  void start(RunId parent = {}, OpId parent_op = 0) {
    Event event;
    event.kind = EventKind::workflow_started;
    event.id = "me";
    event.peer = parent;
    event.peer_op = parent_op;
    event.time = 5;
    apply(event);
  }
  void step(OpId op, StepOptions options = {}) {
    detail::Command made;
    made.kind = detail::CommandKind::schedule_step;
    made.op = op;
    made.step = options;
    command(made);
  }
  void child(OpId op, std::string id, detail::ParentClose close = detail::ParentClose::cancel,
             bool detached = false) {
    detail::Command made;
    made.kind = detail::CommandKind::start_child;
    made.op = op;
    made.target = {"", std::move(id)};
    made.on_parent_close = close;
    made.detached = detached;
    command(made);
  }
  std::vector<Message> sent() const {
    std::vector<Message> messages;
    for (const auto& [target, outbox] : shard.outboxes) {
      messages.insert(messages.end(), outbox.messages.begin(), outbox.messages.end());
    }
    return messages;
  }
};

Failure failure(bool retryable = true) {
  return {static_cast<std::uint16_t>(Code::step_failed), "", "broke", retryable};
}

StepOptions attempts(std::uint32_t count) {
  StepOptions options;
  options.attempts = count;
  options.jitter = 0.0;
  return options;
}

Event timer(OpId op, Nanos due) {
  Event event;
  event.kind = EventKind::timer_started;
  event.op = op;
  event.due = due;
  return event;
}

Event kind_only(EventKind kind, OpId op = 0) {
  Event event;
  event.kind = kind;
  event.op = op;
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
      const auto answer = step_answered(run.state, 1, attempt, failure(), now, 0.5);
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
    const auto last = step_answered(run.state, 1, 4, failure(), now, 0.5);
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
    CHECK(step_answered(run.state, 1, 1, failure(), 1000, 0.0).event.due == 1800);
    CHECK(step_answered(run.state, 1, 1, failure(), 1000, 1.0).event.due == 2000);
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
    const auto answer = step_answered(run.state, 1, 1, failure(), 1000, 2.0);
    CHECK(answer.event.kind == EventKind::step_attempt_failed);
    CHECK(answer.event.due > 1000);
  }

  TEST_CASE("a failure that is not retryable ends the step at once") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    CHECK(step_answered(run.state, 1, 1, failure(false), 1000, 0).event.kind ==
          EventKind::step_completed);
  }

  TEST_CASE("a retry that would pass the total timeout is not made: the step timed out") {
    Fold run;
    run.start();
    auto options = attempts(5);
    options.total_timeout = 50ns;
    run.step(1, options);
    const auto answer = step_answered(run.state, 1, 1, failure(), 20, 0);
    CHECK(answer.event.kind == EventKind::step_completed);
    CHECK(answer.event.failure_code == static_cast<std::uint16_t>(Code::timed_out));
  }

  TEST_CASE("answers of another attempt, or of an operation that is closed, are stale") {
    Fold run;
    run.start();
    run.step(1, attempts(2));
    CHECK(step_answered(run.state, 1, 2, Payload{}, 1000, 0).stale);
    CHECK(step_answered(run.state, 2, 1, Payload{}, 1000, 0).stale);
    run.apply(step_answered(run.state, 1, 1, failure(), 1000, 0).event);
    CHECK(step_answered(run.state, 1, 1, Payload{}, 1001, 0).stale);
  }

  TEST_CASE("a hung body ends the step although its attempt was recorded as failed before") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.step(2);
    run.apply(step_answered(run.state, 1, 1, failure(), 1000, 0).event);
    Failure hung = failure();
    hung.code = static_cast<std::uint16_t>(Code::body_hung);
    const auto answer = step_answered(run.state, 1, 1, hung, 2000, 0);
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
    CHECK(redrive(run.state, 1, epoch, 100).event.kind == EventKind::step_scheduled);
  }

  TEST_CASE("any recorded answer resets the poison count") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.apply(redrive(run.state, 1, 2, 100).event, 2);
    CHECK(run.state.open.at(1).crashes == 1);
    run.apply(step_answered(run.state, 1, 2, failure(), 1000, 0).event, 2);
    CHECK(run.state.open.at(1).crashes == 0);
  }

  TEST_CASE("after a cancel an unshielded step is not started again") {
    Fold run;
    run.start();
    run.step(1, attempts(5));
    run.step(2, attempts(5));
    run.apply(step_answered(run.state, 2, 1, failure(), 20, 0).event);
    run.apply(kind_only(EventKind::cancel_requested));
    CHECK(step_answered(run.state, 1, 1, failure(), 1000, 0).event.kind ==
          EventKind::step_completed);
    CHECK(redrive(run.state, 1, 2, 1000).event.failure_code ==
          static_cast<std::uint16_t>(Code::operation_cancelled));
    CHECK(due(run.state, 2, 10'000'000'000).event.kind == EventKind::step_completed);
  }

  TEST_CASE("a due timer fires also while paused; a due retry waits for the resume") {
    Fold run;
    run.start();
    run.apply(timer(1, 500));
    run.step(2, attempts(2));
    run.apply(step_answered(run.state, 2, 1, failure(), 20, 0).event);
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

TEST_SUITE("replay/receive") {
  TEST_CASE("a child is started, told of, and its result reaches its parent") {
    Fold parent;
    parent.start();
    parent.child(1, "child");
    const auto start = parent.sent().at(0);
    CHECK(start.kind == MessageKind::start_child);
    CHECK(start.depth == 1);
    const auto received = receive(start, nullptr);
    REQUIRE(received.as == As::new_run);

    Fold child(RunId::make(1, 9));
    child.apply(received.event);
    const auto started = child.sent().at(0);
    CHECK(started.kind == MessageKind::child_started);
    parent.apply(receive(started, &parent.state).event);
    CHECK(parent.state.open.at(1).child == RunId::make(1, 9));
    CHECK(receive(started, &parent.state).as == As::nothing);

    detail::Command done;
    done.kind = detail::CommandKind::complete_workflow;
    done.payload = {Encoding::json, "7"};
    child.command(done);
    const auto completed = child.sent().at(1);
    const auto answer = receive(completed, &parent.state);
    CHECK(answer.event.kind == EventKind::child_completed);
    CHECK(answer.event.payload == "7");
    parent.apply(answer.event);
    CHECK(parent.state.open.empty());
    CHECK(receive(completed, &parent.state).as == As::nothing);
  }

  TEST_CASE("a start under a taken id, too deep, or with a bad id is refused by message") {
    Fold parent;
    parent.start();
    parent.child(1, "child");
    auto start = parent.sent().at(0);
    Fold other;
    other.start();
    const auto refused = receive(start, &other.state);
    REQUIRE(refused.as == As::refusal);
    ShardState shard;
    shard.shards = 1;
    apply_shard(shard, RunId::of_shard(0), refused.event);
    const auto& reply = shard.outboxes.at(0).messages.at(0);
    CHECK(reply.kind == MessageKind::child_start_failed);
    CHECK(reply.failure.code == static_cast<std::uint16_t>(Code::conflict));
    const auto failed = receive(reply, &parent.state);
    CHECK(failed.event.kind == EventKind::child_start_failed);
    start.depth = Limits{}.nesting_max + 1;
    CHECK(receive(start, nullptr).event.failure_code ==
          static_cast<std::uint16_t>(Code::nesting_too_deep));
    start.key.id = std::string(256, 'x');
    CHECK(receive(start, nullptr).as == As::refusal);
  }

  TEST_CASE("closing tells the parent once and each open child what its policy says") {
    Fold run;
    run.start(RunId::make(2, 5), 3);
    run.child(1, "cancelled");
    run.child(2, "terminated", detail::ParentClose::terminate);
    run.child(3, "abandoned", detail::ParentClose::abandon);
    run.child(4, "detached", detail::ParentClose::cancel, true);
    run.shard.outboxes.clear();
    Event end = kind_only(EventKind::workflow_terminated);
    end.text = "enough";
    fill_closing(run.state, end);
    run.apply(end);
    std::map<MessageKind, std::vector<Message>> by_kind;
    for (const auto& message : run.sent()) by_kind[message.kind].push_back(message);
    CHECK(by_kind[MessageKind::cancel].size() == 1);
    CHECK(by_kind[MessageKind::cancel].at(0).key.id == "cancelled");
    CHECK(by_kind[MessageKind::terminate].at(0).key.id == "terminated");
    const auto& told = by_kind[MessageKind::child_completed].at(0);
    CHECK(told.to == RunId::make(2, 5));
    CHECK(told.to_op == 3);
    CHECK(told.failure.code == static_cast<std::uint16_t>(Code::workflow_terminated));
    CHECK(run.state.open.empty());
    CHECK(run.shard.ready.empty());
  }

  TEST_CASE("only its own parent cancels a child, and only once") {
    Fold child;
    child.start(RunId::make(2, 5), 3);
    Message cancel;
    cancel.kind = MessageKind::cancel;
    cancel.from = RunId::make(2, 6);
    CHECK(receive(cancel, &child.state).as == As::nothing);
    cancel.from = RunId::make(2, 5);
    const auto received = receive(cancel, &child.state);
    CHECK(received.event.kind == EventKind::cancel_requested);
    child.apply(received.event);
    CHECK(receive(cancel, &child.state).as == As::nothing);
  }

  TEST_CASE("dropping a child's operation cancels the child") {
    Fold run;
    run.start();
    run.child(1, "child");
    run.shard.outboxes.clear();
    detail::Command drop;
    drop.kind = detail::CommandKind::cancel_operation;
    drop.op = 1;
    run.command(drop);
    CHECK(run.sent().at(0).kind == MessageKind::cancel);
    CHECK(run.sent().at(0).key.id == "child");
  }

  TEST_CASE("a signal is taken once by id, refused when closed or too many, and answered") {
    Fold run;
    run.start();
    Message signal;
    signal.kind = MessageKind::signal;
    signal.from = RunId::make(3, 1);
    signal.from_op = 4;
    signal.signal_id = "once";
    const auto received = receive(signal, &run.state);
    REQUIRE(received.as == As::instance_event);
    run.apply(received.event);
    CHECK(run.sent().at(0).kind == MessageKind::signal_result);
    const auto duplicate = receive(signal, &run.state);
    CHECK(duplicate.as == As::refusal);
    CHECK(!duplicate.event.failed);
    CHECK(receive(signal, nullptr).event.failure_code ==
          static_cast<std::uint16_t>(Code::not_found));
    while (run.state.signals.unread().size() < Limits{}.unread_signals_max) {
      run.apply(signal_arrived(run.state, {}, {}).value().event);
    }
    CHECK(signal_arrived(run.state, {}, {}).code() == Code::too_many_signals);
    run.apply(kind_only(EventKind::workflow_terminated));
    CHECK(signal_arrived(run.state, "new", {}).code() == Code::closed);
    CHECK(receive(signal, &run.state).event.failure_code ==
          static_cast<std::uint16_t>(Code::closed));
  }

  TEST_CASE("the ids of old signals are forgotten and counted") {
    Fold run;
    run.start();
    std::vector<std::string> ids;
    for (std::size_t i = 0; i <= signal_ids_max; ++i) {
      const auto id = std::to_string(i);
      run.apply(signal_arrived(run.state, id, {}).value().event);
    }
    CHECK(run.state.signal_ids.size() == signal_ids_max);
    CHECK(run.state.signal_ids_dropped == 1);
    CHECK(!signal_arrived(run.state, "0", {}).value().duplicate);
    CHECK(signal_arrived(run.state, "1", {}).value().duplicate);
  }
}

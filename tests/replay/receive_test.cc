#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "fold.h"

using namespace reprise;
using namespace reprise::replay;
using As = Received::As;

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
    other.apply(kind_only(EventKind::workflow_terminated));  // A finished run keeps its id.
    CHECK(receive(start, &other.state).event.failure_code ==
          static_cast<std::uint16_t>(Code::conflict));
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

  TEST_CASE("what became of a signal is told to the operation that sent it, and to no other") {
    Fold run;
    run.start();
    run.step(1);
    detail::Command send;
    send.kind = detail::CommandKind::send_signal;
    send.op = 2;
    send.target = {"", "other"};
    run.command(send);
    Message result;
    result.kind = MessageKind::signal_result;
    result.from = RunId::make(3, 1);
    result.to = run.state.run;
    for (const OpId nobody : {1U, 3U}) {  // A step; an operation that was never opened.
      result.to_op = nobody;
      CHECK(receive(result, &run.state).as == As::nothing);
    }
    result.to_op = 2;
    result.to = RunId::make(0, 2);  // A later run of that id.
    CHECK(receive(result, &run.state).as == As::nothing);
    CHECK(receive(result, nullptr).as == As::nothing);
    result.to = run.state.run;
    const auto delivered = receive(result, &run.state);
    REQUIRE(delivered.as == As::instance_event);
    CHECK(delivered.event.kind == EventKind::signal_delivered);
    run.apply(delivered.event);
    CHECK(receive(result, &run.state).as == As::nothing);  // It comes again after a crash.
    CHECK(run.state.open.contains(1));
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

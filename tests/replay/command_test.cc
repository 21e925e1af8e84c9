// Every command has the same five: first run, suspends, replays, mismatches, cancelled. That it
// replays is checked by the story after each arrival. Here those that open an operation or end one;
// choice_test.cc has the others.
#include <doctest/doctest.h>

#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

int add(int a, int b) { return a + b; }

Workflow<int> one_step(Context ctx) {
  auto sum = co_await ctx.step("add", add, 1, 2);
  co_return sum;
}
Workflow<int> other_step_name(Context ctx) {
  auto sum = co_await ctx.step("plus", add, 1, 2);
  co_return sum;
}
Workflow<int> other_step_arguments(Context ctx) {
  auto sum = co_await ctx.step("add", add, 1, 3);
  co_return sum;
}
Workflow<int> no_step(Context) { co_return 3; }
Workflow<int> two_steps(Context ctx) {
  auto a = ctx.step("add", add, 1, 2);
  auto b = ctx.step("add", add, 1, 2);
  auto both = co_await ctx.all(a, b);
  co_return std::get<0>(both);
}

Workflow<std::string> one_timer(Context ctx) {
  co_await ctx.sleep(500ns);
  co_return "slept";
}
Workflow<std::string> longer_timer(Context ctx) {
  co_await ctx.sleep(501ns);
  co_return "slept";
}

Workflow<int> one_signal(Context ctx) {
  auto value = co_await ctx.signal<int>("go");
  co_return value;
}
Workflow<int> other_signal(Context ctx) {
  auto value = co_await ctx.signal<int>("stop");
  co_return value;
}

Workflow<int> leaf(Context, int value) { co_return value; }
Workflow<int> one_child(Context ctx) {
  auto value = co_await ctx.child(leaf, "leaf-1", 7);
  co_return value;
}
Workflow<int> other_child_input(Context ctx) {
  auto value = co_await ctx.child(leaf, "leaf-1", 8);
  co_return value;
}
Workflow<std::string> detached_child(Context ctx) {
  ctx.start_child(leaf, "leaf-1", 7);
  co_await ctx.sleep(1ns);
  co_return "done";
}

Workflow<std::string> one_send(Context ctx) {
  co_await ctx.signal_to("other", "go", 5);
  co_return "sent";
}
Workflow<std::string> other_target(Context ctx) {
  co_await ctx.signal_to("another", "go", 5);
  co_return "sent";
}

Workflow<int> any_of_two(Context ctx) {
  auto a = ctx.step("a", add, 1, 2);
  auto b = ctx.sleep(10ns);
  auto first = co_await ctx.any(a, b);
  co_return static_cast<int>(first.index());
}

Workflow<int> keeps_both(Context ctx) {
  auto a = ctx.step("a", add, 1, 2);
  auto b = ctx.sleep(10ns);
  co_await std::move(b);
  co_await std::move(a);
  co_return 1;
}
Workflow<int> drops_one(Context ctx, bool) {
  auto a = ctx.step("a", add, 1, 2);
  auto b = ctx.step("b", add, 1, 2);
  co_await ctx.sleep(10ns);
  {
    auto dropped = std::move(a);
  }
  co_await std::move(b);
  co_return 1;
}
Workflow<int> drops_the_other(Context ctx, bool) {
  auto a = ctx.step("a", add, 1, 2);
  auto b = ctx.step("b", add, 1, 2);
  co_await ctx.sleep(10ns);
  {
    auto dropped = std::move(b);
  }
  co_await std::move(a);
  co_return 1;
}

}  // namespace

TEST_SUITE("replay/step") {
  TEST_CASE("first run: a step is scheduled, and its result ends the workflow") {
    Story story;
    story.start(one_step);
    CHECK(story.issued() == "step add #1");
    CHECK(story.decider().body(1) != nullptr);
    story.step_done(1, 3);
    CHECK(story.issued() == "complete 3");
    CHECK(story.decider().body(1) == nullptr);
    CHECK(story.state().status == replay::Status::completed);
  }
  TEST_CASE("suspends: failed attempts and retries do not reach the code") {
    Story story;
    story.start(one_step).attempt_failed(1, 5000);
    CHECK(story.issued() == "");
    story.retried(1);
    CHECK(story.issued() == "");
    story.step_failed(1, "refused");
    CHECK(story.issued() == "fail refused");
  }
  TEST_CASE("mismatches: name, arguments, missing and extra steps are told apart") {
    Story story;
    story.start(one_step).step_done(1, 3);
    CHECK(!story.replay_with(one_step));
    const auto name = story.replay_with(other_step_name);
    REQUIRE(name);
    CHECK(name->field == "name");
    CHECK(name->seq == 2);
    CHECK(name->expected == "step_scheduled \"add\" (op 1)");
    CHECK(name->issued == "schedule_step \"plus\" (op 1)");
    CHECK(name->expected_site.find("command_test.cc:") != std::string::npos);
    CHECK(name->issued_site.find("command_test.cc:") != std::string::npos);
    CHECK(story.replay_with(other_step_arguments)->field == "arguments");
    CHECK(story.replay_with(no_step)->field == "kind");
    const auto extra = story.replay_with(two_steps);
    CHECK(extra->field == "extra");
    CHECK(extra->seq == 3);
    CHECK(extra->issued == "schedule_step \"add\" (op 2)");
    CHECK(extra->expected == "step_completed (op 1)");
  }
  TEST_CASE("mismatches: a recorded step that the code no longer issues is missing") {
    Story story;
    story.start(two_steps).step_done(1, 3);
    const auto missing = story.replay_with(one_step);
    REQUIRE(missing);
    CHECK(missing->field == "missing");
    CHECK(missing->expected == "step_scheduled \"add\" (op 2)");
  }
  TEST_CASE("cancelled: a running body is waited for; what it records is what is seen") {
    Story story;
    story.start(one_step).cancel();
    CHECK(story.issued() == "");
    story.step_done(1, 3);
    CHECK(story.issued() == "complete 3");
  }
  TEST_CASE("cancelled: a step that waits for its retry ends at once") {
    Story story;
    story.start(one_step).attempt_failed(1, 5000).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
    CHECK(story.state().status == replay::Status::cancelled);
  }
}

TEST_SUITE("replay/timer") {
  TEST_CASE("first run: a timer is due a while after it is recorded") {
    Story story;
    story.start(one_timer);
    CHECK(story.issued() == "timer +500 #1");
    story.fired(1);
    CHECK(story.issued() == "complete \"slept\"");
  }
  TEST_CASE("a wait is reckoned from the time given, not from the run's, and never overflows") {
    replay::InstanceState ahead;
    ahead.time = 5'000;
    detail::Command timer;
    timer.kind = detail::CommandKind::start_timer;
    timer.due = 500;
    CHECK(replay::event_of(ahead, timer, 0, 0, 1'000).due == 500);
    timer.due_after = true;
    CHECK(replay::event_of(ahead, timer, 0, 0, 1'000).due == 1'500);
    timer.due = std::numeric_limits<Nanos>::max();
    CHECK(replay::event_of(ahead, timer, 0, 0, 1'000).due == std::numeric_limits<Nanos>::max());
  }
  TEST_CASE("suspends: nothing but the timer ends the wait") {
    Story story;
    story.start(one_timer).signalled("go", 1);
    CHECK(story.issued() == "");
    CHECK(story.state().open.size() == 1);
  }
  TEST_CASE("mismatches: a changed duration is none") {
    Story story;
    story.start(one_timer).fired(1);
    CHECK(!story.replay_with(longer_timer));
    CHECK(story.replay_with(one_signal)->field == "kind");
  }
  TEST_CASE("cancelled: the wait ends at once and the timer with it") {
    Story story;
    story.start(one_timer).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
    CHECK(story.state().open.empty());
  }
}

TEST_SUITE("replay/signal") {
  TEST_CASE("first run: an await takes the first signal of its name") {
    Story story;
    story.start(one_signal).signalled("other", 1).signalled("go", 2);
    CHECK(story.issued() == "complete 2");
  }
  TEST_CASE("suspends: a signal of another name is kept") {
    Story story;
    story.start(one_signal).signalled("other", 1);
    CHECK(story.issued() == "");
    CHECK(story.state().signals.unread().size() == 1);
  }
  TEST_CASE("mismatches: another name") {
    Story story;
    story.start(one_signal).signalled("go", 2);
    CHECK(!story.replay_with(one_signal));
    CHECK(story.replay_with(other_signal)->field == "name");
  }
  TEST_CASE("cancelled: the await ends at once and consumes nothing") {
    Story story;
    story.start(one_signal).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
  }
}

TEST_SUITE("replay/child") {
  TEST_CASE("first run: a child is started and its result awaited") {
    Story story;
    story.knows("leaf", leaf).start(one_child);
    CHECK(story.issued() == "child leaf leaf-1 #1");
    story.child_started(1);
    CHECK(story.issued() == "");
    story.child_done(1, 7);
    CHECK(story.issued() == "complete 7");
  }
  TEST_CASE("suspends: a child that has started has not ended") {
    Story story;
    story.knows("leaf", leaf).start(one_child).child_started(1).signalled("go", 1);
    CHECK(story.issued() == "");
    CHECK(story.state().open.size() == 1);
  }
  TEST_CASE("a refused start and a failed child throw ChildFailed") {
    Story story;
    story.knows("leaf", leaf).start(one_child).child_refused(1, Code::conflict);
    CHECK(story.issued() == "fail refused");
    Story other;
    other.knows("leaf", leaf).start(one_child).child_started(1).child_failed(1, "broke");
    CHECK(other.issued() == "fail broke");
  }
  TEST_CASE("mismatches: another input") {
    Story story;
    story.knows("leaf", leaf).start(one_child).child_done(1, 7);
    CHECK(!story.replay_with(one_child));
    CHECK(story.replay_with(other_child_input)->field == "arguments");
  }
  TEST_CASE("a detached child holds up nothing, also when the workflow ends") {
    Story story;
    story.knows("leaf", leaf).start(detached_child);
    CHECK(story.issued() == "child leaf leaf-1 #1, timer +1 #2");
    story.child_started(1);
    CHECK(story.state().open.size() == 1);
    story.fired(2);
    CHECK(story.issued() == "complete \"done\"");
  }
  TEST_CASE("cancelled: the await ends at once, the child is cancelled by message") {
    Story story;
    story.knows("leaf", leaf).start(one_child).child_started(1).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
  }
}

TEST_SUITE("replay/send") {
  TEST_CASE("first run: a sent signal is awaited until its receiver has it") {
    Story story;
    story.start(one_send);
    CHECK(story.issued() == "send go to other #1");
    story.delivered(1);
    CHECK(story.issued() == "complete \"sent\"");
  }
  TEST_CASE("suspends: what else arrives does not end the wait for the receiver") {
    Story story;
    story.start(one_send).signalled("go", 1);
    CHECK(story.issued() == "");
  }
  TEST_CASE("a refusal throws SignalFailed") {
    Story story;
    story.start(one_send).undelivered(1, Code::closed);
    CHECK(story.issued() == "fail refused");
  }
  TEST_CASE("mismatches: another target") {
    Story story;
    story.start(one_send).delivered(1);
    CHECK(!story.replay_with(one_send));
    CHECK(story.replay_with(other_target)->field == "target");
  }
  TEST_CASE("cancelled: the await ends at once; the signal is on its way") {
    Story story;
    story.start(one_send).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
  }
}

TEST_SUITE("replay/cancel") {
  TEST_CASE("first run: the losers of any are cancelled in the activation it goes on in") {
    Story story;
    story.start(any_of_two);
    CHECK(story.issued() == "step a #1, timer +10 #2");
    story.fired(2);
    CHECK(story.issued() == "cancel #1, complete 1");
    Story other;
    other.start(any_of_two).step_done(1, 3);
    CHECK(other.issued() == "cancel #2, complete 0");
  }
  TEST_CASE("suspends: while no operation of any has ended, none is cancelled") {
    Story story;
    story.start(any_of_two).attempt_failed(1, 5000);
    CHECK(story.issued() == "");
    CHECK(story.state().open.size() == 2);
  }
  TEST_CASE("mismatches: code that cancels another operation, or none") {
    Story story;
    story.start(any_of_two).fired(2);
    CHECK(!story.replay_with(any_of_two));
    CHECK(story.replay_with(keeps_both)->field == "missing");
    Story one;
    one.start(drops_one, true).fired(3);
    CHECK(one.issued() == "cancel #1");
    CHECK(!one.replay_with(drops_one));
    const auto other = one.replay_with(drops_the_other);
    REQUIRE(other);
    CHECK(other->field == "order");
    CHECK(other->expected == "operation_cancelled (op 1)");
    CHECK(other->issued == "cancel_operation (op 2)");
  }
  TEST_CASE("cancelled: a timer that ends at once ends the any, whose other step is a loser") {
    Story story;
    story.start(any_of_two).cancel();
    CHECK(story.issued() == "cancel #2, cancel #1, cancelled");
  }
}

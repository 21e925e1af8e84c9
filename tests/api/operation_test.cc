#include <doctest/doctest.h>

#include "support/fake_driver.h"

using namespace std::chrono_literals;
using reprise::Code;
using reprise::Context;
using reprise::Workflow;
using reprise::testing::FakeDriver;
using Trace = std::vector<std::string>;

namespace {

int twice(int number) { return 2 * number; }
void nothing() {}

Workflow<int> named(Context ctx) {
  auto a = ctx.step("a", twice, 1);
  auto b = ctx.step("b", twice, 10);
  auto second = co_await std::move(b);
  auto first = co_await std::move(a);
  co_return first + second;
}

Workflow<void> drops(Context ctx) {
  {
    auto dropped = ctx.sleep(1h);
    co_await ctx.step("a", nothing);
  }
  co_await ctx.sleep(1us);
  auto open = ctx.sleep(2h);
  co_return;
}

Workflow<int> awaits_twice(Context ctx) {
  auto a = ctx.step("a", twice, 1);
  auto first = co_await std::move(a);
  auto second = co_await std::move(a);  // NOLINT(bugprone-use-after-move)
  co_return first + second;
}

Workflow<int> everything(Context ctx) {
  auto a = ctx.step("a", twice, 1);
  auto b = ctx.step("b", nothing);
  auto c = ctx.try_step("c", twice, 3);
  auto results = co_await ctx.all(a, b, c);
  auto third = std::get<2>(results);
  co_return std::get<0>(results) + (third ? *third : -100);
}

Workflow<std::string> first_of(Context ctx) {
  auto a = ctx.step("a", twice, 1);
  auto b = ctx.sleep(5us);
  auto c = ctx.signal<std::string>("c");
  auto result = co_await ctx.any(a, b, c);
  co_await ctx.step("after", nothing);
  co_return std::to_string(result.index());
}

Workflow<int> many(Context ctx, bool all) {
  std::vector<reprise::Operation<int>> steps;
  for (int i = 0; i < 4; ++i) steps.push_back(ctx.step("many", twice, i));
  if (all) {
    auto values = co_await ctx.all(steps);
    int sum = 0;
    for (const int value : values) sum += value;
    co_return sum;
  }
  auto first = co_await ctx.any(steps);
  co_return static_cast<int>(first.index) * 1000 + first.value;
}

Workflow<std::size_t> none(Context ctx) {
  std::vector<reprise::Operation<int>> empty;
  auto values = co_await ctx.all(empty);
  auto first = co_await ctx.any(empty);
  co_return values.size() + first.index;
}

Workflow<std::string> bounded(Context ctx) {
  auto shipped = co_await ctx.signal<std::string>("shipped").within(2us);
  if (!shipped) co_return "late";
  co_return *shipped;
}

Workflow<std::string> try_bounded(Context ctx) {
  auto shipped = co_await ctx.try_signal<std::string>("shipped").within(2us);
  if (!shipped) co_return std::string(name(shipped.error().code()));
  co_return shipped->value_or("late");
}

Workflow<std::vector<int>> mapped(Context ctx, std::vector<int> inputs) {
  auto outputs =
      co_await ctx.map("twice", {.concurrency = 2, .step = {.attempts = 5}}, inputs, twice);
  co_return outputs;
}

Workflow<int> child(Context /*ctx*/, int number) { co_return number; }

Workflow<int> parent(Context ctx) {
  auto number = co_await ctx.child(child, "kid", 7);
  ctx.start_child(child, {.id = "free", .on_parent_close = reprise::ParentClose::abandon}, 8);
  auto tried = co_await ctx.try_child(child, {.id = "there", .space = "farm"}, 9);
  co_return number + (tried ? *tried : static_cast<int>(tried.error().code()));
}

Workflow<void> childless(Context ctx) { co_await ctx.child(child, "kid", 7); }

Workflow<std::string> sends(Context ctx) {
  ctx.signal_to("other", "hello", "text");
  std::string caught = "taken";
  try {
    co_await ctx.signal_to("other", "number", 7, {.id = "once"});
  } catch (const reprise::SignalFailed& error) {
    caught = std::string(name(error.code()));
  }
  co_return caught;
}

}  // namespace

TEST_SUITE("api/operation") {
  TEST_CASE("a call issues its command; named operations are awaited in any order") {
    FakeDriver driver;
    driver.start(named);
    CHECK(driver.trace() == Trace{"1 step a", "2 step b"});
    driver.run_step(1);
    CHECK_FALSE(driver.finished());
    driver.run_step(2);
    CHECK(driver.result<int>() == 22);
  }

  TEST_CASE("an operation dropped while the workflow runs is cancelled, one open at its end not") {
    FakeDriver driver;
    driver.start(drops);
    driver.run_step(2);
    CHECK(driver.trace() == Trace{"1 timer", "2 step a", "cancel 1", "3 timer"});
    driver.fire(3);
    REQUIRE(driver.finished());
    CHECK(driver.trace().back() == "4 timer");
  }

  TEST_CASE("awaiting an operation a second time throws") {
    FakeDriver driver;
    driver.start(awaits_twice);
    driver.run_step(1);
    CHECK(driver.failure().message.find("awaited") != std::string::npos);
  }

  TEST_CASE("destroying the frames issues nothing") {
    FakeDriver driver;
    driver.start(first_of);
    driver.destroy();
    CHECK(driver.trace() == Trace{"1 step a", "2 timer", "3 signal c"});
  }

  TEST_CASE("all waits for every operation and gives results in order of arguments") {
    FakeDriver driver;
    driver.start(everything);
    driver.fail(3, Code::step_failed, "no");
    driver.run_step(2);
    CHECK_FALSE(driver.finished());
    driver.run_step(1);
    CHECK(driver.result<int>() == 2 - 100);
    CHECK(driver.parks() == 1);
  }

  TEST_CASE("all throws what the first failed operation in order of arguments throws") {
    FakeDriver driver;
    driver.start(everything);
    driver.fail(2, Code::step_failed, "second");
    driver.fail(1, Code::step_failed, "first");
    driver.run_step(3);
    CHECK(driver.failure().message == "first");
  }

  TEST_CASE("any gives the first; the losers are cancelled before anything else is issued") {
    FakeDriver driver;
    driver.start(first_of);
    driver.fire(2);
    CHECK(driver.trace() ==
          Trace{"1 step a", "2 timer", "3 signal c", "cancel 1", "cancel 3", "4 step after"});
    driver.run_step(4);
    CHECK(driver.result<std::string>() == "1");
  }

  TEST_CASE("any throws what a failed winner throws, its losers cancelled") {
    FakeDriver driver;
    driver.start(first_of);
    driver.fail(1, Code::step_failed, "no");
    CHECK(driver.at(2).dropped);
    CHECK(driver.at(3).dropped);
    CHECK(driver.failure().message == "no");
  }

  TEST_CASE("all and any take a vector of operations") {
    FakeDriver all;
    all.start(many, true);
    for (const reprise::OpId op : {3U, 1U, 4U, 2U}) all.run_step(op);
    CHECK(all.result<int>() == 12);
    FakeDriver any;
    any.start(many, false);
    any.run_step(3);
    CHECK(any.result<int>() == 2004);
  }

  TEST_CASE("all of nothing is there at once; any of nothing throws") {
    FakeDriver driver;
    driver.start(none);
    CHECK(driver.failure().message == "any() of no operations would wait for ever");
  }

  TEST_CASE("within gives the value if it comes in time, and cancels the timer") {
    FakeDriver driver;
    driver.start(bounded);
    CHECK(driver.at(2).command.due == 2'000);
    CHECK(driver.at(2).command.due_after);
    driver.complete_value(1, std::string("DHL"));
    CHECK(driver.result<std::string>() == "DHL");
    CHECK(driver.at(2).dropped);
  }

  TEST_CASE("within gives nothing when time runs out, and cancels the wait") {
    FakeDriver driver;
    driver.start(bounded);
    driver.fire(2);
    CHECK(driver.result<std::string>() == "late");
    CHECK(driver.at(1).dropped);
  }

  TEST_CASE("a try twin within a time gives a Result of an optional") {
    FakeDriver cancelled;
    cancelled.start(try_bounded);
    cancelled.fail(1, Code::operation_cancelled, "cancelled");
    CHECK(cancelled.result<std::string>() == "operation_cancelled");
    FakeDriver timer;
    timer.start(try_bounded);
    timer.fail(2, Code::operation_cancelled, "cancelled");
    CHECK(timer.result<std::string>() == "operation_cancelled");
    FakeDriver late;
    late.start(try_bounded);
    late.fire(2);
    CHECK(late.result<std::string>() == "late");
  }

  TEST_CASE("map keeps a bounded number of steps open and gives results in order of inputs") {
    FakeDriver driver;
    driver.start(mapped, std::vector<int>{1, 2, 3, 4});
    CHECK(driver.trace() == Trace{"1 step twice", "2 step twice"});
    CHECK(driver.at(2).command.step.attempts == 5);
    driver.run_step(2);
    CHECK(driver.trace().back() == "3 step twice");
    driver.run_step(3);
    CHECK(driver.trace().back() == "4 step twice");
    driver.run_step(4);
    driver.run_step(1);
    CHECK(driver.result<std::vector<int>>() == std::vector<int>{2, 4, 6, 8});
    CHECK(driver.trace().size() == 4);
  }

  TEST_CASE("map replays without suspending") {
    FakeDriver driver;
    for (reprise::OpId op = 1; op <= 4; ++op) driver.record_value(op, static_cast<int>(op));
    driver.start(mapped, std::vector<int>{1, 2, 3, 4});
    CHECK(driver.parks() == 0);
    CHECK(driver.result<std::vector<int>>() == std::vector<int>{1, 2, 3, 4});
  }

  TEST_CASE("a failure in map is thrown and cancels the rest") {
    FakeDriver driver;
    driver.start(mapped, std::vector<int>{1, 2, 3, 4});
    driver.fail(2, Code::step_failed, "no");
    CHECK(driver.failure().message == "no");
    CHECK(driver.trace() == Trace{"1 step twice", "2 step twice", "cancel 1"});
  }

  TEST_CASE("a child is awaited for its result, or started and left alone") {
    FakeDriver driver;
    driver.names[reinterpret_cast<const void*>(child)] = "child";
    driver.start(parent);
    const auto& kid = driver.at(1).command;
    CHECK(kid.target == reprise::InstanceKey{"shop", "kid"});
    CHECK(kid.payload.bytes == "[7]");
    CHECK(std::string_view(kid.site.file).ends_with("operation_test.cc"));
    driver.complete_value(1, 7);
    const auto& free = driver.at(2).command;
    CHECK(free.detached);
    CHECK(free.on_parent_close == reprise::ParentClose::abandon);
    CHECK_FALSE(driver.at(2).dropped);
    CHECK(driver.at(3).command.target == reprise::InstanceKey{"farm", "there"});
    driver.fail(3, Code::conflict, "taken");
    CHECK(driver.result<int>() == 7 + static_cast<int>(Code::conflict));
  }

  TEST_CASE("a child whose function is not registered throws") {
    FakeDriver driver;
    driver.start(childless);
    CHECK(driver.failure().message == "the child's function is not in the engine's registry");
  }

  TEST_CASE("a signal goes out whether awaited or not; a refusal is thrown where it is awaited") {
    FakeDriver driver;
    driver.start(sends);
    CHECK(driver.trace() == Trace{"1 send hello", "2 send number"});
    CHECK(driver.at(1).dropped);  // Forgotten, and, as the trace says, not cancelled.
    CHECK(driver.at(1).command.payload.bytes == "\"text\"");
    CHECK(driver.at(1).command.signal_id == "00000000-0000-4000-8000-000000000001");
    CHECK(driver.at(2).command.signal_id == "once");
    driver.fail(2, Code::closed, "closed");
    CHECK(driver.result<std::string>() == "closed");
  }
}

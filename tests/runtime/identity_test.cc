// Ids, runs and duplicates: what a caller may repeat, and what is refused.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

Workflow<int> wait_go(Context ctx, int base) {
  auto go = co_await ctx.signal<int>("go");
  co_return base + go;
}
Workflow<int> sum_two(Context ctx) {
  auto first = co_await ctx.signal<int>("go");
  auto second = co_await ctx.signal<int>("go");
  co_return first * 100 + second;
}
Workflow<int> other(Context, int base) { co_return base; }
/// More commands at its start than a record holds.
Workflow<int> wide(Context ctx) {
  std::vector<Operation<int>> never;
  for (int i = 0; i < 40'000; ++i) never.push_back(ctx.signal<int>("never"));
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

Registry registry() {
  Registry workflows;
  workflows.add("wait_go", wait_go);
  workflows.add("sum_two", sum_two);
  workflows.add("other", other);
  workflows.add("wide", wide);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/identity") {
  TEST_CASE("a start that is repeated gives the same run, also after a restart and after the end") {
    Machine machine(1, 2);
    RunId run;
    {
      auto engine = machine.open(registry()).value();
      run = engine.start(wait_go, "a", 1).value().run();
      CHECK(engine.start(wait_go, "a", 1).value().run() == run);
      CHECK(engine.list().value().size() == 1);
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(wait_go, "a", 1).value().run() == run);
    CHECK(engine.signal("a", "go", 2).ok());
    CHECK(engine.start(wait_go, "a", 1).value().result().value() == 3);
    auto again = engine.start(wait_go, "a", 1).value();
    CHECK(again.run() == run);
    CHECK(again.result().value() == 3);
    CHECK(count(engine, "a", "workflow_started") == 1);
  }

  TEST_CASE("the same id with another input or workflow is a conflict") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(wait_go, "a", 1).ok());
    CHECK(engine.start(wait_go, "a", 2).code() == Code::conflict);
    CHECK(engine.start(other, "a", 1).code() == Code::conflict);
    CHECK(engine.start(wait_go, Id("tenant", "a"), 2).ok());
  }

  TEST_CASE("a signal that is repeated with its id is recorded once, also after a restart") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(sum_two, "a").ok());
      CHECK(engine.signal("a", "go", 1, {.id = "s1"}).value() == "s1");
      CHECK(engine.signal("a", "go", 9, {.id = "s1"}).value() == "s1");
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.signal("a", "go", 9, {.id = "s1"}).ok());
    CHECK(engine.signal("a", "go", 2, {.id = "s2"}).ok());
    CHECK(engine.find<int>("a").value().result().value() == 102);
    CHECK(count(engine, "a", "signal_received") == 2);
  }

  TEST_CASE("a signal without an id gets one, for the retry") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(sum_two, "a").ok());
    const auto id = engine.signal("a", "go", 1).value();
    CHECK(!id.empty());
    CHECK(engine.signal("a", "go", 1, {.id = id}).value() == id);
    CHECK(count(engine, "a", "signal_received") == 1);
  }

  TEST_CASE("a signal to nobody is not_found, to a finished instance it is closed") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.signal("a", "go", 1).code() == Code::not_found);
    CHECK(engine.start(other, "a", 1).value().result().value() == 1);
    CHECK(engine.signal("a", "go", 1).code() == Code::closed);
    CHECK(engine.cancel("a").code() == Code::closed);
    CHECK(engine.terminate("a").code() == Code::closed);
    CHECK(engine.pause("a").code() == Code::closed);
  }

  TEST_CASE("signals of one caller arrive in the order sent") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(sum_two, "a").value();
    CHECK(engine.signal("a", "go", 1).ok());
    CHECK(engine.signal("a", "go", 2).ok());
    CHECK(run.result().value() == 102);
  }

  TEST_CASE("start_with_signal starts and delivers, both; to an open instance only the signal") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start_with_signal(sum_two, "a", "go", 1).value();
    CHECK(count(engine, "a", "signal_received") == 1);
    auto again = engine.start_with_signal(sum_two, "a", "go", 2).value();
    CHECK(again.run() == run.run());
    CHECK(run.result().value() == 102);
    CHECK(count(engine, "a", "workflow_started") == 1);
  }

  TEST_CASE("what start_with_signal delivered is read where the code has read it") {
    Machine machine;
    machine.options().limits.unread_signals_max = 1;
    auto engine = machine.open(registry()).value();
    auto run = engine.start_with_signal(sum_two, "a", "go", 1).value();
    const auto info = engine.describe("a").value();
    CHECK(info.unread_signals == 0);
    REQUIRE(info.waits.size() == 1);
    CHECK(info.waits.front().op == 2);
    REQUIRE(engine.signal("a", "go", 2).ok());
    CHECK(run.result().value() == 102);
  }

  TEST_CASE("start_with_signal to a workflow that ends at once delivers too") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start_with_signal(other, "a", "go", 1, 7).value().result().value() == 7);
    CHECK(count(engine, "a", "signal_received") == 1);
    machine.options().limits.unread_signals_max = 0;
    auto strict = machine.open(registry()).value();
    CHECK(strict.start_with_signal(other, "b", "go", 1, 7).code() == Code::too_many_signals);
    CHECK(strict.describe("b").code() == Code::not_found);
  }

  TEST_CASE("start_with_signal of a workflow whose start takes several records, killed in it") {
    int both = 0;
    (void)each_kill([&](std::uint64_t kill) {
      Machine machine;
      {
        auto engine = machine.open(registry(), kill);
        if (engine) (void)engine->start_with_signal(wide, "a", "go", 1);
      }
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      if (!engine.describe("a").ok()) return lived;
      ++both;
      CHECK(count(engine, "a", "signal_received") == 1);
      CHECK(engine.find<int>("a").value().result().value() == 1);
      return lived;
    });
    CHECK(both > 2);
  }

  TEST_CASE("start_with_signal killed at any record has done both or neither") {
    const auto kills = each_kill([](std::uint64_t kill) {
      Machine machine;
      {
        auto engine = machine.open(registry(), kill);
        if (engine) (void)engine->start_with_signal(sum_two, "a", "go", 1);
      }
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      const auto info = engine.describe("a");
      if (info) {
        CHECK(count(engine, "a", "signal_received") == 1);
      } else {
        CHECK(info.code() == Code::not_found);
      }
      return lived;
    });
    CHECK(kills > 0);
  }

  TEST_CASE(
      "a run that was deleted is stale: its id may be used again once its tombstone is gone") {
    Machine machine;
    machine.options().retention = 1s;
    machine.options().tombstone = 100s;
    auto engine = machine.open(registry()).value();
    auto first = engine.start(other, "a", 1).value();
    CHECK(first.result().value() == 1);
    machine.clock().advance(10'000'000'000);
    CHECK(engine.start(wait_go, "b", 1).ok());
    CHECK(engine.describe("a").code() == Code::not_found);
    CHECK(engine.start(other, "a", 1).code() == Code::closed);
    CHECK(engine.start(other, "a", 2).code() == Code::conflict);
    machine.clock().advance(100'000'000'000);
    auto second = engine.start(wait_go, "a", 5).value();
    CHECK(second.run() != first.run());
    CHECK(first.result().code() == Code::stale_run);
    CHECK(engine.signal("a", "go", 1).ok());
    CHECK(second.result().value() == 6);
  }

  TEST_CASE("a workflow that is not registered is refused at start, and pauses what is in flight") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(wait_go, "a", 1).ok());
      CHECK(engine.start(wait_go, "done", 1).ok());
      CHECK(engine.signal("done", "go", 1).ok());
      CHECK(engine.find<int>("done").value().result().value() == 2);
    }
    {
      // A program without any workflow only looks: what waits is shown as it is.
      auto engine = machine.open(Registry()).value();
      CHECK(engine.describe("a").value().status == InstanceStatus::waiting);
    }
    {
      Registry fewer;
      fewer.add("other", other);
      auto engine = machine.open(fewer).value();
      CHECK(engine.start(wait_go, "b", 1).code() == Code::unregistered);
      // It is shown before anything happens to it, and in the same words after.
      const auto before = engine.describe("a").value();
      CHECK(before.status == InstanceStatus::paused);
      CHECK(before.paused == "unregistered");
      CHECK(before.detail.find("\"wait_go\"") != std::string::npos);
      const auto paused = engine.list({.status = InstanceStatus::paused}).value();
      REQUIRE(paused.size() == 1);
      CHECK(paused[0].key.id == "a");
      CHECK(engine.describe("done").value().status == InstanceStatus::completed);
      CHECK(engine.describe("done").value().paused.empty());
      CHECK(engine.signal("a", "go", 2).ok());
      const auto after = engine.describe("a").value();
      CHECK(after.paused == "unregistered");
      CHECK(after.detail == before.detail);
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.find<int>("a").value().result().value() == 3);
  }
}

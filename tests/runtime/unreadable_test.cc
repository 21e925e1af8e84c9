// Instances that can't be read, for good or for a moment: nobody else notices, nothing is lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int started = 0;

Workflow<int> child(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
Workflow<int> nobody_else(Context) { co_return 3; }
Workflow<int> parent(Context ctx, std::string id) {
  auto value = co_await ctx.child(child, id);
  co_return value;
}
Workflow<int> late_parent(Context ctx) {
  co_await ctx.sleep(1h);
  auto value = co_await ctx.child(nobody_else, "kid");
  co_return value;
}
Workflow<int> nap(Context ctx) {
  co_await ctx.sleep(1h);
  co_return 7;
}
int count_start() { return ++started; }
Workflow<int> quick(Context ctx) {
  auto value = co_await ctx.step("count", count_start);
  auto go = co_await ctx.signal<int>("go");
  co_return value + go;
}

Workflow<std::string> listens(Context ctx) {
  auto first = co_await ctx.signal<std::string>("news");
  auto second = co_await ctx.signal<std::string>("news");
  co_return fmt::format("{} {}", first.size(), second.size());
}
Workflow<int> tells(Context ctx) {
  auto large = ctx.signal_to("listener", "news", std::string(100'000, 'x'));
  auto small = ctx.signal_to("listener", "news", std::string("y"));
  co_await std::move(large);
  co_await std::move(small);
  co_return 1;
}

int moves_left = 0;

/// A parameter that cannot always be moved into its workflow.
struct Brittle {
  int value = 0;
  Brittle() = default;
  Brittle(const Brittle&) = default;
  Brittle& operator=(const Brittle&) = default;
  Brittle(Brittle&& other) noexcept(false) : value(other.value) {
    if (value > 0 && --moves_left == 0) throw 13;  // Not even a std::exception.
  }
  Brittle& operator=(Brittle&&) = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Brittle, value)
Workflow<int> takes(Context, Brittle brittle) { co_return brittle.value; }

Registry registry() {
  Registry workflows;
  workflows.add("child", child);
  workflows.add("parent", parent);
  workflows.add("late_parent", late_parent);
  workflows.add("nobody_else", nobody_else);
  workflows.add("nap", nap);
  workflows.add("quick", quick);
  workflows.add("takes", takes);
  workflows.add("listens", listens);
  workflows.add("tells", tells);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/unreadable") {
  TEST_CASE("a damaged instance does not hold up the messages behind the one for it") {
    Machine machine(2, 2);
    RunId damaged;
    {
      auto engine = machine.open(registry()).value();
      // Parents on shard 0, children on shard 1, so that the answers share one way.
      auto run = engine.start(parent, id_on(0, "p"), id_on(1, "c")).value();
      damaged = run.run();
      settle(run);
      settle(engine.start(parent, id_on(0, "q"), id_on(1, "d")).value());
      engine.snapshot();
      settle(engine);
    }
    machine.put(0, {{journal::Table::rows, runtime::row_key(damaged), std::string("not a row")}});
    auto engine = machine.open(registry()).value();
    std::vector<InstanceInfo> listed = engine.list().value();
    for (const auto& info : listed) {
      if (info.workflow == "child") REQUIRE(engine.signal(info.key, "go", 5).ok());
    }
    settle(engine);
    int completed = 0;
    for (const auto& info : engine.list().value()) {
      if (info.workflow == "parent") {
        CHECK(info.status == InstanceStatus::completed);
        ++completed;
      }
    }
    CHECK(completed == 1);  // The other one can't be read, and is not listed.
  }

  TEST_CASE("a read error at the wrong moment delays a timer, it does not lose it") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      (void)engine.start(nap, "a").value();
      engine.snapshot();
      settle(engine);
    }
    auto engine = machine.open(registry()).value();
    settle(engine);
    machine.fail_reads(1);
    machine.clock().advance(Nanos{3600} * 1'000'000'000);
    settle(engine);
    CHECK(machine.failed_reads() == 1);
    machine.fail_reads(0);
    CHECK(engine.find<int>("a").value().result(10s).value() == 7);
  }

  TEST_CASE("a read error where a child is to start delays it, it is no refusal") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(late_parent, "a").value();
    settle(engine);
    machine.fail_reads(1);  // Is there such an id, or a tombstone of it?
    machine.clock().advance(Nanos{3600} * 1'000'000'000);
    settle(engine);
    CHECK(machine.failed_reads() == 1);
    machine.fail_reads(0);
    CHECK(run.result(10s).value() == 3);
  }

  TEST_CASE("a read error while code is brought back is tried again, without being asked") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      (void)engine.start(quick, "a").value();
      settle(engine);
      engine.snapshot();
      settle(engine);
      REQUIRE(engine.signal("a", "other", 1).ok());
      engine.snapshot();  // The first chunk of a history is looked up, the others are scanned.
      settle(engine);
    }
    auto engine = machine.open(registry()).value();
    settle(engine);
    auto run = engine.find<int>("a").value();
    machine.fail_reads(0, 1);
    REQUIRE(engine.signal("a", "go", 10).ok());
    CHECK(engine.describe("a").value().paused == "io_error");
    CHECK(machine.failed_reads() == 1);
    CHECK(run.result(10s).ok());
    CHECK(engine.describe("a").value().paused.empty());
  }

  TEST_CASE("a message that can't be read to be sent again is not overtaken by the one behind it") {
    for (int reads = 1; reads <= 4; ++reads) {
      int failed_most = 0;
      CAPTURE(reads);
      (void)each_kill([&](std::uint64_t kill) {
        Machine machine(1, 2);
        machine.options().compression = Compression::none;  // So that it is a blob.
        {
          auto engine = machine.open(registry(), kill);
          if (!engine) return false;
          if (!engine->start(listens, "listener").ok()) return false;
          const auto run = engine->start(tells, "a");
          if (run.ok() && run->result(1min).ok()) return true;
        }
        auto engine = machine.open(registry()).value();
        machine.fail_reads(reads);
        settle(engine);
        failed_most = std::max(failed_most, machine.failed_reads());
        machine.fail_reads(0);
        CHECK(engine.start(tells, "a").value().result().value() == 1);
        CHECK(engine.find<std::string>("listener").value().result().value() == "100000 1");
        return false;
      });
      CHECK(failed_most == reads);
    }
  }

  TEST_CASE("an id whose row has vanished is corrupt, never free for a second run") {
    Machine machine;
    RunId run;
    started = 0;
    {
      auto engine = machine.open(registry()).value();
      run = engine.start(quick, "a").value().run();
      settle(engine);
      engine.snapshot();
      settle(engine);
    }
    REQUIRE(started == 1);
    machine.put(0, {{journal::Table::rows, runtime::row_key(run), std::nullopt}});
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(quick, "a").code() == Code::corrupt);
    CHECK(engine.describe("a").code() == Code::corrupt);
    settle(engine);
    CHECK(started == 1);
  }

  TEST_CASE("a parameter that throws on its way into the code pauses its instance, not the host") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    Brittle brittle;
    brittle.value = 5;
    int paused = 0;
    for (int moves = 1; moves <= 12; ++moves) {
      CAPTURE(moves);
      const std::string id = fmt::format("{}", moves);
      moves_left = moves;
      auto run = engine.start(takes, id, brittle).value();
      moves_left = 0;
      const auto result = run.result(1ms);
      if (result) {
        CHECK(*result == 5);
      } else {
        CHECK(engine.describe(id).value().paused == "undecodable");
        ++paused;
      }
    }
    CHECK(paused > 0);
    CHECK(engine.start(takes, "whole", brittle).value().result().value() == 5);
  }
}

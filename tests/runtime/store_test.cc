// What the engine owes its store: fail-stop, snapshots in the middle of everything, damaged rows.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "runtime/rows.h"
#include "sim/twenty_operations.h"
#include "support/journals.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

Workflow<int> collect(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto next = co_await ctx.signal<int>("go");
    sum += next;
  }
  co_return sum;
}

Workflow<std::string> parent(Context ctx, std::string kind) {
  const auto policy = kind == "terminate" ? ParentClose::terminate
                      : kind == "abandon" ? ParentClose::abandon
                                          : ParentClose::cancel;
  auto child = ctx.child(collect, {.id = "child", .on_parent_close = policy}, 1);
  co_await ctx.signal<int>("end");
  co_return "ended";
}
Workflow<std::string> orphan(Context ctx) {
  auto refused = co_await ctx.try_child(collect, "taken", 5);
  co_return std::string(name(refused ? Code::ok : refused.error().code()));
}

Registry registry() {
  Registry workflows = twenty_registry();
  workflows.add("collect", collect);
  workflows.add("parent", parent);
  workflows.add("orphan", orphan);
  return workflows;
}

InstanceStatus status(const Engine& engine, const Id& id) {
  return engine.describe(id).value().status;
}

}  // namespace

TEST_SUITE("runtime/store") {
  TEST_CASE("after a failed append callers get outcome_unknown or engine_failed, the host lives") {
    Machine machine;
    auto engine = machine.open(registry(), 1).value();
    const auto first = engine.start(collect, "a", 1);
    const auto second = engine.start(collect, "b", 1);
    const auto third = engine.start(collect, "c", 1);
    CHECK((first.ok() || first.code() == Code::outcome_unknown));
    CHECK((second.code() == Code::outcome_unknown || second.code() == Code::engine_failed));
    CHECK(third.code() == Code::engine_failed);
    CHECK(engine.describe("a").code() == Code::engine_failed);
  }

  TEST_CASE("with snapshots, trims and evictions in the middle of everything nothing changes") {
    for (const std::uint16_t shards : shard_counts) {
      for (const std::uint64_t every : {1u, 3u, 10u, 40u}) {
        CAPTURE(shards);
        CAPTURE(every);
        Machine machine(3, shards);
        machine.options().snapshot_every = every;
        machine.options().memory_budget = 1;
        world.clock = &machine.clock();
        auto engine = machine.open(registry()).value();
        auto run = engine.start(twenty, "main", 1).value();
        CHECK(engine.signal("main", "go", 41).ok());
        CHECK(run.result().value() == twenty_result(1));
        CHECK(engine.history("main").ok());
      }
    }
  }

  TEST_CASE("killed at each record with snapshots and trims in between, it ends the same") {
    const auto kills = each_kill([](std::uint64_t kill) {
      Machine machine(3, 2);
      machine.options().snapshot_every = 4;
      machine.options().memory_budget = 1;
      world.clock = &machine.clock();
      {
        auto engine = machine.open(registry(), kill).value();
        auto run = engine.start(twenty, "main", 1);
        if (run) (void)engine.signal("main", "go", 41, {.id = "go-1"});
        if (run) (void)run->result();
      }
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      auto run = engine.start(twenty, "main", 1).value();
      const auto sent = engine.signal("main", "go", 41, {.id = "go-1"});
      REQUIRE((sent.ok() || sent.code() == Code::closed));
      REQUIRE(run.result().value() == twenty_result(1));
      return lived;
    });
    CHECK(kills > 40);
  }

  TEST_CASE("a trimmed journal recovers from its rows, and the whole history is still there") {
    Machine machine;
    machine.options().snapshot_every = 10;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "a", 100).ok());
      for (int i = 0; i < 60; ++i) CHECK(engine.signal("a", "go", 1).ok());
    }
    CHECK(machine.disk().ends(0).first > 1);
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 40; ++i) CHECK(engine.signal("a", "go", 1).ok());
    CHECK(engine.find<int>("a").value().result().value() == 100);
    const auto history = engine.history("a").value();
    for (std::size_t i = 0; i < history.size(); ++i) CHECK(history[i].seq == i + 1);
  }

  TEST_CASE("a damaged row stops that instance only") {
    Machine machine;
    machine.options().snapshot_every = 1;
    RunId broken;
    {
      auto engine = machine.open(registry()).value();
      broken = engine.start(collect, "a", 2).value().run();
      CHECK(engine.start(collect, "b", 2).ok());
      for (int i = 0; i < 1; ++i) CHECK(engine.signal("b", "go", 1).ok());
      CHECK(engine.signal("a", "go", 1).ok());
    }
    auto row = machine.disk().get(journal::Table::rows, runtime::row_key(broken)).value();
    REQUIRE(row.has_value());
    row->back() = static_cast<char>(row->back() ^ 1);
    journal::ShardAppend damage;
    damage.first = machine.disk().ends(0).last + 1;
    damage.epoch = machine.disk().ends(0).epoch;
    damage.chain_after = machine.disk().ends(0).chain;
    damage.puts.push_back({journal::Table::rows, runtime::row_key(broken), *row});
    REQUIRE(machine.disk().append(std::span(&damage, 1), true).ok());
    auto engine = machine.open(registry()).value();
    CHECK(engine.signal("a", "go", 1).code() == Code::corrupt);
    CHECK(engine.signal("b", "go", 1).ok());
    CHECK(engine.find<int>("b").value().result().value() == 2);
  }

  TEST_CASE("a parent that closes cancels, terminates or abandons its child, as it was told") {
    for (const std::uint16_t shards : shard_counts) {
      for (const std::string kind : {"cancel", "terminate", "abandon"}) {
        CAPTURE(shards);
        CAPTURE(kind);
        Machine machine(2, shards);
        auto engine = machine.open(registry()).value();
        auto run = engine.start(parent, "p", kind).value();
        settle(run);
        CHECK(engine.signal("p", "end", 1).ok());
        CHECK(run.result().value() == "ended");
        settle(engine.find<int>("child").value());
        const auto expected = kind == "terminate" ? InstanceStatus::terminated
                              : kind == "abandon" ? InstanceStatus::waiting
                                                  : InstanceStatus::cancelled;
        CHECK(status(engine, "child") == expected);
      }
    }
  }

  TEST_CASE("a child whose id is taken is refused with a message: conflict") {
    for (const std::uint16_t shards : shard_counts) {
      Machine machine(2, shards);
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "taken", 1).ok());
      CHECK(engine.start(orphan, "o").value().result().value() == "conflict");
    }
  }
}

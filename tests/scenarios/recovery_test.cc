// After reports of what a restart made worse.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "replay/event.h"
#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

std::multiset<std::string> ran;  ///< Ids whose code came to its end, in this process.
std::string counted(std::string value) { return value; }

int same(int value) { return value; }

Workflow<std::string> reports(Context ctx) {
  auto value = co_await ctx.step("count", {.poison_after = 0}, counted, "done");
  ran.insert(ctx.id());
  co_return value;
}
Workflow<std::string> asks(Context ctx) {
  auto value = co_await ctx.child(reports, "child");
  ran.insert(ctx.id());
  co_return value + " and told";
}
Workflow<int> quick(Context ctx, int value) {
  auto done = co_await ctx.step("same", same, value);
  co_return 2 * done;
}

/// As in the report: two light steps, then the one that does the work.
Workflow<int> ingests(Context ctx, int number) {
  auto observed =
      co_await ctx.step("observe", {.poison_after = 0, .runs_on = RunsOn::shard}, same, number);
  auto ready =
      co_await ctx.step("set up", {.poison_after = 0, .runs_on = RunsOn::shard}, same, observed);
  auto value = co_await ctx.step("ingest", {.poison_after = 0}, same, ready);
  co_return value;
}
/// One at a time.
Workflow<int> line(Context ctx) {
  int sum = 0;
  for (int i = 1; i <= 3; ++i) {
    const std::string id = "ingest-" + std::to_string(i);
    auto value = co_await ctx.child(ingests, id, i);
    sum += value;
  }
  co_return sum;
}

Registry registry() {
  Registry workflows;
  workflows.add("idles", idles);
  workflows.add("reports", reports);
  workflows.add("asks", asks);
  workflows.add("quick", quick);
  workflows.add("ingests", ingests);
  workflows.add("line", line);
  return workflows;
}

/// Ids of the runs whose end is on disk.
std::set<std::string> ended_on(const journal::Store& disk) {
  std::map<RunId, std::string> ids;
  std::set<std::string> ended;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) {
    (void)disk.read(shard, 1, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        const auto event = replay::decode(at.bytes()).value();
        if (event.kind == replay::EventKind::workflow_started) ids[at.run()] = event.id;
        if (event.kind == replay::EventKind::workflow_completed) ended.insert(ids[at.run()]);
      }
      return true;
    });
  }
  return ended;
}

}  // namespace

TEST_SUITE("scenarios/recovery") {
  // What a run gave was recorded, and that it had ended only after that: a crash between the two
  // sent the finished run to its code once more.
  TEST_CASE("a run whose result is on disk has ended, and its code runs no more (restate #447)") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      CAPTURE(shards);
      std::size_t ended_before = 0;
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine(2, shards);
        machine.options().verify_replay_every = 0;  // It runs the code as well.
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill);
          if (engine) {
            const auto run = engine->start(asks, "parent");
            lived = run.ok() && run->result().ok();
          }
        }
        const auto ended = ended_on(machine.disk());
        ended_before += ended.size();
        ran.clear();
        auto engine = machine.open(registry()).value();
        pass(machine, engine, 1min);
        auto run = engine.start(asks, "parent").value();
        CHECK(run.result().value() == "done and told");
        for (const std::string id : {"child", "parent"}) {
          CAPTURE(id);
          CHECK(ran.count(id) == (ended.contains(id) ? 0 : 1));
          CHECK(count(engine, id, "workflow_completed") == 1);
          CHECK(engine.history(id).value().back().kind == "workflow_completed");
        }
        CHECK(count(engine, "parent", "child_completed") == 1);
        return lived;
      });
      CHECK(kills > 4);
      CHECK(ended_before > 2);  // Else no kill fell between an end and what comes of it.
    }
  }

  // Two durable steps had completed and the third never began: not when the run was recovered, and
  // the work behind it in a line of one at a time never came to its turn.
  TEST_CASE("a run killed between two steps goes on unasked (dbos-transact-py #805)") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      CAPTURE(shards);
      const auto start = [](Machine& machine, std::uint64_t kill) {
        auto engine = machine.open(registry(), kill);
        if (!engine) return false;
        const auto run = engine->start(line, "line");
        return run.ok() && run->result().ok();
      };
      const auto kills = each_kill([&](std::uint64_t first) {
        bool lived = false;
        (void)each_kill([&](std::uint64_t second) {
          Machine machine(7, shards);
          lived = start(machine, first);
          const bool lived_again = start(machine, second);
          auto engine = machine.open(registry()).value();
          pass(machine, engine, 1min);  // Nobody asks for it.
          const auto found = engine.describe("line");
          if (!found) {
            CHECK(found.code() == Code::not_found);
            return lived_again;
          }
          CHECK(found->status == InstanceStatus::completed);
          CHECK(engine.find<int>("line").value().result().value() == 6);
          return lived_again;
        });
        return lived;
      });
      CHECK(kills > 10);
    }
  }

  // Recovery at launch took a workflow for abandoned that a caller had just begun to run in the
  // same process, and ran it a second time.
  TEST_CASE("a run asked for while recovery works is begun once (dbos-transact-java #491)") {
    constexpr int runs = 150;  // Recovery takes 64 of them at a time.
    const auto id = [](int i) { return fmt::format("run-{:03}", i); };
    for (const int first : {0, 63, 64, 149}) {
      for (const int how : {0, 1, 2}) {
        CAPTURE(first);
        CAPTURE(how);
        Machine machine(5);
        auto& bodies = machine.hold_bodies();
        {
          auto engine = machine.open(registry()).value();
          for (int i = 0; i < runs; ++i) REQUIRE(engine.start(quick, id(i), i).ok());
          settle(engine.find<int>(id(0)).value());
          REQUIRE(bodies.size() == runs);
          machine.kill();
        }
        auto engine = machine.open(registry()).value();
        const auto ask = [&](int i) {
          if (how == 1) CHECK(engine.resume(id(i)).ok());
          if (how == 2) CHECK(engine.signal(id(i), "note", 1).ok());
          return engine.start(quick, id(i), i).value();
        };
        (void)ask(first);
        REQUIRE(engine.start(quick, "new", 1).ok());
        for (int i = 0; i < runs; ++i) (void)ask(i);
        pass(machine, engine, 1s);
        std::set<std::string> begun;
        for (std::size_t i = 0; i < bodies.size(); ++i) begun.insert(bodies[i].idempotency_key());
        CHECK(bodies.size() == runs + 1);
        CHECK(begun.size() == runs + 1);
        bodies.release_all();
        for (int i = 0; i < runs; ++i) {
          CHECK(engine.start(quick, id(i), i).value().result().value() == 2 * i);
        }
        CHECK(count(engine, id(first), "step_scheduled") == 2);  // One for each process.
      }
    }
  }

  // Leaders of some partitions went on appending what came in, applied none of it, and told
  // everybody who asked that they were active.
  TEST_CASE("an engine takes only what it also does, and says when it can't (restate #5033)") {
    const auto kills = each_kill([&](std::uint64_t kill) {
      Machine machine(1, 2);
      std::vector<int> taken;
      bool refused = false;
      {
        auto engine = machine.open(registry(), kill);
        if (!engine) return false;
        for (int i = 0; i < 8; ++i) {
          CAPTURE(i);
          const auto run = engine->start(quick, fmt::format("run-{}", i), i);
          if (run) {
            CHECK_FALSE(refused);
            taken.push_back(i);
          }
          refused = refused || !run.ok() || !run->result().ok();
          CHECK(metric(*engine, "reprise_engine_failed") == (refused ? 1U : 0U));
          if (!refused) continue;
          for (const int old : taken) {
            const std::string id = fmt::format("run-{}", old);
            CHECK(engine->describe(id).code() == Code::engine_failed);
            CHECK(engine->signal(id, "note", 1).code() == Code::engine_failed);
            CHECK(engine->resume(id).code() == Code::engine_failed);
          }
          CHECK(engine->list().code() == Code::engine_failed);
        }
      }
      auto engine = machine.open(registry()).value();
      pass(machine, engine, 1s);
      CHECK(metric(engine, "reprise_engine_failed") == 0);
      for (const int i : taken) {
        const auto run = engine.find<int>(fmt::format("run-{}", i)).value();
        CHECK(run.result(0s).value() == 2 * i);
      }
      return !refused;
    });
    CHECK(kills > 10);
  }
}

// After reports of ids that were used twice.
#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <string>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

std::set<std::string> keys;  ///< Of bodies that ran.
int bodies_run = 0;

/// Large enough for a blob.
std::string price(StepContext& step, int amount) {
  keys.insert(step.idempotency_key());
  ++bodies_run;
  return std::string(100'000, static_cast<char>('a' + amount));
}
Workflow<std::string> order(Context ctx, int amount) {
  auto text = co_await ctx.step("price", {.poison_after = 0}, price, amount);
  co_return text.substr(text.size() - 1);
}

int next(int value) {
  ++bodies_run;
  return value + 1;
}
Workflow<int> background(Context ctx, int steps) {
  int value = 0;
  for (int i = 0; i < steps; ++i) {
    auto done = co_await ctx.step("next", {.poison_after = 0}, next, value);
    value = done;
    co_await ctx.sleep(1s);
  }
  co_return value;
}
Workflow<std::string> trigger(Context ctx) {
  auto done = co_await ctx.step("trigger", next, 1000);
  co_return std::to_string(done);
}
Workflow<std::string> claims(Context ctx) {
  auto child = co_await ctx.try_child(trigger, "a");
  co_return std::string(name(child ? Code::ok : child.error().code()));
}

Registry registry() {
  Registry workflows;
  workflows.add("idles", idles);
  workflows.add("order", order);
  workflows.add("background", background);
  workflows.add("trigger", trigger);
  workflows.add("claims", claims);
  return workflows;
}

/// Starts under a used id whatever did not start there yet; true if all of it is a conflict.
bool start_others(const Engine& engine) {
  const bool conflicts[] = {
      engine.start(trigger, "a").code() == Code::conflict,
      engine.start(background, "a", 4).code() == Code::conflict,
      engine.start_with_signal(trigger, "a", "go", 1).code() == Code::conflict};
  const auto claimed = engine.start(claims, "claims");
  const bool child = claimed.ok() && claimed->result(0s).code() != Code::engine_failed;
  return conflicts[0] && conflicts[1] && conflicts[2] && child;
}

}  // namespace

TEST_SUITE("scenarios/ids") {
  // The outputs of a workflow's steps lay in another database than the workflow itself. A deletion
  // that was interrupted between the two left them there, for whoever used the id next.
  TEST_CASE("an id used again sees no result of the run before (dbos-transact-py #769)") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      CAPTURE(every);
      keys.clear();
      bodies_run = 0;
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine;
        machine.options().snapshot_every = every;
        machine.options().compression = Compression::none;
        machine.options().retention = 1min;
        machine.options().tombstone = 1s;
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill);
          if (engine) {
            for (const std::string id : {"a", "b", "c"}) {
              const auto run = engine->start(order, id, 1);
              if (run) (void)run->result();
            }
            engine->snapshot();
            pass(machine, *engine, 5min);
            lived = engine->describe("idle").ok();
          }
        }
        auto engine = machine.open(registry()).value();
        pass(machine, engine, 5min);
        REQUIRE(engine.describe("a").code() == Code::not_found);
        for (const int amount : {2, 2, 1}) {
          CAPTURE(amount);
          keys.clear();
          bodies_run = 0;
          auto run = engine.start(order, "a", amount).value();
          CHECK(run.result().value() == std::string(1, static_cast<char>('a' + amount)));
          CHECK(bodies_run == 1);
          pass(machine, engine, 5min);
          REQUIRE(engine.describe("a").code() == Code::not_found);
        }
        return lived;
      });
      CHECK(kills > 6);
    }
  }

  TEST_CASE("runs of one id share no idempotency key (dbos-transact-py #769)") {
    Machine machine;
    machine.options().retention = 0s;
    machine.options().tombstone = 1s;
    keys.clear();
    for (std::size_t runs = 1; runs <= 4; ++runs) {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(order, "a", 1).value().result().value() == "b");
      CHECK(keys.size() == runs);
      pass(machine, engine, 5min);
    }
  }

  // A second start with the id of a workflow that ran, of another function, was taken for the same
  // workflow by its recovery: after a crash the first one was not continued.
  TEST_CASE("a second start with an id takes nothing from the first (dbos-transact-ts #725)") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      CAPTURE(shards);
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine(3, shards);
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill);
          if (engine && engine->start(background, "a", 3).ok()) {
            lived = start_others(*engine);
            pass(machine, *engine, 1s);
            lived = start_others(*engine) && lived;
            pass(machine, *engine, 1min);
            lived = start_others(*engine) && lived;
          }
        }
        auto engine = machine.open(registry()).value();
        pass(machine, engine, 1min);  // Nobody starts it again.
        const auto found = engine.describe("a");
        if (!found) {
          CHECK(found.code() == Code::not_found);
          CHECK_FALSE(lived);
          return false;
        }
        CHECK(found->workflow == "background");
        CHECK(found->status == InstanceStatus::completed);
        CHECK(start_others(engine));
        CHECK(engine.find<int>("a").value().result().value() == 3);
        CHECK(count(engine, "a", "workflow_started") == 1);
        CHECK(count(engine, "a", "signal_received") == 0);
        CHECK(engine.find<std::string>("claims").value().result().value() == "conflict");
        return lived;
      });
      CHECK(kills > 10);
    }
  }

  // The same lesson as in fencing_test.cc, for starts: each place that knows of an id by itself.
  TEST_CASE("every place that knows of an id tells a repeated start (dbos-transact-ts #1207)") {
    const auto check = [](const Engine& engine, RunId run) {
      CHECK(engine.start(order, "a", 1).value().run() == run);
      CHECK(engine.start(order, "a", 2).code() == Code::conflict);
      CHECK(engine.start(trigger, "a").code() == Code::conflict);
    };
    for (const bool snapshot : {false, true}) {
      CAPTURE(snapshot);
      bodies_run = 0;
      Machine machine;
      RunId run;
      {
        auto engine = machine.open(registry()).value();
        auto started = engine.start(order, "a", 1).value();
        run = started.run();
        check(engine, run);  // In memory.
        CHECK(started.result().value() == "b");
        check(engine, run);
        if (snapshot) {
          engine.snapshot();
          pass(machine, engine, 1s);
          pass(machine, engine, 1s);
          REQUIRE(machine.disk().ends(0).first > 1);
        }
        machine.kill();
      }
      {
        auto engine = machine.open(registry()).value();
        check(engine, run);  // In the journal, or, where that was trimmed, in the index.
      }
      machine.options().retention = 0s;
      auto engine = machine.open(registry()).value();
      pass(machine, engine, 5min);
      REQUIRE(engine.describe("a").code() == Code::not_found);
      CHECK(engine.start(order, "a", 1).code() == Code::closed);  // The tombstone.
      CHECK(engine.start(order, "a", 2).code() == Code::conflict);
      CHECK(engine.start(claims, "claims").value().result().value() == "conflict");
      CHECK(bodies_run == 1);
    }
  }
}

// Timers take memory by what is open, and record nothing that the disk could not take.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/timer_queue.h"
#include "support/asks.h"
#include "support/driven_engine.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int ticks_made = 0;
Workflow<int> ticks(Context ctx) {
  for (;;) {
    co_await ctx.sleep(1s);
    ++ticks_made;
  }
}
Workflow<int> at_once(Context) { co_return 1; }
/// Gives up on each of them after two days, and gets them at once.
Workflow<int> hears(Context ctx, int count) {
  for (int i = 0; i < count; ++i) {
    auto word = ctx.signal<int>("word");
    co_await std::move(word).within(48h);
  }
  co_return count;
}
int body() { return 1; }
Workflow<int> steps(Context ctx, int count) {
  for (int i = 0; i < count; ++i) {
    co_await ctx.step("s", {.timeout = 1h, .runs_on = RunsOn::shard}, body);
  }
  co_return count;
}
Workflow<int> nap(Context ctx, int seconds) {
  co_await ctx.sleep(48h + std::chrono::seconds(seconds));
  co_return seconds;
}
Registry registry() {
  Registry workflows;
  workflows.add("ticks", ticks);
  workflows.add("at_once", at_once);
  workflows.add("hears", hears);
  workflows.add("steps", steps);
  workflows.add("nap", nap);
  workflows.add("idles", idles);
  return workflows;
}

Engine open_on(Rig& rig, EngineOptions options) {
  options.verify_replay_every = 0;  // It would count too.
  return rig.open(registry(), std::move(options)).value();
}

}  // namespace

TEST_SUITE("runtime/timers") {
  TEST_CASE("loops that only sleep wait for a disk that is full, and go on with it") {
    Rig rig;
    auto engine = open_on(rig, {});
    for (int i = 0; i < 100; ++i) REQUIRE(engine.start(ticks, fmt::format("{}", i)).ok());
    rig.pass(10s);
    REQUIRE(ticks_made >= 900);
    rig.store->set_full(true);
    ticks_made = 0;
    rig.pass(10min);
    CHECK(ticks_made <= 200);  // One turn may come before the first refusal.
    CHECK(metric(engine, "reprise_undurable_bytes") < 64u << 10);
    rig.store->set_full(false);
    rig.pass(10s);
    CHECK(ticks_made >= 700);
  }

  TEST_CASE("finished runs go when a disk that was full is not so any more, not before") {
    Rig rig;
    EngineOptions options;
    options.retention = 1h;
    options.tombstone = 1h;
    auto engine = open_on(rig, std::move(options));
    constexpr int count = 5000;
    const auto deleted = [&] {
      return metric(engine, R"(reprise_events_total{kind="run_deleted"})");
    };
    for (int i = 0; i < count; ++i) REQUIRE(engine.start(at_once, fmt::format("{}", i)).ok());
    REQUIRE(engine.start(ticks, "ticks").ok());  // Its next tick finds the disk full.
    engine.snapshot();
    rig.pass(10s);
    rig.store->set_full(true);
    rig.pass(6h);
    CHECK(deleted() == 0);
    rig.store->set_full(false);
    rig.pass(1h);
    CHECK(deleted() == count);
    CHECK(engine.list({.workflow = "at_once"}).value().empty());
  }

  TEST_CASE("timers that only the disk knows of come when they are due") {
    Rig rig;
    EngineOptions options;
    options.memory_budget = 1;
    options.snapshot_every = 500;
    auto engine = open_on(rig, std::move(options));
    constexpr int count = 12'000;
    for (int i = 0; i < count; ++i) REQUIRE(engine.start(nap, fmt::format("{}", i), i).ok());
    CHECK(metric(engine, "reprise_timers") < count);
    rig.pass(48h + 2 * count * 1s);
    int late = 0;
    const auto all = engine.list({.status = InstanceStatus::completed, .limit = count}).value();
    CHECK(all.size() == count);
    for (const auto& info : all) {
      const auto slept = info.closed - info.started;
      const auto wanted = (48h + std::chrono::seconds(std::stoi(info.key.id))) / 1ns;
      late += slept < wanted || slept > wanted + 1s / 1ns ? 1 : 0;
    }
    CHECK(late == 0);
  }

  TEST_CASE("a queue whose timers are over is worth a sweep when it grows again") {
    runtime::TimerQueue timers;
    for (int i = 0; i < 100'000; ++i) timers.add({.due = i});
    timers.keep_if([](const runtime::Timer&) { return true; });
    CHECK_FALSE(timers.overgrown());
    while (timers.pop_due(100'000)) {
    }
    for (int i = 0; i < 10'000; ++i) timers.add({.due = i});
    CHECK(timers.overgrown());
  }

  TEST_CASE(
      "a timer that fired behind a cancel, while its run was paused, is cancelled all the same") {
    Machine machine;  // Looks at what it has written.
    auto engine = machine.open(registry()).value();
    auto run = engine.start(nap, "a", 1).value();
    REQUIRE(engine.pause("a").ok());
    REQUIRE(engine.cancel("a").ok());
    pass(machine, engine, 49h);
    REQUIRE(engine.resume("a").ok());
    CHECK(run.result().code() == Code::workflow_cancelled);
    std::vector<std::string> kinds;
    for (const auto& event : engine.history("a").value()) kinds.push_back(event.kind);
    const auto fired = std::find(kinds.begin(), kinds.end(), "timer_fired");
    CHECK(std::find(fired, kinds.end(), "operation_cancelled") != kinds.end());
  }

  TEST_CASE("finished runs that are kept take no timers") {
    Machine machine;
    machine.options().retention = 24h * 7;
    machine.options().snapshot_every = 1000;
    auto engine = machine.open(registry()).value();
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) REQUIRE(engine.start(at_once, fmt::format("{}", i)).ok());
    CHECK(metric(engine, "reprise_timers") < 10'000);
    // They go all the same when their time is over.
    machine.clock().advance((24h * 7 + 2min) / 1ns);
    for (int i = 0; i < 200; ++i) (void)engine.describe("0");
    CHECK(engine.list({.limit = count}).value().empty());
  }

  TEST_CASE("waits and attempts that are over take no timers") {
    Machine machine;
    machine.options().verify_replay_every = 0;
    auto engine = machine.open(registry()).value();
    constexpr int count = 20'000;
    auto run = engine.start(hears, "a", count).value();
    for (int i = 0; i < count; ++i) REQUIRE(engine.signal("a", "word", i).ok());
    CHECK(run.result().value() == count);
    CHECK(metric(engine, "reprise_timers") < 10'000);
    CHECK(engine.start(steps, "b", count).value().result().value() == count);
    CHECK(metric(engine, "reprise_timers") < 10'000);
  }
}

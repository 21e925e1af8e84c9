// Time as workflows see it: total timeouts, and a wall clock that somebody sets.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int attempts_made = 0;
int fails() {
  ++attempts_made;
  throw std::runtime_error("not yet");
}

Workflow<std::string> bounded(Context ctx) {
  auto value = co_await ctx.try_step(
      "fails",
      {.total_timeout = 10s, .attempts = 0, .backoff = 4s, .backoff_factor = 1.0, .jitter = 0.0},
      fails);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<std::vector<std::int64_t>> clocked(Context ctx) {
  std::vector<std::int64_t> seen;
  for (int i = 0; i < 3; ++i) {
    co_await ctx.signal<int>("go");
    seen.push_back(ctx.now().time_since_epoch().count());
  }
  co_return seen;
}
Workflow<std::int64_t> nap(Context ctx) {
  co_await ctx.sleep(10min);
  co_return ctx.now().time_since_epoch().count();
}

/// Naps once, and after a signal for ten minutes more.
Workflow<int> naps(Context ctx) {
  co_await ctx.sleep(10min);
  co_await ctx.signal<int>("go");
  co_await ctx.sleep(10min);
  co_return 1;
}
Workflow<std::string> retries(Context ctx) {
  auto value = co_await ctx.try_step(
      "fails", {.total_timeout = 1s, .attempts = 0, .backoff = 100ms, .jitter = 0.0}, fails);
  co_return value ? "done" : std::string(name(value.error().code()));
}
int one() { return 1; }
Workflow<std::string> timed(Context ctx) {
  auto value = co_await ctx.try_step("one", {.timeout = 5s, .attempts = 1}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}

Workflow<std::string> limited(Context ctx) {
  auto value = co_await ctx.try_step(
      "one", {.total_timeout = 5s, .attempts = 9, .backoff = 1s, .jitter = 0.0}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}

/// What the code that wakes next does besides.
std::function<void()> on_wake;
Workflow<int> wakes(Context ctx) {
  co_await ctx.sleep(10min);
  if (on_wake) std::exchange(on_wake, nullptr)();
  co_return 1;
}

Registry registry() {
  Registry workflows;
  workflows.add("wakes", wakes);
  workflows.add("bounded", bounded);
  workflows.add("clocked", clocked);
  workflows.add("nap", nap);
  workflows.add("timed", timed);
  workflows.add("naps", naps);
  workflows.add("retries", retries);
  workflows.add("limited", limited);
  return workflows;
}

constexpr Nanos hour = Nanos{3600} * 1'000'000'000;

}  // namespace

TEST_SUITE("runtime/time") {
  TEST_CASE("the total timeout ends a step whose next attempt would come too late") {
    Machine machine;
    attempts_made = 0;
    auto engine = machine.open(registry()).value();
    const Nanos before = machine.clock().wall();
    CHECK(engine.start(bounded, "a").value().result().value() == "timed_out");
    CHECK(attempts_made == 3);  // At 0, 4 and 8 seconds; 12 would pass the total.
    CHECK(machine.clock().wall() - before < 10'000'000'000);
  }

  TEST_CASE("a wall clock set back does not turn time back for an instance, nor for its history") {
    Machine machine(4, 2);
    {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(clocked, "a").value();
      REQUIRE(engine.signal("a", "go", 1).ok());
      settle(run);
      machine.clock().jump(-hour);
      REQUIRE(engine.signal("a", "go", 1).ok());
      settle(run);
      machine.kill();
    }
    machine.clock().jump(-hour);
    auto engine = machine.open(registry()).value();
    REQUIRE(engine.signal("a", "go", 1).ok());
    const auto seen = engine.find<std::vector<std::int64_t>>("a").value().result().value();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0] <= seen[1]);
    CHECK(seen[1] <= seen[2]);
    const auto history = engine.history("a").value();
    for (std::size_t i = 1; i < history.size(); ++i) {
      CHECK(history[i - 1].time <= history[i].time);
    }
  }

  TEST_CASE("the total timeout ends a running attempt, tells its body to stop, and is final") {
    for (const Nanos jump : {Nanos{0}, 24 * hour, -24 * hour}) {
      CAPTURE(jump);
      Machine machine;
      auto& bodies = machine.hold_bodies();
      auto engine = machine.open(registry()).value();
      auto run = engine.start(limited, "a").value();
      settle(run);
      REQUIRE(bodies.size() == 1);
      machine.clock().jump(jump);
      CHECK(run.result(4s).code() == Code::timed_out);  // The caller's patience: it still runs.
      CHECK(!bodies[0].stop.stop_requested());
      CHECK(run.result(2s).value() == "timed_out");
      CHECK(bodies[0].stop.stop_requested());
      bodies.release();
      CHECK(run.result(1ms).value() == "timed_out");
      CHECK(bodies.size() == 0);
    }
  }

  TEST_CASE("a body that a crash cut off is not started again when the total timeout is over") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    // A killed engine waits for its bodies, which end no more, and the clock goes on meanwhile.
    const auto seconds_after = [&machine, start = machine.clock().wall()](Nanos seconds) {
      machine.clock().jump(start + seconds * 1'000'000'000 - machine.clock().wall());
    };
    {
      auto engine = machine.open(registry()).value();
      pass(engine.start(limited, "a").value(), 1s);
      REQUIRE(bodies.size() == 1);
      machine.kill();
    }
    {
      seconds_after(3);
      auto engine = machine.open(registry()).value();
      settle(engine.start(limited, "a").value());
      CHECK(bodies.size() == 1);
      machine.kill();
    }
    seconds_after(5);
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(limited, "a").value().result(1ms).value() == "timed_out");
    CHECK(bodies.size() == 0);
  }

  TEST_CASE("a wall clock that is set does not change how long an attempt may take") {
    for (const Nanos jump : {24 * hour, -24 * hour}) {
      CAPTURE(jump);
      Machine machine;
      auto& bodies = machine.hold_bodies();
      auto engine = machine.open(registry()).value();
      auto run = engine.start(timed, "a").value();
      settle(run);
      REQUIRE(bodies.size() == 1);
      machine.clock().jump(jump);
      CHECK(run.result(4s).code() == Code::timed_out);  // The caller's patience: it still runs.
      CHECK(run.result(2s).value() == "timed_out");
    }
  }

  TEST_CASE("a clock that was a day ahead for a while delays nothing once it is put right") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto there = engine.start(naps, "there").value();
    settle(there);
    machine.clock().jump(24 * hour);
    auto meanwhile = engine.start(nap, "meanwhile").value();
    settle(meanwhile);
    CHECK(there.result(1ms).code() == Code::timed_out);  // Its first nap is over, not its second.
    machine.clock().jump(-24 * hour);
    CHECK(engine.start(nap, "after").value().result(11min).ok());
    auto retry = engine.start(retries, "retry").value();
    CHECK(retry.result(2s).value() == "timed_out");
    CHECK(engine.signal("there", "go", 1).ok());
    CHECK(there.result(11min).ok());
  }

  TEST_CASE("a clock set back while due timers are taken ends no sleep before its time") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    const Nanos due = machine.clock().wall() + 10min / 1ns;
    auto first = engine.start(wakes, "first").value();
    auto second = engine.start(wakes, "second").value();  // Due at the same moment.
    on_wake = [&machine] { machine.clock().jump(-hour); };
    CHECK(first.result(11min).value() == 1);
    CHECK(machine.clock().wall() < due);
    CHECK(second.result(59min).code() == Code::timed_out);
    CHECK(engine.describe("second").value().waits.at(0).due == due);
    CHECK(second.result(2min).value() == 1);
    CHECK(engine.describe("second").value().closed >= due);
  }

  TEST_CASE("a wall clock set forward makes a sleep end early, one set back makes it end late") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto early = engine.start(nap, "early").value();
    machine.clock().jump(hour);
    const auto woke = early.result(1s);
    REQUIRE(woke.ok());
    CHECK(*woke == machine.clock().wall());
    auto late = engine.start(nap, "late").value();
    settle(late);
    machine.clock().jump(-hour);
    CHECK(late.result(30min).code() == Code::timed_out);
    CHECK(late.result(2h).ok());
  }
}

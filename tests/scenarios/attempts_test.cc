// After reports of attempts that were never ended, or never made.
#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int bodies_run = 0;

int again_and_again() {
  ++bodies_run;
  throw std::runtime_error("not yet");
}
int blank() { return 1; }
Workflow<int> waits_for(Context ctx, std::string what) {
  const std::string kid = "kid-of-" + ctx.id();
  if (what == "retry") {
    co_await ctx.step("retry", {.attempts = 0, .backoff = 10s, .poison_after = 0}, again_and_again);
  } else if (what == "timer") {
    co_await ctx.sleep(1h);
  } else if (what == "child") {
    co_await ctx.child(waits_for, kid, "retry");
  } else if (what == "signal") {
    co_await ctx.signal<int>("go").within(1h);
  }
  auto after = co_await ctx.step("after", blank);
  co_return after;
}

int second_time(StepContext& step) {
  if (step.attempt() == 1) throw std::runtime_error("once");
  return 5;
}
Workflow<int> calls(Context ctx) {
  auto value = co_await ctx.step(
      "call", {.timeout = 1min, .attempts = 0, .backoff = 1s, .jitter = 0.0, .poison_after = 0},
      second_time);
  co_return value;
}

Registry registry() {
  Registry workflows;
  workflows.add("idles", idles);
  workflows.add("waits_for", waits_for);
  workflows.add("calls", calls);
  return workflows;
}

}  // namespace

TEST_SUITE("scenarios/attempts") {
  // The part that runs code was not told that an invocation had been killed, and tried it again for
  // ever.
  TEST_CASE("of a run that was terminated nothing is ever tried again (restate #3217)") {
    const auto nothing_more = [](Machine& machine, const Engine& engine, const std::string& what) {
      const auto records = machine.records();
      const int bodies = bodies_run;
      pass(machine, engine, 24h);
      CHECK(machine.records() == records);
      CHECK(bodies_run == bodies);
      CHECK(engine.describe("a").value().status == InstanceStatus::terminated);
      if (what != "child") return;
      const auto kid = engine.describe("kid-of-a");
      CHECK((kid.ok() || kid.code() == Code::not_found));  // Killed before it was started.
      if (kid) CHECK(kid->closed != 0);
    };
    for (const std::string what : {"retry", "timer", "signal", "child"}) {
      CAPTURE(what);
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine(1, 2);
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill);
          if (engine && engine->start(waits_for, "a", what).ok()) {
            pass(machine, *engine, 25s);
            (void)engine->terminate("a");
            pass(machine, *engine, 1min);
            lived = engine->describe("a").ok();
            if (lived) nothing_more(machine, *engine, what);
          }
        }
        auto engine = machine.open(registry()).value();
        REQUIRE(engine.start(waits_for, "a", what).ok());
        const auto ended = engine.terminate("a");
        CHECK((ended.ok() || ended.code() == Code::closed));
        if (lived) CHECK(ended.code() == Code::closed);
        pass(machine, engine, 1min);  // A child is told by a message.
        nothing_more(machine, engine, what);
        return lived;
      });
      CHECK(kills > 2);
    }
  }

  // An attempt hung; the invocation was suspended until its step's answer came, which only the
  // invocation itself could have given.
  TEST_CASE("a step that is open has somebody who will answer it (restate #5196)") {
    for (const bool evicted : {false, true}) {
      CAPTURE(evicted);
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine;
        auto& bodies = machine.hold_bodies();
        if (evicted) {
          machine.options().memory_budget = 1;
          machine.options().snapshot_every = 1;
        }
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill);
          const auto run = engine ? engine->start(calls, "a") : Result<Run<int>>(engine.error());
          if (run) settle(*run);
          if (run && bodies.size() == 1) {
            bodies.release();  // Fails; the next attempt hangs.
            pass(*run, 30s);
            lived = bodies.size() == 1;
          }
          machine.kill();
        }
        auto engine = machine.open(registry()).value();
        pass(machine, engine, 10s);  // Nobody asks for it.
        const auto found = engine.describe("a");
        if (!found) {
          CHECK(found.code() == Code::not_found);
          return false;
        }
        while (bodies.size() != 0) {
          bodies.release();
          pass(machine, engine, 10s);
        }
        CHECK(engine.find<int>("a").value().result(0s).value() == 5);
        return lived;
      });
      CHECK(kills > 2);
    }
  }

  TEST_CASE("a body that hangs for ever holds up its step for a while only (restate #5196)") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(calls, "a").value();
    settle(run);
    bodies.release();
    pass(machine, engine, 30s);
    REQUIRE(bodies.size() == 1);
    pass(machine, engine, 2min);
    CHECK(engine.describe("a").value().status == InstanceStatus::failed);
    CHECK(count(engine, "a", "step_scheduled") == 2);
    bodies.release();
  }
}

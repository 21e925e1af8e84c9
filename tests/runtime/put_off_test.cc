// Step bodies and the end of an engine: what runs is waited for, what does not is put off.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/driven_engine.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;
using runtime::RequestKind;

int one() { return 1; }

Workflow<int> one_step(Context ctx) {
  auto value = co_await ctx.step("one", one);
  co_return value;
}
Workflow<int> two_steps(Context ctx) {
  auto first = co_await ctx.step("first", one);
  auto second = co_await ctx.step("second", {.attempts = 1, .poison_after = 1}, one);
  co_return first + second;
}

/// Issued under a shield, awaited outside: a cancel shows there once no body runs for it.
Workflow<int> half_shielded(Context ctx) {
  std::optional<Operation<int>> op;
  {
    const auto shield = ctx.shield();
    op.emplace(ctx.step("shielded", one));
  }
  auto value = co_await std::move(*op);
  co_return value;
}

Registry registry() {
  Registry workflows;
  workflows.add("half_shielded", half_shielded);
  workflows.add("one_step", one_step);
  workflows.add("two_steps", two_steps);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/put_off") {
  TEST_CASE("shutdown answers steps_running while a body runs, and ends once it has returned") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(one_step, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(engine.shutdown(1s).code() == Code::steps_running);
    CHECK(engine.start(one_step, "b").code() == Code::shutting_down);
    bodies.release();
    CHECK(engine.shutdown(1s).ok());
    CHECK(run.result().code() == Code::shutting_down);
  }

  TEST_CASE("what a body answered while the engine shut down is kept") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {  // Commits come sooner or later.
      CAPTURE(seed);
      Machine machine(seed);
      auto& bodies = machine.hold_bodies();
      {
        auto engine = machine.open(registry()).value();
        settle(engine.start(one_step, "a").value());
        CHECK(engine.shutdown(1s).code() == Code::steps_running);
        bodies.release();
        CHECK(engine.shutdown(1s).ok());
      }
      auto engine = machine.open(registry()).value();
      CHECK(engine.describe("a").value().status == InstanceStatus::completed);
      CHECK(engine.find<int>("a").value().result().value() == 1);
      CHECK(bodies.size() == 0);
    }
  }

  TEST_CASE("a step put off by a shutdown has not failed and has not crashed: it is run later") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    {
      auto engine = machine.open(registry()).value();
      settle(engine.start(two_steps, "a").value());
      CHECK(engine.shutdown(1s).code() == Code::steps_running);
      bodies.release();  // The second step is scheduled while the engine shuts down.
      CHECK(engine.shutdown(1s).ok());
      CHECK(bodies.size() == 0);
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.find<int>("a").value();
    pass(run, 1s);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].attempt == 2);
    bodies.release();
    CHECK(run.result(1s).value() == 2);
  }

  TEST_CASE("a step put off, then killed in its body, is run again") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    {
      auto engine = machine.open(registry()).value();
      settle(engine.start(one_step, "a").value());
      REQUIRE(bodies.size() == 1);
      machine.kill();
    }
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.shutdown(0s).ok());  // Before the attempt made for the one cut off may start.
      CHECK(bodies.size() == 0);
    }
    {
      auto engine = machine.open(registry()).value();
      pass(engine.find<int>("a").value(), 1s);
      REQUIRE(bodies.size() == 1);
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.find<int>("a").value();
    pass(run, 1s);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    CHECK(run.result(1ms).value() == 1);
  }

  TEST_CASE("a step put off is shown to its code before anything else arrives") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      for (int steps = 0; steps < 8; ++steps) {
        CAPTURE(seed);
        CAPTURE(steps);
        const auto disk = std::shared_ptr<journal::Store>(journal::make_memory_store(1));
        {
          const Driven process(registry(), seed, {}, disk);
          process.ask(RequestKind::start, "a", "half_shielded", "[]");
          process.ask(RequestKind::cancel, "a");
          for (int i = 0; i < steps; ++i) process.executor->step();
          process.ask(RequestKind::signal, "a", "unread", "1");
          CHECK(process.core->shutdown(1s).ok());
        }
        const Driven process(registry(), seed, {}, disk);
        const auto reply = process.call(RequestKind::describe, "a").value();
        REQUIRE(reply.instances.size() == 1);
        const InstanceStatus status = reply.instances[0].status;
        CHECK((status == InstanceStatus::cancelled || status == InstanceStatus::completed));
      }
    }
  }
}

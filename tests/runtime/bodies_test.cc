// Step bodies that run while something else happens: timeouts, cancel, pause.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int one() { return 1; }

Workflow<int> one_step(Context ctx) {
  auto value = co_await ctx.step("one", one);
  co_return value;
}
Workflow<std::string> timed(Context ctx, std::uint32_t attempts) {
  auto value = co_await ctx.try_step(
      "one", {.timeout = 5s, .attempts = attempts, .backoff = 1s, .jitter = 0.0}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<int> borrows(Context ctx) {
  int local = 41;
  auto value = co_await ctx.try_step("borrow", {.timeout = 5s}, [&] { return local + 1; });
  co_return value ? *value : -1;
}
Workflow<std::string> cancellable(Context ctx) {
  auto value = co_await ctx.try_step("one", one);
  const bool asked = ctx.cancel_requested();
  auto more = co_await ctx.try_step("more", one);
  std::string cleaned;
  {
    const auto shield = ctx.shield();
    auto clean = co_await ctx.try_step("clean", one);
    cleaned = clean ? "cleaned" : "not cleaned";
  }
  co_return fmt::format("{} {} {} {}", value.ok(), asked, more.ok(), cleaned);
}

Workflow<std::string> token_step(Context ctx) {
  auto value = co_await ctx.try_step("token", {.runs_on = RunsOn::token}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<std::string> timed_token(Context ctx) {
  auto value = co_await ctx.try_step(
      "token",
      {.timeout = 1s, .attempts = 2, .backoff = 1s, .jitter = 0.0, .runs_on = RunsOn::token}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<std::string> backs_off(Context ctx) {
  auto value = co_await ctx.try_step(
      "one", {.timeout = 5s, .attempts = 9, .backoff = 1h, .backoff_max = 1h}, one);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<std::string> shielded(Context ctx) {
  std::string cleaned;
  {
    const auto shield = ctx.shield();
    auto clean = co_await ctx.try_step("clean", one);
    cleaned = clean ? "cleaned" : "not cleaned";
  }
  co_return cleaned;
}
Registry registry() {
  Registry workflows;
  workflows.add("token_step", token_step);
  workflows.add("timed_token", timed_token);
  workflows.add("backs_off", backs_off);
  workflows.add("shielded", shielded);
  workflows.add("one_step", one_step);
  workflows.add("timed", timed);
  workflows.add("borrows", borrows);
  workflows.add("cancellable", cancellable);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/bodies") {
  TEST_CASE("a body starts only after its step_scheduled is durable") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    {
      // Dies before the record that holds the start and its step_scheduled.
      auto engine = machine.open(registry(), 0).value();
      (void)engine.start(one_step, "a");
      CHECK(bodies.size() == 0);
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.start(one_step, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(count(engine, "a", "step_scheduled") == 1);
    bodies.release();
    CHECK(run.result().value() == 1);
  }

  TEST_CASE("an attempt that times out is told to stop, and its retry waits for its return") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(timed, "a", 2u).value();
    pass(run, 4s);
    REQUIRE(bodies.size() == 1);
    CHECK(!bodies[0].stop.stop_requested());
    pass(run, 3s);
    CHECK(bodies[0].stop.stop_requested());
    CHECK(count(engine, "a", "step_attempt_failed") == 1);
    CHECK(count(engine, "a", "step_scheduled") == 1);
    bodies.release();  // Its late result is stale; now the retry may start.
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].attempt == 2);
    bodies.release();
    CHECK(run.result().value() == "done");
  }

  TEST_CASE("a body that does not return after its timeout and grace is body_hung") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(timed, "a", 5u).value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(run.result(60s).value() == "body_hung");
    CHECK(count(engine, "a", "step_scheduled") == 1);
    bodies.release();  // Nobody listens; nothing happens.
    CHECK(run.result().value() == "body_hung");
  }

  TEST_CASE("a body that hangs over a pause is body_hung after the resume and the grace") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(timed, "a", 5u).value();
    pass(run, 5500ms);
    CHECK(count(engine, "a", "step_attempt_failed") == 1);
    REQUIRE(engine.pause("a", "to look").ok());
    pass(run, 1min);
    REQUIRE(engine.resume("a").ok());
    CHECK(run.result(1min).value() == "body_hung");
    bodies.release();
  }

  TEST_CASE("an attempt without retry that times out fails the step at once") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(timed, "a", 1u).value();
    CHECK(run.result(6s).value() == "timed_out");
    CHECK(bodies.size() == 1);
    bodies.release();
  }

  TEST_CASE("a body that borrows the frame keeps it while history goes on without it") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(borrows, "a").value();
    CHECK(run.result(6s).value() == -1);
    REQUIRE(bodies.size() == 1);
    bodies.release();  // Reads a local of the frames that were set aside.
    settle(run);
    CHECK(engine.describe("a").value().status == InstanceStatus::completed);
  }

  TEST_CASE("a cancel stops the body, which may still answer; no unshielded step starts after") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(cancellable, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(engine.cancel("a").ok());
    CHECK(engine.cancel("a").ok());  // Asked for again: nothing new.
    CHECK(count(engine, "a", "cancel_requested") == 1);
    CHECK(bodies[0].stop.stop_requested());
    bodies.release();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(!bodies[0].stop.stop_requested());
    bodies.release();
    CHECK(run.result().value() == "true true false cleaned");
  }

  TEST_CASE("a body that ignores a cancel is left behind after the grace time") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(one_step, "a").value();
    settle(run);
    CHECK(engine.cancel("a").ok());
    CHECK(run.result(5s).code() == Code::timed_out);
    CHECK(run.result(6s).code() == Code::workflow_cancelled);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    CHECK(run.result().code() == Code::workflow_cancelled);
  }

  TEST_CASE("terminate ends an instance without its code, its body's answer comes too late") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(cancellable, "a").value();
    settle(run);
    CHECK(engine.terminate("a", "enough").ok());
    CHECK(run.result().code() == Code::workflow_terminated);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].stop.stop_requested());
    bodies.release();
    settle(run);
    CHECK(count(engine, "a", "step_completed") == 0);
  }

  TEST_CASE("a pause records what arrives and runs no code until resume") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    RunId id;
    {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(cancellable, "a").value();
      id = run.run();
      settle(run);
      CHECK(engine.pause("a", "to look").ok());
      bodies.release();
      settle(run);
      CHECK(count(engine, "a", "step_completed") == 1);
      CHECK(bodies.size() == 0);
      CHECK(engine.describe("a").value().status == InstanceStatus::paused);
      CHECK(engine.describe("a").value().paused == "user");
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.start(cancellable, "a").value();
    CHECK(run.run() == id);
    settle(run);
    CHECK(bodies.size() == 0);
    CHECK(engine.resume("a").ok());
    settle(run);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    settle(run);
    bodies.release();
    CHECK(run.result().value() == "true false true cleaned");
  }

  TEST_CASE("a cancel ends a token step at once when no body runs for it") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(token_step, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    settle(run);
    REQUIRE(engine.cancel("a").ok());
    CHECK(run.result(1ms).value() == "operation_cancelled");
  }

  TEST_CASE("a cancel ends a token step when the body that began it returns") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(token_step, "a").value();
    settle(run);
    REQUIRE(engine.cancel("a").ok());
    CHECK(run.result(1ms).code() == Code::timed_out);
    bodies.release();
    CHECK(run.result(1ms).value() == "operation_cancelled");
  }

  TEST_CASE("a cancel ends at once a step that waits for its next attempt") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(backs_off, "a").value();
    settle(run);
    pass(run, 6s);  // Timed out, told to stop.
    bodies.release();
    settle(run);
    CHECK(engine.describe("a").value().waits.at(0).due > 0);
    REQUIRE(engine.cancel("a").ok());
    CHECK(run.result(1ms).value() == "operation_cancelled");
    CHECK(bodies.size() == 0);
  }

  TEST_CASE("a cancel does not ask a shielded step's body to stop") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(shielded, "a").value();
    settle(run);
    REQUIRE(engine.cancel("a").ok());
    pass(run, 1min);
    REQUIRE(bodies.size() == 1);
    CHECK(!bodies[0].stop.stop_requested());
    bodies.release();
    CHECK(run.result(1ms).value() == "cleaned");
  }

  TEST_CASE("a token step whose beginning outlives its timeout and wait is tried again after it") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(timed_token, "a").value();
    pass(run, 3s);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].attempt == 2);
    REQUIRE(engine.complete(bodies[0].idempotency_key(), 5).ok());
    CHECK(run.result(1ms).value() == "done");
    bodies.release();
  }

  TEST_CASE("a resume does not run the body of a token step again that waits for its answer") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(token_step, "a").value();
    settle(run);
    const std::string token = bodies[0].idempotency_key();
    bodies.release();
    settle(run);
    REQUIRE(engine.pause("a", "to look").ok());
    REQUIRE(engine.resume("a").ok());
    settle(run);
    CHECK(bodies.size() == 0);
    REQUIRE(engine.complete(token, 5).ok());
    CHECK(run.result(1ms).value() == "done");
  }
}

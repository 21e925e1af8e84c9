// Bodies that the process dies in, again and again.
#include <doctest/doctest.h>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

int one() { return 1; }

Workflow<int> touchy(Context ctx) {
  auto value = co_await ctx.step("one", {.poison_after = 1}, one);
  co_return value;
}
Workflow<int> one_step(Context ctx) {
  auto value = co_await ctx.step("one", one);
  co_return value;
}

Registry registry() {
  Registry workflows;
  workflows.add("touchy", touchy);
  workflows.add("one_step", one_step);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/poison") {
  TEST_CASE(
      "a body the process dies in too often in a row pauses its instance; resume tries anew") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    for (int life = 1; life <= 3; ++life) {
      CAPTURE(life);
      auto engine = machine.open(registry()).value();
      auto run = engine.start(one_step, "a").value();
      settle(run);
      REQUIRE(bodies.size() == 1);
      CHECK(bodies[0].attempt == static_cast<std::uint32_t>(life));
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.start(one_step, "a").value();
    settle(run);
    CHECK(bodies.size() == 0);
    CHECK(engine.describe("a").value().paused == "poison");
    CHECK(engine.resume("a").ok());
    settle(run);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].attempt == 4);
    bodies.release();
    CHECK(run.result().value() == 1);
  }

  TEST_CASE("where one crash is too many, resume tries anew all the same") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(touchy, "a").value();
      settle(run);
      if (attempt > 1) {
        REQUIRE(bodies.size() == 0);
        CHECK(engine.describe("a").value().paused == "poison");
        CHECK(engine.resume("a").ok());
        settle(run);
      }
      REQUIRE(bodies.size() == 1);
      CHECK(bodies[0].attempt == attempt);
      if (attempt < 3) {
        machine.kill();
      } else {
        bodies.release();
        CHECK(run.result().value() == 1);
      }
    }
  }

  TEST_CASE("a pause for poison that is lifted where its code is not stays lifted") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    for (int life = 1; life <= 2; ++life) {
      auto engine = machine.open(registry()).value();
      settle(engine.start(touchy, "a").value());
      CHECK(bodies.size() == (life == 1 ? 1 : 0));
      machine.kill();
    }
    {
      auto engine = machine.open(Registry{}).value();
      CHECK(engine.describe("a").value().paused == "poison");
      CHECK(engine.resume("a").ok());
      CHECK(engine.describe("a").value().paused == "unregistered");
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.start(touchy, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    CHECK(run.result().value() == 1);
  }
}

#include <reprise/testing/test_engine.h>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testing/orders.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using testing::TestEngine;

Workflow<int> many(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto one =
        co_await ctx.step("one", {.poison_after = 0, .runs_on = RunsOn::shard}, [&] { return 1; });
    sum += one;
  }
  co_return sum;
}

Registry workflows() {
  Registry all = shop();
  all.add("many", many);
  return all;
}

}  // namespace

TEST_SUITE("testing/test_engine") {
  TEST_CASE("a month passes at once, and a signal comes when the test says") {
    TestEngine engine(workflows());
    const auto begun = engine.now();
    auto first = engine->start(order, "o-1", 1).value();
    engine.at(29 * 24h,
              [](Engine& e) { REQUIRE(e.signal("o-1", "address", std::string("Bern")).ok()); });
    CHECK(first.result().value() == "parcel 1 to Bern for 10");
    CHECK(engine.now() - begun == 29 * 24h / 1ns);
    CHECK(engine->start(order, "o-2", 2).value().result().value() == "cancelled");
    CHECK(engine.now() - begun == 59 * 24h / 1ns);
    CHECK(engine.ledger().count("charge") == 2);
    CHECK(engine.ledger().count("ship") == 1);
  }

  TEST_CASE("time passes only as far as it is told, and what is due meanwhile happens") {
    TestEngine engine(workflows());
    REQUIRE(engine->start(wrong_order, "o", 1).ok());
    engine.pass(47h);
    CHECK(engine.ledger().count("ship") == 0);
    CHECK(engine->describe("o").value().status == InstanceStatus::waiting);
    engine.pass(1h);
    CHECK(engine.ledger().count("ship") == 1);
    const auto now = engine.now();
    engine.pass(1000h);  // Nothing is due any more; it passes all the same.
    CHECK(engine.now() - now == 1000h / 1ns);
  }

  TEST_CASE("steps are mocked by name, and fail at the attempt that is named") {
    TestEngine engine(workflows());
    engine.mocks().step("charge", [] { return 77; });
    engine.mocks().fail("ship", 1, "the van is broken");
    auto run = engine->start(wrong_order, "o", 1).value();
    const auto result = run.result();
    CHECK(result.code() == Code::workflow_failed);
    CHECK(result.error().message().find("the van is broken") != std::string::npos);
    CHECK(engine.ledger().count("charge") == 0);
    CHECK(engine.ledger().count("ship") == 0);
    engine.mocks().fail("charge", 1);
    engine.mocks().fail("charge", 2);
    const auto begun = engine.now();
    auto retried = engine->start(order, "r", 1).value();
    engine.at(10h, [](Engine& e) { REQUIRE(e.signal("r", "address", std::string("Rom")).ok()); });
    CHECK(retried.result().code() == Code::workflow_failed);
    CHECK(engine.now() - begun >= 3h / 1ns);
    CHECK(engine.history("r").started("charge", 3));
    CHECK(engine.bodies("charge") == 4);
  }

  TEST_CASE("bodies that run on the shard are mocked as well") {
    TestEngine engine(workflows());
    engine.mocks().step("one", [](StepContext& ctx) { return static_cast<int>(ctx.op()); });
    CHECK(engine->start(many, "m", 4).value().result().value() == 1 + 2 + 3 + 4);
  }

  TEST_CASE("after a crash it goes on; what had completed is not run again") {
    TestEngine engine(workflows());
    REQUIRE(engine->start(wrong_order, "o", 1).ok());
    engine.pass(1h);
    engine.crash();
    CHECK(engine->find<std::string>("o").value().result().value() == "parcel 1 for 10");
    CHECK(engine.bodies("charge") == 1);
    CHECK(engine.history("o").ran_once("charge"));
    engine.restart();
    CHECK(engine->describe("o").value().status == InstanceStatus::completed);
  }

  TEST_CASE("a body that a crash cut off is started again") {
    TestEngine engine(workflows());
    REQUIRE(engine->start(wrong_order, "o", 1).ok());  // Its first body ran: nothing says so yet.
    engine.crash();
    CHECK(engine->find<std::string>("o").value().result().value() == "parcel 1 for 10");
    CHECK(engine.history("o").started("reserve", 2));
    CHECK(engine.bodies("reserve") == 2);
  }

  TEST_CASE("a run that is kept beyond its life touches no other one") {
    std::optional<Run<std::string>> kept;
    {
      TestEngine engine(workflows());
      engine.at(24h, [](Engine&) { FAIL("not in this life, nor in the next"); });
      kept.emplace(engine->start(wrong_order, "o", 1).value());
      engine.crash();
      const auto now = engine.now();
      kept.emplace(
          engine->start(wrong_order, "o", 1).value());  // The first one goes with its core.
      CHECK(engine.now() == now);
      engine.crash();
    }
    CHECK(kept->result().code() != Code::ok);
    kept.reset();
  }

  TEST_CASE("what runs in a process neither ends nor drives it") {
    TestEngine engine(workflows());
    std::vector<Code> codes;
    const auto attempt = [&](auto call) {
      try {
        call();
        codes.push_back(Code::ok);
      } catch (const Error& error) {
        codes.push_back(error.code());
      }
    };
    engine.at(1h, [&](Engine&) {
      attempt([&] { engine.crash(); });
      attempt([&] { engine.restart(); });
    });
    engine.mocks().step("reserve", [&] {
      attempt([&] { engine.crash(); });
      attempt([&] { engine.pass(1s); });
      codes.push_back(engine->describe("o").code());  // Whatever waits.
    });
    auto run = engine->start(wrong_order, "o", 1).value();
    run.on_result([&](const auto&) {
      attempt([&] { engine.restart(); });
      attempt([&] { engine.settle(); });
    });
    CHECK(run.result().ok());
    engine.pass(2h);
    CHECK(codes == std::vector<Code>(7, Code::invalid_argument));
    engine.crash();  // Outside it may.
    CHECK(engine->describe("o").value().status == InstanceStatus::completed);
  }

  TEST_CASE("who waits for an answer is told of the crash while it happens") {
    Code told = Code::ok;
    auto engine = std::make_unique<TestEngine>(workflows());
    auto run = engine->operator*().start(order, "o", 1).value();
    run.on_result([&](const Result<std::string>& result) { told = result.code(); });
    engine->settle();
    CHECK(told == Code::ok);
    engine->crash();
    CHECK(told == Code::engine_failed);
    told = Code::ok;
    engine.reset();
    CHECK(told == Code::ok);
  }

  TEST_CASE("a crash takes no time, whatever was running") {
    TestEngine engine(workflows());
    REQUIRE(engine->start(order, "far", 1).ok());
    engine.pass(1h);
    REQUIRE(engine->start(wrong_order, "o", 1).ok());
    const auto now = engine.now();
    engine.crash();
    CHECK(engine.now() == now);
  }

  TEST_CASE("what the test plans happens in whichever life it is") {
    TestEngine engine(workflows());
    REQUIRE(engine->start(order, "o", 1).ok());
    engine.at(5h, [](Engine& e) { REQUIRE(e.signal("o", "address", std::string("Bonn")).ok()); });
    engine.pass(1h);
    engine.crash();
    CHECK(engine->find<std::string>("o").value().result().value() == "parcel 1 to Bonn for 10");
  }

  TEST_CASE("the same seed gives the same history") {
    const auto story = [](std::uint64_t seed) {
      TestEngine engine(workflows(), {.seed = seed});
      REQUIRE(engine->start(wrong_order, "o", 1).value().result().ok());
      std::string text;
      for (const auto& event : engine.history("o").events()) {
        text += event.kind + std::to_string(event.time) + event.payload.bytes;
      }
      return text;
    };
    CHECK(story(7) == story(7));
  }

  TEST_CASE("what an engine would refuse is thrown") {
    Registry twice = shop();
    twice.add("order", order);
    CHECK_THROWS_AS(TestEngine{twice}, Error);
    TestEngine engine(shop());
    CHECK_THROWS_AS((void)engine.history("nobody"), Error);
    CHECK_THROWS_AS((void)testing::ledger(), Error);
  }
}

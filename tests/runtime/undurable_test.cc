// What happens between a turn and the moment its record is durable. Engines driven by hand, a step
// at a time, so that requests come while commits are still on their way.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>

#include <reprise/reprise.h>

#include "support/asks.h"
#include "support/driven_engine.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace std::chrono_literals;

int bodies_run = 0;
int count_body() { return ++bodies_run; }

Workflow<int> quick(Context ctx) {
  auto value = co_await ctx.step("count", count_body);
  co_return value;
}
Workflow<int> adds(Context ctx) {
  int sum = 0;
  for (int i = 0; i < 20; ++i) {
    auto more = co_await ctx.signal<int>("more");
    sum = 3 * (sum % 1000) + more;
  }
  co_return sum;
}
/// Its step begins a second after the start, and has five seconds.
Workflow<std::string> hurries(Context ctx) {
  co_await ctx.sleep(1s);
  auto value = co_await ctx.try_step("count", {.total_timeout = 5s}, count_body);
  co_return value ? "done" : std::string(name(value.error().code()));
}
Workflow<std::string> obeys(Context ctx) {
  co_await ctx.signal<int>("go");
  auto value = co_await ctx.try_step("count", count_body);
  const auto shield = ctx.shield();
  auto cleaned = co_await ctx.step("clean", count_body);
  co_return fmt::format("{} {}", value ? "done" : name(value.error().code()), cleaned);
}
Workflow<int> asks(Context ctx) {
  auto value = co_await ctx.step(
      "ask", {.attempts = 3, .backoff = 1s, .jitter = 0.0, .runs_on = RunsOn::token}, count_body);
  co_return value;
}
Registry registry() {
  Registry workflows;
  workflows.add("quick", quick);
  workflows.add("adds", adds);
  workflows.add("hurries", hurries);
  workflows.add("obeys", obeys);
  workflows.add("asks", asks);
  return workflows;
}

struct Host : test::Driven {
  explicit Host(std::uint64_t seed, EngineOptions options = {})
      : Driven(registry(), seed, std::move(options)) {
    settle();
  }
  /// Answers the first step of the first run, as who has its token does.
  void complete(detail::Outcome outcome, Result<runtime::Reply>* reply) const {
    runtime::Request request;
    request.kind = runtime::RequestKind::complete;
    request.run = RunId::make(0, 1);
    request.op = 1;
    request.store = disk->header().store_id[0];
    request.outcome = std::move(outcome);
    submit(std::move(request), reply);
  }
};

}  // namespace

TEST_SUITE("runtime/undurable") {
  using runtime::RequestKind;

  TEST_CASE("what a caller was told outlives a kill at that moment") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      test::Machine machine(seed);
      {
        auto engine = machine.open(registry()).value();
        REQUIRE(engine.start(adds, "a").ok());
        REQUIRE(engine.signal("a", "more", 1).ok());
        machine.kill();
      }
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.describe("a").ok());
      CHECK(test::count(engine, "a", "signal_received") == 1);
    }
  }

  TEST_CASE("a pause between a step's record and its start holds the start back, to the resume") {
    bodies_run = 0;
    Result<runtime::Reply> result = Error(Code::timed_out, "not yet");
    const Host engine(1);
    engine.ask(RequestKind::start, "a", "quick", "[]");
    engine.ask(RequestKind::pause, "a");
    engine.ask(RequestKind::result, "a", {}, {}, &result);
    engine.settle();
    CHECK(bodies_run == 0);
    CHECK(result.code() == Code::timed_out);
    engine.ask(RequestKind::resume, "a");
    engine.settle();
    CHECK(bodies_run == 1);
    CHECK(result.ok());
  }

  TEST_CASE("a cancel that came before a step was scheduled keeps its body from being started") {
    test::Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(obeys, "a").value();
    // The code sees the signal, and schedules the step, when the cancel is recorded already.
    REQUIRE(engine.pause("a", "to look").ok());
    REQUIRE(engine.signal("a", "go", 1).ok());
    REQUIRE(engine.cancel("a").ok());
    bodies_run = 0;
    REQUIRE(engine.resume("a").ok());
    CHECK(run.result(1ms).value() == "operation_cancelled 1");  // Only the shielded one ran.
    CHECK(bodies_run == 1);
  }

  TEST_CASE("a step whose time is over before its start is durable times out without its body") {
    for (const bool too_long : {false, true}) {
      CAPTURE(too_long);
      test::Rig rig;
      auto engine = rig.open(registry()).value();
      auto run = engine.start(hurries, "a").value();
      bodies_run = 0;
      rig.store->set_full(true);
      rig.pass(too_long ? 7s : 3s);
      CHECK(bodies_run == 0);
      rig.store->set_full(false);
      rig.pass(2s);
      CHECK(run.result(1ms).value() == (too_long ? "timed_out" : "done"));
      CHECK(bodies_run == (too_long ? 0 : 1));
    }
  }

  TEST_CASE("an attempt that was held back and has failed is over: the next one starts once") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      bodies_run = 0;
      Result<runtime::Reply> told = Error(Code::timed_out, "not yet");
      Result<runtime::Reply> result = told;
      const Host engine(seed);
      engine.ask(RequestKind::start, "a", "asks", "[]");
      engine.ask(RequestKind::pause, "a");
      engine.ask(RequestKind::result, "a", {}, {}, &result);
      engine.settle();
      engine.complete(detail::step_failure(Failure{1, "", "not today", true}), &told);
      engine.settle();
      REQUIRE(told.ok());
      engine.ask(RequestKind::resume, "a");
      engine.settle();
      CHECK(bodies_run == 0);
      engine.clock->advance(1s / 1ns);
      runtime::SeededRandom random(seed);
      for (auto steps = random.below(6); steps != 0; --steps) (void)engine.executor->step();
      // The start of the second attempt may be on its way to disk.
      engine.ask(RequestKind::pause, "a");
      engine.ask(RequestKind::resume, "a");
      engine.settle();
      CHECK(bodies_run == 1);
      engine.complete(Payload{Encoding::json, "7"}, &told);
      engine.settle();
      REQUIRE(result.ok());
      CHECK(result->payload.bytes == "7");
    }
  }

  TEST_CASE("an instance whose last records are not durable yet is not dropped from memory") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      EngineOptions options;
      options.memory_budget = 1;
      const Host engine(seed, options);
      runtime::SeededRandom random(seed);
      const std::string ids[] = {"a", "b", "c"};
      for (const auto& id : ids) engine.ask(RequestKind::start, id, "adds", "[]");
      int expected = 0;
      for (int i = 0; i < 20; ++i) {
        for (const auto& id : ids) {
          for (auto steps = random.below(3); steps != 0; --steps) (void)engine.executor->step();
          engine.ask(RequestKind::signal, id, "more", std::to_string(i));
        }
        expected = 3 * (expected % 1000) + i;
      }
      engine.settle();
      for (const auto& id : ids) {
        Result<runtime::Reply> result = Error(Code::timed_out, "not yet");
        engine.ask(RequestKind::result, id, {}, {}, &result);
        engine.settle();
        REQUIRE(result.ok());
        CHECK(result->payload.bytes == std::to_string(expected));
      }
    }
  }

  TEST_CASE("a result goes to those who wait for that run") {
    Result<runtime::Reply> first = Error(Code::timed_out, "not yet");
    Result<runtime::Reply> second = first;  // Both outlive the engine: its end answers them.
    const Host engine(1);
    engine.ask(RequestKind::start, "a", "quick", "[]");
    engine.ask(RequestKind::start, "b", "adds", "[]");
    engine.ask(RequestKind::result, "a", {}, {}, &first);
    engine.ask(RequestKind::result, "b", {}, {}, &second);
    engine.settle();
    CHECK(first.ok());
    CHECK(second.code() == Code::timed_out);
  }
}

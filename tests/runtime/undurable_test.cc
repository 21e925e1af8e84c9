// What happens between a turn and the moment its record is durable. Engines driven by hand, a step
// at a time, so that requests come while commits are still on their way.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <reprise/reprise.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;

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
Registry registry() {
  Registry workflows;
  workflows.add("quick", quick);
  workflows.add("adds", adds);
  return workflows;
}

struct Driven {
  runtime::SimulatedExecutor* executor = nullptr;
  std::unique_ptr<runtime::EngineCore> core;

  explicit Driven(std::uint64_t seed, EngineOptions options = {}) {
    auto clock = std::make_shared<runtime::SimulatedClock>();
    options.clock = clock;
    options.random = std::make_shared<runtime::SeededRandom>(seed);
    options.log.level.reset();
    runtime::Parts parts;
    parts.store = journal::make_memory_store(1);
    parts.runner = std::make_unique<runtime::SimulatedRunner>(seed);
    auto simulated = std::make_unique<runtime::SimulatedExecutor>(*clock, seed);
    executor = simulated.get();
    parts.executor = std::move(simulated);
    core = runtime::EngineCore::open(std::move(options), registry(), std::move(parts)).value();
    settle();
  }
  void settle() const {
    while (executor->step()) {
    }
  }
  /// Asks and waits for nothing. The reply goes to `reply` when there is one.
  void ask(runtime::RequestKind kind, const std::string& id, std::string name, std::string payload,
           Result<runtime::Reply>* reply = nullptr) const {
    runtime::Request request;
    request.kind = kind;
    request.key = {"", id};
    request.name = std::move(name);
    request.payload = {Encoding::json, std::move(payload)};
    request.answer = [reply](Result<runtime::Reply> given) {
      if (reply != nullptr) *reply = std::move(given);
    };
    core->submit(std::move(request));
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
      const auto history = engine.history("a").value();
      CHECK(std::any_of(history.begin(), history.end(),
                        [](const EventInfo& event) { return event.kind == "signal_received"; }));
    }
  }

  TEST_CASE("a pause between a step's record and its start holds the start back, to the resume") {
    bodies_run = 0;
    Result<runtime::Reply> result = Error(Code::timed_out, "not yet");
    const Driven engine(1);
    engine.ask(RequestKind::start, "a", "quick", "[]");
    engine.ask(RequestKind::pause, "a", {}, {});
    engine.ask(RequestKind::result, "a", {}, {}, &result);
    engine.settle();
    CHECK(bodies_run == 0);
    CHECK(result.code() == Code::timed_out);
    engine.ask(RequestKind::resume, "a", {}, {});
    engine.settle();
    CHECK(bodies_run == 1);
    CHECK(result.ok());
  }

  TEST_CASE("an instance whose last records are not durable yet is not dropped from memory") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      EngineOptions options;
      options.memory_budget = 1;
      const Driven engine(seed, options);
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
    const Driven engine(1);
    engine.ask(RequestKind::start, "a", "quick", "[]");
    engine.ask(RequestKind::start, "b", "adds", "[]");
    engine.ask(RequestKind::result, "a", {}, {}, &first);
    engine.ask(RequestKind::result, "b", {}, {}, &second);
    engine.settle();
    CHECK(first.ok());
    CHECK(second.code() == Code::timed_out);
  }
}

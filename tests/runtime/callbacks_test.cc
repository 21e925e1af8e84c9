// Starts and signals that are answered by a callback: the same answers, and nobody waits.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

Workflow<int> sums(Context ctx, int number) {
  auto value = co_await ctx.signal<int>("go");
  co_return number + value;
}
Workflow<int> unknown(Context, int number) { co_return number; }

Registry registry() {
  Registry workflows;
  workflows.add("sums", sums);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/callbacks") {
  TEST_CASE("a chain of callbacks starts, signals and hears the result, and blocks no thread") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    std::optional<Result<int>> result;
    std::string signal;
    engine.on_started<int>(
        sums, "a",
        [&](Result<Run<int>> run) {
          REQUIRE(run.ok());
          CHECK(run->id() == "a");
          run->on_result([&](Result<int> told) { result = std::move(told); });
          engine.on_signalled("a", "go", 41, [&](Result<std::string> id) { signal = id.value(); },
                              {.id = "s-1"});
        },
        1);
    CHECK_FALSE(result.has_value());
    settle(engine);
    REQUIRE(result.has_value());
    CHECK(result->value() == 42);
    CHECK(signal == "s-1");
  }

  TEST_CASE("what is told is durable") {
    Machine machine;
    bool told = false;
    {
      auto engine = machine.open(registry()).value();
      engine.on_started<int>(sums, "a", [&](const auto& run) { told = run.ok(); }, 1);
      settle(engine);
      machine.kill();
    }
    REQUIRE(told);
    auto engine = machine.open(registry()).value();
    CHECK(engine.find<int>("a").ok());
  }

  TEST_CASE("refusals come by the callback too, each once") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    std::vector<Code> codes;
    const auto started = [&](const Result<Run<int>>& run) { codes.push_back(run.code()); };
    const auto signalled = [&](const Result<std::string>& id) { codes.push_back(id.code()); };
    engine.on_started<int>(unknown, "a", started, 1);
    engine.on_started<int>(sums, "", started, 1);
    engine.on_signalled("none", "go", 1, signalled);
    engine.on_signalled("none", "", 1, signalled);
    engine.on_signalled(Id("one", "a"), "go", 1, signalled, {.id = "s", .space = "other"});
    settle(engine);
    CHECK(codes == std::vector{Code::unregistered, Code::invalid_argument, Code::invalid_argument,
                               Code::invalid_argument, Code::not_found});
  }
}

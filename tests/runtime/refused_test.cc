// What would be recorded and could not be read again, or would go somewhere else, is refused.
#include <doctest/doctest.h>

#include <string>

#include <reprise/reprise.h>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

template <class E>
constexpr E unknown() {
  return static_cast<E>(9);
}

int one() { return 1; }
Workflow<int> child(Context) { co_return 1; }

Workflow<std::string> runs_nowhere(Context ctx) {
  std::string told;
  try {
    auto result = co_await ctx.step("one", {.runs_on = unknown<RunsOn>()}, one);
    told = std::to_string(result);
  } catch (const Error& error) {
    told = name(error.code());
  }
  co_return told;
}
Workflow<std::string> closes_oddly(Context ctx) {
  std::string told;
  try {
    auto result =
        co_await ctx.child(child, {.id = "kid", .on_parent_close = unknown<ParentClose>()});
    told = std::to_string(result);
  } catch (const Error& error) {
    told = name(error.code());
  }
  co_return told;
}
Workflow<std::string> unnamed_change(Context ctx) {
  std::string told = "chosen";
  try {
    (void)ctx.version("", 1, 2);
  } catch (const Error& error) {
    told = name(error.code());
  }
  co_return told;
}
Workflow<int> hears(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

int bodies = 0;
/// The step has a name, and so is never begun.
Workflow<int> keeps_a_lambda(Context ctx) {
  const std::string text = "in the frame, and gone with it";
  [[maybe_unused]] auto kept =
      ctx.step("kept", [&] { return bodies += static_cast<int>(text.size()); });
  co_await ctx.sleep(1s);
  co_return 1;
}

/// No coroutine: the name is gone when it returns.
auto named_step(Context ctx, int i) {
  return ctx.step("a name too long to be kept in place, number " + std::to_string(i),
                  [i] { return i; });
}
Workflow<int> by_function(Context ctx) {
  auto seven = co_await named_step(ctx, 7);
  co_return seven;
}

Registry registry() {
  Registry workflows;
  workflows.add("runs_nowhere", runs_nowhere);
  workflows.add("closes_oddly", closes_oddly);
  workflows.add("unnamed_change", unnamed_change);
  workflows.add("hears", hears);
  workflows.add("child", child);
  workflows.add("by_function", by_function);
  workflows.add("keeps_a_lambda", keeps_a_lambda);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/refused") {
  TEST_CASE("numbers that nobody could read again are not recorded") {
    for (const auto workflow : {runs_nowhere, closes_oddly, unnamed_change}) {
      Machine machine;
      {
        auto engine = machine.open(registry()).value();
        CHECK(engine.start(workflow, "a").value().result().value() == "invalid_argument");
        REQUIRE(engine.terminate("a").code() == Code::closed);
      }
      auto engine = machine.open(registry()).value();  // It opens again.
      CHECK(engine.describe("a").value().status == InstanceStatus::completed);
    }
  }

  TEST_CASE("a signal without a name is refused") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start_with_signal(hears, "a", "", 1).code() == Code::invalid_argument);
    CHECK(engine.describe("a").code() == Code::not_found);
    REQUIRE(engine.start(hears, "a").ok());
    CHECK(engine.signal("a", "", 1).code() == Code::invalid_argument);
  }

  TEST_CASE("a signal goes to the namespace of the id, and says so of another one") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto plain = engine.start(hears, "a").value();
    auto spaced = engine.start(hears, {"ns", "a"}).value();
    CHECK(engine.signal("a", "go", 1, {.space = "ns"}).code() == Code::invalid_argument);
    CHECK(engine.describe("a").value().status == InstanceStatus::waiting);
    REQUIRE(engine.signal({"ns", "a"}, "go", 2, {.space = "ns"}).ok());
    CHECK(spaced.result().value() == 2);
    REQUIRE(engine.signal("a", "go", 3).ok());
    CHECK(plain.result().value() == 3);
  }

  TEST_CASE("the name of a step with a lambda outlives the function that gave it") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(by_function, "a").value().result().value() == 7);
    const auto history = engine.history("a").value();
    CHECK(history.at(1).name == "a name too long to be kept in place, number 7");
  }

  TEST_CASE("a step with a lambda is not begun before it is awaited") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(keeps_a_lambda, "a").value().result().value() == 1);
    CHECK(bodies == 0);
    for (const auto& event : engine.history("a").value()) CHECK(event.name != "kept");
  }
}

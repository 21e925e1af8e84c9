// What code watches, in an engine: recorded with its commands; a difference is told and stops no
// run.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

/// What the code should not know, and its state depends on.
int base = 0;
int begun = 0;

int one() { return 1; }

Workflow<int> depends(Context ctx) {
  int sum = base;
  const auto watched = ctx.watch("sum", sum);
  co_await ctx.step("one", one);
  auto go = co_await ctx.signal<int>("go");
  co_await ctx.step("one", one);
  co_return go;
}
Workflow<int> never_the_same(Context ctx) {
  const int mine = ++begun;
  const auto watched = ctx.watch("mine", mine);
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

Registry registry() {
  Registry workflows;
  workflows.add("depends", depends);
  workflows.add("never_the_same", never_the_same);
  return workflows;
}

std::vector<std::string> lines;

void take_lines(EngineOptions& options) {
  lines.clear();
  options.log.level = LogLevel::warning;
  options.log.sink = [](const LogLine& line) {
    if (line.event != "state_differs") return;
    std::string text(line.text);
    for (const auto& field : line.fields) text += fmt::format(" {}={}", field.key, field.value);
    lines.push_back(std::move(text));
  };
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("runtime/watch") {
  TEST_CASE("what differs when a run is taken up again is told once, and the run goes on") {
    base = 1;
    Machine machine;
    machine.options().verify_replay_every = 0;
    take_lines(machine.options());
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(depends, "a").ok());
      settle(engine);
      const auto events = engine.history("a").value();
      CHECK(events.at(0).state.empty());
      CHECK(events.at(1).state.size() == 16);
      CHECK(events.at(2).state.empty());
      CHECK(events.at(3).state == events.at(1).state);
    }
    CHECK(lines.empty());
    base = 2;
    auto engine = machine.open(registry()).value();
    REQUIRE(engine.signal("a", "go", 5).ok());
    CHECK(engine.find<int>("a").value().result().value() == 5);
    REQUIRE(lines.size() == 1);
    CHECK(has(lines[0], "its commands are the same, so it goes on"));
    CHECK(has(lines[0], " values=\"sum\" "));
    CHECK(has(lines[0], " id=a "));
    CHECK(has(lines[0], " seq=2 "));
    CHECK(has(lines[0], "watch_test.cc:"));
    const auto events = engine.history("a").value();
    // What is recorded stands, and what comes is recorded as it is.
    CHECK(events.at(5).state != events.at(1).state);
  }

  TEST_CASE("code whose state is another one beside itself is told of, and not paused") {
    begun = 0;
    Machine machine;
    take_lines(machine.options());
    auto engine = machine.open(registry()).value();
    auto run = engine.start(never_the_same, "a").value();
    settle(engine);
    REQUIRE(lines.size() == 1);
    CHECK(has(lines[0], "it depends on more than its history"));
    CHECK(has(lines[0], " values=\"mine\" "));
    CHECK(engine.describe("a").value().status == InstanceStatus::waiting);
    REQUIRE(engine.signal("a", "go", 5).ok());
    CHECK(run.result().value() == 5);
    CHECK(lines.size() == 1);
  }
}

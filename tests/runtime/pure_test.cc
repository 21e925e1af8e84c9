// Pure steps: their bodies wait for no sync, and nothing else changes.
#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

constexpr int steps = 40;

Machine* machine = nullptr;
std::vector<std::uint64_t> durable;  // Records on disk when each body began.
bool deadly = false;

int look() {
  durable.push_back(machine->records());
  if (deadly) machine->kill();
  return 1;
}

Workflow<int> looks(Context ctx, bool pure) {
  int sum = 0;
  for (int i = 0; i < steps; ++i) {
    auto one = co_await ctx.step("look", {.runs_on = RunsOn::shard, .pure = pure}, look);
    sum += one;
  }
  co_return sum;
}

Registry registry() {
  Registry workflows;
  workflows.add("looks", looks);
  return workflows;
}

/// Records on disk when each body of one run began.
std::vector<std::uint64_t> seen_by_bodies(bool pure) {
  Machine one;
  machine = &one;
  deadly = false;
  durable.clear();
  auto engine = one.open(registry()).value();
  CHECK(engine.start(looks, "a", pure).value().result().value() == steps);
  REQUIRE(durable.size() == steps);
  return durable;
}

}  // namespace

TEST_SUITE("runtime/pure") {
  TEST_CASE("a body begins when its step is durable; that of a pure step need not wait") {
    const auto waited = seen_by_bodies(false);
    CHECK(std::set<std::uint64_t>(waited.begin(), waited.end()).size() == steps);
    const auto pure = seen_by_bodies(true);
    CHECK(std::set<std::uint64_t>(pure.begin(), pure.end()).size() < steps);
  }

  TEST_CASE("a pure body that ends the process each time pauses its instance, as any other does") {
    Machine one;
    machine = &one;
    deadly = true;
    durable.clear();
    {
      auto engine = one.open(registry()).value();
      (void)engine.start(looks, "a", true);
    }
    std::string paused;
    int lives = 1;
    for (; lives < 20 && paused.empty(); ++lives) {
      auto engine = one.open(registry()).value();
      settle(engine);
      const auto told = engine.describe("a");
      if (told) paused = told.value().paused;
    }
    CHECK(paused == "poison");
    CHECK(lives == 4);
  }
}

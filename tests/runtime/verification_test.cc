// Code that depends on more than its history is found while it runs, and harms nobody else.
#include "runtime/verification.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int started = 0;
int looked = 0;
int good_begun = 0;  // By each comparison anew.

int one() { return 1; }

Workflow<int> counts_starts(Context ctx) {
  const std::string name = "start " + std::to_string(++started);
  auto value = co_await ctx.step(name, one);
  co_return value;
}
Workflow<int> issues_more_later(Context ctx) {
  ++started;
  auto first = ctx.sleep(1h);
  if (started > 1) {
    auto second = ctx.sleep(1h);
    co_await ctx.all(first, second);
    co_return 2;
  }
  co_await std::move(first);
  co_return 1;
}
Workflow<int> query_changes_it(Context ctx) {
  const auto look = ctx.query("look", [] { return ++looked; });
  if (looked > 0) co_await ctx.sleep(1s);
  auto value = co_await ctx.signal<int>("go");
  co_return value;
}
Workflow<int> differs_at_the_end(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  if (++started > 1) co_await ctx.sleep(1s);
  co_return go;
}
/// Differs when it is begun for the third time.
Workflow<int> differs_later(Context ctx) {
  if (++started > 2) co_await ctx.sleep(1s);
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
Workflow<int> good(Context ctx, int steps) {
  ++good_begun;
  int sum = 0;
  for (int i = 0; i < steps; ++i) {
    auto value = co_await ctx.step("one", one);
    sum += value;
  }
  co_return sum;
}

Registry registry() {
  Registry workflows;
  workflows.add("counts_starts", counts_starts);
  workflows.add("issues_more_later", issues_more_later);
  workflows.add("query_changes_it", query_changes_it);
  workflows.add("differs_at_the_end", differs_at_the_end);
  workflows.add("good", good);
  workflows.add("differs_later", differs_later);
  started = looked = good_begun = 0;
  return workflows;
}

std::string told(const Engine& engine, const Id& id) {
  std::string text;
  for (const EventInfo& event : engine.history(id).value()) {
    text += fmt::format("{} {} {} {} {} {} {}\n", event.seq, event.time, event.kind, event.op,
                        event.name, event.site, event.payload.bytes);
  }
  return text;
}

}  // namespace

TEST_SUITE("runtime/verification") {
  TEST_CASE("code that reads a global is marked in its first turn; the engine lives on") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(counts_starts, "bad").value();
    (void)run.result(1ms);
    const auto info = engine.describe("bad").value();
    CHECK(info.status == InstanceStatus::paused);
    CHECK(info.paused == "mismatch");
    CHECK(info.detail.find("depends on more than its history") != std::string::npos);
    CHECK(info.detail.find("step_scheduled \"start 1\" (op 1)") != std::string::npos);
    CHECK(info.detail.find("schedule_step \"start 2\" (op 1)") != std::string::npos);
    CHECK(bodies.size() == 0);  // What is recorded stands, but no body of it is started.
    CHECK(started == 2);
    auto other = engine.start(good, "good", 1).value();
    (void)other.result(1ms);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    CHECK(other.result().value() == 1);
  }

  TEST_CASE("a command that only the replay issues is told as extra") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(issues_more_later, "a").ok());
    const auto info = engine.describe("a").value();
    CHECK(info.paused == "mismatch");
    CHECK(info.detail.find("mismatch at event 3: extra") != std::string::npos);
  }

  TEST_CASE("a query that changes what the code does is found after the query") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(query_changes_it, "a").ok());
    CHECK(engine.query<int>("a", "look").code() == Code::mismatch);
    CHECK(engine.describe("a").value().paused == "mismatch");
  }

  TEST_CASE("the history of a marked run is as it was, after a reopen too") {
    Machine machine;
    std::string before;
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(query_changes_it, "a").ok());
      before = told(engine, "a");
      REQUIRE(engine.query<int>("a", "look").code() == Code::mismatch);
      CHECK(told(engine, "a") == before);
    }
    auto engine = machine.open(registry()).value();
    looked = 1;
    CHECK(engine.query<int>("a", "look").code() == Code::mismatch);
    CHECK(engine.describe("a").value().paused == "mismatch");
    CHECK(told(engine, "a") == before);
    CHECK(before.starts_with("1 "));
  }

  TEST_CASE("what shows at the close is counted; the outcome stands") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(differs_at_the_end, "a").value();
    CHECK(engine.signal("a", "go", 5).ok());
    CHECK(run.result().value() == 5);
    CHECK(engine.describe("a").value().status == InstanceStatus::completed);
    CHECK(engine.describe("a").value().paused.empty());
    CHECK(engine.metrics().find("reason=\"mismatch\"} 1") != std::string::npos);
  }

  TEST_CASE("what shows when an instance would be dropped from memory stays to be seen") {
    Machine machine;
    machine.options().memory_budget = 1;
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(differs_later, "bad").ok());
      CHECK(started <= 2);  // Once, and once beside itself: the same.
      CHECK(engine.start(good, "good", 1).value().result().value() == 1);
      settle(engine);
      const auto info = engine.describe("bad").value();
      CHECK(info.paused == "mismatch");
      CHECK(info.detail.find("depends on more than its history") != std::string::npos);
      settle(engine);
      CHECK(engine.describe("bad").value().paused == "mismatch");
      REQUIRE(engine.signal("bad", "go", 5).ok());  // Recorded; the code does not see it.
      CHECK(engine.find<int>("bad").value().result(1h).code() == Code::timed_out);
      CHECK(engine.start(good, "another", 1).value().result().value() == 1);
    }
    started = -100;
    auto engine = machine.open(registry()).value();
    CHECK(engine.find<int>("bad").value().result(1h).value() == 5);
  }

  TEST_CASE("one run in so many is compared, or none") {
    for (const std::uint32_t every : {0u, 1u, 4u}) {
      CAPTURE(every);
      Machine machine;
      machine.options().verify_replay_every = every;
      auto engine = machine.open(registry()).value();
      int paused = 0;
      for (int i = 0; i < 100; ++i) {
        const std::string id = std::to_string(i);
        CHECK(engine.start(counts_starts, id).ok());
        paused += engine.describe(id).value().paused == "mismatch" ? 1 : 0;
      }
      if (every == 0) CHECK(paused == 0);
      if (every == 1) CHECK(paused == 100);
      if (every == 4) CHECK((paused > 10 && paused < 45));
    }
  }

  TEST_CASE("a long run is compared at each of its first turns, then as it grows by a tenth") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(good, "short", 60).value().result().value() == 60);
    CHECK(good_begun == 1 + 60 + 1);  // To live, beside each turn but the last, and at the close.
    good_begun = 0;
    CHECK(engine.start(good, "long", 300).value().result().value() == 300);
    // Two events a turn: 128 after the first 64, and 16 times a tenth more up to 602.
    CHECK(good_begun == 1 + 64 + 16 + 1);
  }
}

// Queries through the engine: who answers when, and what a query leaves behind.
#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int one() { return 1; }

Workflow<int> collect(Context ctx, int count) {
  int sum = 0;
  const auto total = ctx.query("sum", [&] { return sum; });
  const auto scaled = ctx.query(
      "scaled", [&](int by, const std::string& unit) { return std::to_string(sum * by) + unit; });
  const auto bad = ctx.query("bad", []() -> int { throw std::runtime_error("no such page"); });
  for (int i = 0; i < count; ++i) {
    auto value = co_await ctx.signal<int>("go");
    sum += value;
  }
  sum = -sum;
  co_return sum;
}
Workflow<int> borrows(Context ctx) {
  int local = 41;
  const auto known = ctx.query("local", [&] { return local; });
  auto value = co_await ctx.try_step("borrow", {.timeout = 5s}, [&] { return local + 1; });
  local = value ? *value : -1;
  co_await ctx.signal<int>("go");
  co_return local;
}
Workflow<int> steps(Context ctx) {
  int done = 0;
  const auto count = ctx.query("done", [&] { return done; });
  for (; done < 3; ++done) co_await ctx.step("one", one);
  co_return done;
}

Workflow<int> sleeps_instead(Context ctx, int) {
  co_await ctx.sleep(1s);
  co_return 0;
}

Registry registry() {
  Registry workflows;
  workflows.add("collect", collect);
  workflows.add("borrows", borrows);
  workflows.add("steps", steps);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/query") {
  TEST_CASE("a query is answered by the code as it stands, with arguments, and records nothing") {
    Machine machine(1, 2);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(collect, "a", 3).value();
    CHECK(engine.query<int>("a", "sum").value() == 0);
    CHECK(engine.signal("a", "go", 4).ok());
    const auto events = engine.describe("a").value().events;
    CHECK(engine.query<int>("a", "sum").value() == 4);
    CHECK(run.query<std::string>("scaled", 10, "mm").value() == "40mm");
    CHECK(engine.describe("a").value().events == events);
    CHECK(engine.signal("a", "go", 5).ok());
    CHECK(engine.signal("a", "go", 6).ok());
    CHECK(run.result().value() == -15);
  }

  TEST_CASE("a query that can't be answered says why, and harms nobody") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(collect, "a", 1).value();
    CHECK(engine.query<int>("b", "sum").code() == Code::not_found);
    const auto unknown = engine.query<int>("a", "total");
    CHECK(unknown.code() == Code::unknown_query);
    CHECK(unknown.error().message().find("\"bad\" \"scaled\" \"sum\"") != std::string::npos);
    const auto failed = engine.query<int>("a", "bad");
    CHECK(failed.code() == Code::query_failed);
    CHECK(failed.error().message() == "no such page");
    CHECK(engine.query<std::string>("a", "sum").code() == Code::undecodable);
    CHECK(engine.query<std::string>("a", "scaled", 1).code() == Code::undecodable);
    CHECK(engine.query<int>("a", std::string(256, 'q')).code() == Code::name_too_long);
    CHECK(engine.signal("a", "go", 7).ok());
    CHECK(run.result().value() == -7);
  }

  TEST_CASE("the callback form answers once, on an engine thread") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(collect, "a", 1).value();
    int calls = 0;
    int told = -1;
    engine.on_answer<int>("a", "sum", [&](Result<int> sum) {
      ++calls;
      told = sum.value();
    });
    engine.on_answer<int>("none", "sum", [&](Result<int> sum) {
      ++calls;
      CHECK(sum.code() == Code::not_found);
    });
    settle(run);
    CHECK(calls == 2);
    CHECK(told == 0);
  }

  TEST_CASE("an answer tells nothing that a crash could take back") {
    for (std::uint64_t kill = 0; kill < 6; ++kill) {
      CAPTURE(kill);
      Machine machine;
      int told = 0;
      {
        auto engine = machine.open(registry(), kill).value();
        (void)engine.start(steps, "a");
        for (int i = 0; i < 8; ++i) {
          if (const auto done = engine.query<int>("a", "done"); done) told = *done;
        }
      }
      auto engine = machine.open(registry()).value();
      if (told > 0) CHECK(engine.query<int>("a", "done").value() >= told);
      CHECK(engine.start(steps, "a").value().result().value() == 3);
    }
  }

  TEST_CASE("an instance that is not in memory is brought back for a query") {
    Machine machine;
    machine.options().memory_budget = 1;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "a", 3).ok());
      CHECK(engine.signal("a", "go", 4).ok());
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.query<int>("a", "sum").value() == 4);
    auto other = engine.start(collect, "b", 1).value();
    for (int i = 0; i < 600; ++i) (void)engine.describe("b");
    CHECK(engine.metrics().find("reprise_instance_evictions_total 0") == std::string::npos);
    CHECK(engine.query<int>("a", "sum").value() == 4);
  }

  TEST_CASE("a finished instance answers as of its end, also after a restart") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "done", 1).ok());
      CHECK(engine.signal("done", "go", 4).ok());
      CHECK(engine.start(collect, "killed", 2).ok());
      CHECK(engine.signal("killed", "go", 5).ok());
      CHECK(engine.terminate("killed").ok());
      CHECK(engine.start(collect, "stopped", 2).ok());
      CHECK(engine.signal("stopped", "go", 6).ok());
      CHECK(engine.cancel("stopped").ok());
      CHECK(engine.query<int>("done", "sum").value() == -4);
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.query<int>("done", "sum").value() == -4);
    CHECK(engine.query<int>("done", "total").code() == Code::unknown_query);
    CHECK(engine.query<int>("killed", "sum").value() == 5);
    CHECK(engine.query<int>("stopped", "sum").value() == 6);
  }

  TEST_CASE("a paused instance answers as it stood when it was paused, in memory or not") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "a", 3).ok());
      CHECK(engine.signal("a", "go", 4).ok());
      CHECK(engine.pause("a").ok());
      CHECK(engine.signal("a", "go", 5).ok());
      CHECK(engine.query<int>("a", "sum").value() == 4);
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.query<int>("a", "sum").value() == 4);
    CHECK(engine.resume("a").ok());
    CHECK(engine.query<int>("a", "sum").value() == 9);
  }

  TEST_CASE("a query while a body borrows the frames, and after history went on without it") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(borrows, "a").value();
    CHECK(engine.query<int>("a", "local").value() == 41);
    settle(run);
    REQUIRE(bodies.size() == 1);
    pass(run, 20s);  // The attempt times out; its body still runs.
    CHECK(engine.query<int>("a", "local").value() == -1);
    bodies.release_all();
    CHECK(engine.signal("a", "go", 1).ok());
    CHECK(run.result().value() == -1);
  }

  TEST_CASE("code that is not here, or not the same, can't answer: the code says which") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(collect, "open", 3).ok());
      CHECK(engine.start(collect, "done", 0).ok());
    }
    {
      auto engine = machine.open(Registry()).value();
      CHECK(engine.query<int>("open", "sum").code() == Code::unregistered);
      CHECK(engine.query<int>("done", "sum").code() == Code::unregistered);
    }
    Registry changed;
    changed.add("collect", sleeps_instead);
    auto engine = machine.open(changed).value();
    CHECK(engine.query<int>("open", "sum").code() == Code::mismatch);
    CHECK(engine.query<int>("done", "sum").code() == Code::mismatch);
  }
}

// Code that can't go on here: shown, harmless, and tried again at the next open.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

Workflow<int> adds(Context ctx, int base) {
  auto first = co_await ctx.signal<int>("go");
  auto second = co_await ctx.signal<int>("go");
  co_return base + first + second;
}
Workflow<int> sleeps_first(Context ctx, int base) {
  co_await ctx.sleep(1s);
  auto first = co_await ctx.signal<int>("go");
  co_return base + first;
}
Workflow<int> other_input(Context ctx, std::string base) {
  auto first = co_await ctx.signal<int>("go");
  co_return first + static_cast<int>(base.size());
}
Workflow<int> other_signal_type(Context ctx, int base) {
  auto first = co_await ctx.signal<std::string>("go");
  co_return base + static_cast<int>(first.size());
}

template <class F>
Registry only(F* function) {
  Registry workflows;
  workflows.add("adds", function);
  return workflows;
}

/// One life with the right code, one with `broken` that gets a signal, one with the right code.
template <class F>
void tried_again(F* broken, std::string_view reason) {
  CAPTURE(reason);
  Machine machine;
  {
    auto engine = machine.open(only(adds)).value();
    CHECK(engine.start(adds, "a", 1).ok());
  }
  {
    auto engine = machine.open(only(broken)).value();
    CHECK(engine.signal("a", "go", 10).ok());
    CHECK(engine.describe("a").value().status == InstanceStatus::paused);
    CHECK(engine.describe("a").value().paused == reason);
    CHECK(engine.signal("a", "go", 100).ok());
  }
  auto engine = machine.open(only(adds)).value();
  CHECK(engine.find<int>("a").value().result().value() == 111);
}

}  // namespace

TEST_SUITE("runtime/marks") {
  TEST_CASE("an instance whose code disagreed is tried again at the next open, and goes on") {
    tried_again(sleeps_first, "mismatch");
  }
  TEST_CASE("an instance whose input or signal could not be decoded is tried again, and goes on") {
    tried_again(other_input, "undecodable");
    tried_again(other_signal_type, "undecodable");
  }
  TEST_CASE("one arrival that the code could not answer is enough for it to be tried again") {
    Machine machine;
    {
      auto engine = machine.open(only(adds)).value();
      CHECK(engine.start(adds, "a", 1).ok());
      CHECK(engine.signal("a", "go", 10).ok());
    }
    {
      auto engine = machine.open(only(sleeps_first)).value();
      CHECK(engine.signal("a", "go", 100).ok());
      CHECK(engine.describe("a").value().paused == "mismatch");
    }
    auto engine = machine.open(only(adds)).value();
    CHECK(engine.find<int>("a").value().result(1h).value() == 111);
  }
  TEST_CASE("a mark is of this engine: the next one shows none until it has tried") {
    Machine machine;
    {
      auto engine = machine.open(only(adds)).value();
      CHECK(engine.start(adds, "a", 1).ok());
    }
    {
      auto engine = machine.open(only(sleeps_first)).value();
      CHECK(engine.query<int>("a", "any").code() == Code::mismatch);
      CHECK(engine.describe("a").value().paused == "mismatch");
    }
    auto engine = machine.open(only(adds)).value();
    CHECK(engine.describe("a").value().status == InstanceStatus::waiting);
    CHECK(engine.query<int>("a", "any").code() == Code::unknown_query);
  }
}

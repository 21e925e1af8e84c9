// A long history: snapshots in the middle, a restart, and the code goes on at its end.
#include <doctest/doctest.h>

#include <cstdint>

#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

int bodies = 0;

std::int64_t next(std::int64_t value) {
  ++bodies;
  return value + 1;
}

reprise::Workflow<std::int64_t> climb(reprise::Context ctx, std::int64_t steps) {
  std::int64_t height = 0;
  while (height < steps) {
    auto higher = co_await ctx.step("next", {.runs_on = reprise::RunsOn::shard}, next, height);
    height = higher;
  }
  auto more = co_await ctx.signal<std::int64_t>("more");
  co_return height + more;
}

reprise::Workflow<std::int64_t> nap(reprise::Context ctx) {
  co_await ctx.sleep(std::chrono::hours(72));  // tidy: allow no_sleep_in_tests, simulated time
  co_return 72;
}

}  // namespace

TEST_SUITE("runtime/long_history") {
  TEST_CASE("an instance of 10,000 steps goes on after a restart without running one of them") {
    constexpr std::int64_t steps = 10'000;
    reprise::Registry workflows;
    workflows.add("climb", climb);
    reprise::test::Machine machine;
    machine.options().snapshot_every = 1'000;
    bodies = 0;
    {
      auto engine = machine.open(workflows).value();
      auto run = engine.start(climb, "long", steps).value();
      CHECK(run.result(std::chrono::seconds(1)).code() == reprise::Code::timed_out);
      CHECK(engine.describe("long").value().waits.at(0).name == "more");
    }
    CHECK(bodies == steps);
    // The snapshots have trimmed the journal: what is replayed now comes from history chunks.
    CHECK(machine.disk().ends(0).first > 1);
    auto engine = machine.open(workflows).value();
    CHECK(engine.signal("long", "more", std::int64_t{5}).ok());
    CHECK(engine.find<std::int64_t>("long").value().result().value() == steps + 5);
    CHECK(bodies == steps);
    CHECK(engine.history("long").value().size() > 2 * steps);
  }

  TEST_CASE("a far timer known only from its hint row fires after a restart") {
    reprise::Registry workflows;
    workflows.add("nap", nap);
    reprise::test::Machine machine;
    machine.options().snapshot_every = 1;
    {
      auto engine = machine.open(workflows).value();
      auto run = engine.start(nap, "nap").value();
      CHECK(run.result(std::chrono::seconds(1)).code() == reprise::Code::timed_out);
    }
    // The snapshot position has passed the timer's record: recovery does not read it again.
    const auto row = machine.disk()
                         .get(reprise::journal::Table::meta, reprise::runtime::position_key(0))
                         .value();
    REQUIRE(row.has_value());
    REQUIRE(reprise::runtime::decode_position(0, *row).value().snapshot >= 1);
    auto engine = machine.open(workflows).value();
    CHECK(engine.find<std::int64_t>("nap").value().result().value() == 72);
  }
}

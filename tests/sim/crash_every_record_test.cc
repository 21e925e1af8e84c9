// A process killed at each record, and again at each record of its recovery: nothing durable is
// lost, changed or done again.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "sim/twenty_operations.h"
#include "support/journals.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

/// What a host does in each of its lives; every call is safe to repeat.
Result<std::string> live_twenty(const Engine& engine) {
  auto run = engine.start(twenty, "main", 1);
  if (!run) return std::move(run).error();
  auto sent = engine.signal("main", "go", 41, {.id = "go-1"});
  if (!sent && sent.code() != Code::closed) return std::move(sent).error();
  auto result = run->result();
  if (!result) return result;
  auto echoed = engine.find<int>("echo-main");
  if (!echoed) return std::move(echoed).error();
  auto value = echoed->result();
  if (!value) return std::move(value).error();
  return result;
}

Workflow<int> small(Context ctx, int base) {
  using namespace std::chrono_literals;
  const std::string kid_id = "kid-" + ctx.id();
  auto one = co_await ctx.step("one", {.poison_after = 0}, add, base, 1);
  co_await ctx.sleep(5s);
  auto two = co_await ctx.child(kid, kid_id, one);
  auto left = ctx.step("left", {.poison_after = 0}, add, 1, 2);
  auto right = ctx.step("right", {.poison_after = 0}, add, 3, 4);
  auto both = co_await ctx.all(left, right);
  co_return two + std::get<0>(both) + std::get<1>(both);
}

Result<std::string> live_small(const Engine& engine) {
  auto run = engine.start(small, "main", 1);
  if (!run) return std::move(run).error();
  auto result = run->result();
  if (!result) return std::move(result).error();
  return std::to_string(*result);
}

using Live = std::function<Result<std::string>(const Engine&)>;

Registry registry() {
  Registry workflows = twenty_registry();
  workflows.add("small", small);
  return workflows;
}

struct Ending {
  std::string result;
  std::map<std::string, std::map<OpId, std::vector<std::string>>> histories;
  Records records;
  bool operator==(const Ending& other) const {
    return result == other.result && histories == other.histories;
  }
};

/// One life that dies after `records` more records; false if it does not get that far. What it left
/// on disk stays as it is.
bool die(Machine& machine, const Live& live, std::uint64_t records) {
  auto engine = machine.open(registry(), records);
  if (!engine) return engine.code() == Code::outcome_unknown;
  (void)live(*engine);
  return machine.crashed();
}

/// Lives on to the end.
Ending finish(Machine& machine, const Live& live) {
  const auto before = records_of(machine.disk());
  const auto done = completed_steps(machine.disk());
  world.bodies.clear();
  Ending ending;
  {
    auto engine = machine.open(registry()).value();
    ending.result = live(engine).value();
    for (const auto& info : engine.list().value()) {
      ending.histories[info.key.id] = essence(engine.history(info.key).value());
    }
  }
  ending.records = records_of(machine.disk());
  CHECK(lost_record(before, ending.records, machine.disk()) == "");
  CHECK_MESSAGE(world.twice == "", "a body began twice: ", world.twice);
  for (const std::string& body : world.bodies) {
    CHECK_MESSAGE(!done.contains(body), "a body ran again after its completion: ", body);
  }
  return ending;
}

struct Reference {
  Ending ending;
  std::uint64_t records = 0;
};

constexpr std::uint64_t no_snapshots = 100'000;

Machine machine_with(std::uint16_t shards, std::uint64_t snapshot_every) {
  Machine machine(5, shards);
  machine.options().snapshot_every = snapshot_every;
  world = {};
  world.clock = &machine.clock();
  return machine;
}

Reference uninterrupted(const Live& live, std::uint16_t shards,
                        std::uint64_t snapshot_every = no_snapshots) {
  Machine machine = machine_with(shards, snapshot_every);
  Reference reference;
  reference.ending = finish(machine, live);
  const auto done = completed_steps(machine.disk());
  for (const std::string& body : world.bodies) {
    const bool named = done.contains(body) || snapshot_every != no_snapshots;
    CHECK_MESSAGE(named, "keys and journal name steps in two ways: ", body);
  }
  reference.records = machine.records();
  return reference;
}

void crash_everywhere(const Live& live, std::uint16_t shards,
                      std::uint64_t snapshot_every = no_snapshots) {
  const Reference reference = uninterrupted(live, shards, snapshot_every);
  for (std::uint64_t kill = 0; kill < reference.records; ++kill) {
    CAPTURE(shards);
    CAPTURE(kill);
    Machine machine = machine_with(shards, snapshot_every);
    CHECK(die(machine, live, kill));
    const Ending ending = finish(machine, live);
    REQUIRE(ending.result == reference.ending.result);
    for (const auto& [id, history] : reference.ending.histories) {
      CAPTURE(id);
      const auto after = ending.histories.find(id);
      REQUIRE(after != ending.histories.end());
      for (const auto& [op, events] : history) {
        CAPTURE(op);
        const auto found = after->second.find(op);
        REQUIRE(found != after->second.end());
        CHECK(found->second == events);
      }
      CHECK(after->second.size() == history.size());
    }
    REQUIRE(ending.histories.size() == reference.ending.histories.size());
  }
}

}  // namespace

TEST_SUITE("sim/crash_every_record") {
  TEST_CASE("twenty operations give the expected result") {
    for (const std::uint16_t shards : shard_counts) {
      CHECK(uninterrupted(live_twenty, shards).ending.result == twenty_result(1));
    }
  }

  TEST_CASE("killed after each record, twenty operations end the same: one shard") {
    crash_everywhere(live_twenty, 1);
  }
  TEST_CASE("killed after each record, twenty operations end the same: two shards") {
    crash_everywhere(live_twenty, 2);
  }
  TEST_CASE("killed after each record, twenty operations end the same: eight shards") {
    crash_everywhere(live_twenty, 8);
  }

  TEST_CASE("killed after each record between snapshots and trims, they end the same") {
    for (const std::uint16_t shards : {shard_counts[0], shard_counts[1]}) {
      crash_everywhere(live_twenty, shards, 20);
    }
  }

  TEST_CASE("killed again at each record of each recovery, it ends the same") {
    for (const std::uint16_t shards : {shard_counts[0], shard_counts[1]}) {
      const Reference reference = uninterrupted(live_small, shards);
      for (std::uint64_t first = 0; first < reference.records; ++first) {
        bool died = true;
        std::uint64_t second = 0;
        for (; died; ++second) {
          CAPTURE(shards);
          CAPTURE(first);
          CAPTURE(second);
          Machine machine = machine_with(shards, no_snapshots);
          CHECK(die(machine, live_small, first));
          died = die(machine, live_small, second);
          REQUIRE(finish(machine, live_small) == reference.ending);
        }
        CHECK(second > reference.records - first);  // It was killed at all that was left to do.
      }
    }
  }
}

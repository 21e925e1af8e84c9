// Damage in what a shard's engine reads by itself, without being asked: whom it stops, what it does
// not take with it, and that all is there again when a backup has put it right.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;
using journal::Table;

int one() { return 1; }

Workflow<int> steps(Context ctx) {
  auto value = co_await ctx.step("one", {.poison_after = 0}, one);
  co_return value;
}
Workflow<int> collects(Context ctx) {
  int sum = 0;
  for (int i = 0; i < 3; ++i) {
    auto next = co_await ctx.signal<int>("go");
    sum += next;
  }
  co_return sum;
}

/// More than stays in an event.
std::string large() { return std::string(100'000, 'x'); }

std::string text_of(const Result<std::string>& told) {
  return told ? std::to_string(told->size()) : std::string(name(told.error().code()));
}
Workflow<std::string> echoes(Context, std::string text) { co_return text; }
Workflow<std::string> makes(Context) { co_return large(); }
Workflow<std::string> listens(Context ctx) {
  auto text = co_await ctx.signal<std::string>("news");
  co_return text;
}
/// Sends something large to the other shard, or has it sent; says what came of it, and of something
/// small behind it.
Workflow<std::string> sends(Context ctx, std::string what, std::string other) {
  std::string told;
  if (what == "input") {
    auto kid = co_await ctx.try_child(echoes, other, large());
    told = text_of(kid);
  } else if (what == "result") {
    auto kid = co_await ctx.try_child(makes, other);
    told = text_of(kid);
  } else {
    auto sent = co_await ctx.try_signal_to(other, "news", large());
    told = sent ? "sent" : std::string(name(sent.error().code()));
  }
  auto small = co_await ctx.try_child(echoes, other + " again", std::string("y"));
  co_return told + " " + text_of(small);
}

Registry registry() {
  Registry workflows;
  workflows.add("steps", steps);
  workflows.add("collects", collects);
  workflows.add("echoes", echoes);
  workflows.add("makes", makes);
  workflows.add("listens", listens);
  workflows.add("sends", sends);
  return workflows;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// What stands of `run` in a table: its row, chunks or blobs.
Entries entries_of(Machine& machine, Table table, RunId run) {
  Entries found;
  REQUIRE(machine.disk()
              .scan(table, runtime::row_key(run), {},
                    [&](std::string_view key, std::string_view value) {
                      if (!key.starts_with(runtime::row_key(run))) return false;
                      found.emplace_back(key, value);
                      return true;
                    })
              .ok());
  return found;
}

/// Writes `entries`, each cut off at its half if they are to be damaged.
void put(Machine& machine, Table table, ShardId shard, const Entries& entries, bool damaged) {
  std::vector<journal::Put> puts;
  for (const auto& [key, value] : entries) {
    puts.push_back({table, key, damaged ? value.substr(0, value.size() / 2) : value});
  }
  machine.put(shard, std::move(puts));
}

Position first_kept(Machine& machine) { return machine.disk().ends(0).first; }

}  // namespace

TEST_SUITE("runtime/damaged") {
  TEST_CASE("while a run can't be read nothing of its shard is trimmed, and others go on") {
    Machine machine;
    RunId run;
    {
      auto engine = machine.open(registry()).value();
      run = engine.start(collects, "a").value().run();
      REQUIRE(engine.start(collects, "b").ok());
      engine.snapshot();
      settle(engine);
      REQUIRE(engine.signal("a", "go", 1).ok());  // Only in the journal, behind the row.
    }
    const auto row = entries_of(machine, Table::rows, run);
    REQUIRE(row.size() == 1);
    const Position first = first_kept(machine);
    put(machine, Table::rows, 0, row, true);
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < 3; ++i) {
        engine.snapshot();
        settle(engine);
        CHECK(engine.signal("b", "go", 1).ok());
      }
      CHECK(first_kept(machine) == first);
      CHECK(engine.describe("a").code() == Code::corrupt);
      CHECK(engine.find<int>("b").value().result(1ms).value() == 3);
    }
    put(machine, Table::rows, 0, row, false);
    auto engine = machine.open(registry()).value();
    engine.snapshot();
    settle(engine);
    CHECK(first_kept(machine) > first);
    REQUIRE(engine.signal("a", "go", 10).ok());
    REQUIRE(engine.signal("a", "go", 100).ok());
    CHECK(engine.find<int>("a").value().result(1ms).value() == 111);
  }

  TEST_CASE(
      "a shard whose journal ends before its snapshot is not opened, and nothing is written") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(collects, "a").ok());
      engine.snapshot();
      settle(engine);
    }
    const std::string key = runtime::position_key(0);
    const auto value = machine.disk().get(Table::meta, key).value().value();
    auto row = runtime::decode_position(0, value).value();
    row.snapshot = machine.disk().ends(0).last + 1;
    machine.put(0, {{Table::meta, key, runtime::encode_position(row, replay::encode(row.state))}});
    const std::string before = machine.journal_bytes();
    const auto refused = machine.open(registry());
    REQUIRE(refused.code() == Code::corrupt);
    CHECK(refused.error().message().find("its rows can't be trusted") != std::string::npos);
    CHECK(machine.journal_bytes() == before);
    machine.put(0, {{Table::meta, key, value}});
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 3; ++i) REQUIRE(engine.signal("a", "go", 1).ok());
    CHECK(engine.find<int>("a").value().result(1ms).value() == 3);
  }

  TEST_CASE("a run that can't be read when it is its turn after a crash does not stop the others") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    RunId run;
    {
      auto engine = machine.open(registry()).value();
      run = engine.start(steps, "a").value().run();
      REQUIRE(engine.start(steps, "b").ok());
      settle(engine);
      REQUIRE(bodies.size() == 2);
      engine.snapshot();
      settle(engine);
      machine.kill();
    }
    const auto row = entries_of(machine, Table::rows, run);
    REQUIRE(row.size() == 1);
    put(machine, Table::rows, 0, row, true);
    {
      auto engine = machine.open(registry()).value();
      settle(engine);
      REQUIRE(bodies.size() == 1);
      CHECK(bodies[0].run != run);
      bodies.release();
      CHECK(engine.find<int>("b").value().result(1ms).value() == 1);
      CHECK(engine.describe("a").code() == Code::corrupt);
    }
    put(machine, Table::rows, 0, row, false);
    auto engine = machine.open(registry()).value();
    settle(engine);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].run == run);
    CHECK(bodies[0].attempt == 2);
    bodies.release();
    CHECK(engine.find<int>("a").value().result(1ms).value() == 1);
  }

  TEST_CASE("a read error when it is its turn after a crash delays a run, for a second") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(steps, "a").ok());
      settle(engine);
      engine.snapshot();
      settle(engine);
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    machine.fail_reads(1);
    settle(engine);
    CHECK(bodies.size() == 0);
    REQUIRE(engine.start(collects, "b").ok());  // Others go on.
    pass(engine.find<int>("b").value(), 1100ms);
    REQUIRE(bodies.size() == 1);
    bodies.release();
    CHECK(engine.find<int>("a").value().result(1ms).value() == 1);
  }

  TEST_CASE("what is lost before it was sent is told to who waits for it, and holds up nothing") {
    const std::string root = id_on(0, "root");
    const std::string other = id_on(1, "other");
    for (const std::string what : {"input", "result", "signal"}) {
      CAPTURE(what);
      int lost = 0;
      (void)each_kill([&](std::uint64_t kill) {
        Machine machine(1, 2);
        machine.options().compression = Compression::none;  // So that it is a blob.
        {
          auto engine = machine.open(registry(), kill).value();
          if (what == "signal" && !engine.start(listens, other)) return false;
          const auto run = engine.start(sends, root, what, other);
          if (run.ok() && run->result(1min).ok()) return true;
        }
        // Of the run that sends it, the second event each time.
        const RunId run = RunId::make(what == "result" ? 1 : 0, 1);
        auto blobs = entries_of(machine, Table::blobs, run);
        std::erase_if(blobs,
                      [&](const auto& blob) { return blob.first != runtime::blob_key(run, 2); });
        if (!blobs.empty()) put(machine, Table::blobs, run.shard(), blobs, true);
        auto engine = machine.open(registry()).value();
        const auto told = engine.start(sends, root, what, other).value().result(1min);
        REQUIRE(told.ok());
        const std::string whole = what == "signal" ? "sent 1" : "100000 1";
        if (*told == "corrupt 1") {
          ++lost;
        } else {
          CHECK(*told == whole);
        }
        return false;
      });
      CHECK(lost > 0);
    }
  }

  TEST_CASE("an instance whose history has a gap stops alone, and loses nothing that arrives") {
    Machine machine;
    RunId run;
    {
      auto engine = machine.open(registry()).value();
      run = engine.start(collects, "a").value().run();
      REQUIRE(engine.start(collects, "b").ok());
      REQUIRE(engine.signal("a", "go", 1).ok());
      engine.snapshot();
      settle(engine);
    }
    const auto chunks = entries_of(machine, Table::chunks, run);
    REQUIRE(chunks.size() == 1);
    machine.put(0, {{Table::chunks, chunks[0].first, std::nullopt}});
    {
      auto engine = machine.open(registry()).value();
      const auto history = engine.history("a");
      REQUIRE(history.code() == Code::corrupt);
      CHECK(history.error().message().find("has a gap") != std::string::npos);
      REQUIRE(engine.signal("a", "go", 10).ok());
      CHECK(engine.describe("a").value().paused == "corrupt");
      REQUIRE(engine.signal("a", "go", 100).ok());
      for (int i = 0; i < 3; ++i) REQUIRE(engine.signal("b", "go", 1).ok());
      CHECK(engine.find<int>("b").value().result(1ms).value() == 3);
    }
    put(machine, Table::chunks, 0, chunks, false);
    auto engine = machine.open(registry()).value();
    CHECK(engine.find<int>("a").value().result(1ms).value() == 111);
  }
}

// Finished runs go when their time is up, and stay gone; hints say what their rows say.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int bodies_run = 0;
int count_body() { return ++bodies_run; }
int fails() { throw std::runtime_error("not today"); }

Workflow<int> quick(Context ctx) {
  auto value = co_await ctx.step("count", count_body);
  co_return value;
}
Workflow<int> sleeps(Context ctx) {
  co_await ctx.sleep(1h);
  co_return 7;
}
Workflow<int> retries(Context ctx) {
  auto value = co_await ctx.try_step(
      "fails", {.attempts = 2, .backoff = 1h, .backoff_max = 1h, .jitter = 0.0}, fails);
  co_return value ? 1 : 2;
}

Workflow<int> waits(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

Workflow<std::string> parent(Context ctx) {
  auto value = co_await ctx.try_child(quick, "kid");
  co_return value ? "" : std::string(name(value.error().code()));
}

Registry registry() {
  Registry workflows;
  workflows.add("waits", waits);
  workflows.add("idles", idles);
  workflows.add("parent", parent);
  workflows.add("quick", quick);
  workflows.add("sleeps", sleeps);
  workflows.add("retries", retries);
  return workflows;
}

std::size_t rows(Machine& machine, journal::Table table, std::string_view prefix = {}) {
  std::size_t found = 0;
  (void)machine.disk().scan(table, {}, {}, [&](std::string_view key, std::string_view) {
    found += key.starts_with(prefix) ? 1 : 0;
    return true;
  });
  return found;
}

void snapshot(Machine& machine, const Engine& engine) {
  engine.snapshot();
  pass(machine, engine, 1min);
}

}  // namespace

TEST_SUITE("runtime/retention") {
  TEST_CASE("a run that is being deleted is never found again, whatever is on its way to disk") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      CAPTURE(seed);
      bodies_run = 0;
      Machine machine(seed);
      machine.options().retention = 0ns;
      auto engine = machine.open(registry()).value();
      auto first = engine.start(quick, "a").value();
      CHECK(first.result().value() == 1);
      engine.snapshot();
      for (int i = 0; i < 4; ++i) {
        const auto again = engine.start(quick, "a");
        if (again) {
          CHECK(again->run() == first.run());
        } else {
          CHECK(again.code() == Code::closed);
        }
      }
      const auto listed = engine.list().value();
      CHECK(listed.empty());
      CHECK(engine.describe("a").code() == Code::not_found);
      CHECK(bodies_run == 1);
    }
  }

  TEST_CASE("a run is kept for its time from its end on, however long it took") {
    Machine machine;
    machine.options().retention = 1h;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(sleeps, "a").value().result().value() == 7);  // After an hour.
    pass(machine, engine, 30min);
    CHECK(engine.describe("a").ok());
    pass(machine, engine, 31min);
    CHECK(engine.describe("a").code() == Code::not_found);
  }

  TEST_CASE("a run deleted while its last row is on its way to disk leaves nothing behind") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      Machine machine(seed);
      machine.options().retention = 0ns;
      machine.options().snapshot_every = 1;
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < 5; ++i) {
        CHECK(engine.start(quick, fmt::format("{}", i)).value().result().ok());
      }
      snapshot(machine, engine);
      CHECK(rows(machine, journal::Table::rows) == 1);  // The idle one.
      CHECK(rows(machine, journal::Table::chunks) == 1);
    }
  }

  TEST_CASE("a child can't take the id of a run that was deleted") {
    Machine machine(1, 2);
    machine.options().retention = 0ns;
    auto engine = machine.open(registry()).value();
    REQUIRE(engine.start(quick, "kid").ok());
    pass(machine, engine, 10min);
    REQUIRE(engine.describe("kid").code() == Code::not_found);
    CHECK(engine.start(parent, "a").value().result().value() == "conflict");
  }

  TEST_CASE("runs closed before retention was set go too, with rows, chunks and hints") {
    Machine machine(1, 2);
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < 600; ++i) {
        auto run = engine.start(quick, fmt::format("run-{}", i)).value();
        REQUIRE(run.result().ok());
      }
      snapshot(machine, engine);
    }
    CHECK(rows(machine, journal::Table::index, "c") == 600);
    machine.clock().advance(Nanos{7200} * 1'000'000'000);
    machine.options().retention = 1h;
    auto engine = machine.open(registry()).value();
    pass(machine, engine, 10min);
    CHECK(engine.list().value().size() == 1);  // The idle one.
    snapshot(machine, engine);
    CHECK(rows(machine, journal::Table::rows) == 1);
    CHECK(rows(machine, journal::Table::chunks) == 1);
    CHECK(rows(machine, journal::Table::index, "c") == 0);
    CHECK(rows(machine, journal::Table::index, "x") == 600);
    CHECK(engine.start(quick, "run-7").code() == Code::closed);
  }

  TEST_CASE("when a tombstone's time is over its id may be used again, and then stays") {
    Machine machine;
    machine.options().retention = 0ns;
    machine.options().tombstone = 1h;
    RunId second;
    {
      auto engine = machine.open(registry()).value();
      const RunId first = engine.start(quick, "a").value().run();
      pass(machine, engine, 10min);
      CHECK(engine.start(quick, "a").code() == Code::closed);
      pass(machine, engine, 2h);
      machine.options().retention.reset();
      auto run = engine.start(sleeps, "a").value();
      second = run.run();
      CHECK(second != first);
      snapshot(machine, engine);
      CHECK(rows(machine, journal::Table::index, "x") == 0);
    }
    auto engine = machine.open(registry()).value();
    CHECK(engine.describe("a").value().run == second);
  }

  TEST_CASE("the sweep of a tombstone leaves the id to the run that has it by then") {
    Machine machine;
    machine.options().retention = 0ns;
    machine.options().tombstone = 1h;
    auto engine = machine.open(registry()).value();
    (void)engine.start(quick, "a").value().result();
    pass(machine, engine, 2min);
    REQUIRE(rows(machine, journal::Table::index, "x") == 1);
    // Just after a sweep, the tombstone runs out before the next one.
    machine.clock().advance(Nanos{3600 - 121} * 1'000'000'000);
    (void)engine.list();
    machine.clock().advance(Nanos{30} * 1'000'000'000);
    const RunId second = engine.start(waits, "a").value().run();
    engine.snapshot();
    settle(engine);
    REQUIRE(rows(machine, journal::Table::index, "x") == 1);
    snapshot(machine, engine);
    CHECK(rows(machine, journal::Table::index, "x") == 0);
    CHECK(engine.describe("a").value().run == second);
  }

  TEST_CASE("a timer's hint stands while its row says it is open, and goes with the next row") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    (void)engine.start(sleeps, "a").value();
    snapshot(machine, engine);
    CHECK(rows(machine, journal::Table::index, "t") == 1);
    auto run = engine.find<int>("a").value();
    CHECK(run.result().value() == 7);
    snapshot(machine, engine);
    CHECK(rows(machine, journal::Table::index, "t") == 0);
    CHECK(rows(machine, journal::Table::index, "c") == 1);
  }

  TEST_CASE("a retry is made on time after a restart, though nobody asks for its instance") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      pass(engine.start(retries, "a").value(), 1s);
      snapshot(machine, engine);
    }
    auto engine = machine.open(registry()).value();
    pass(machine, engine, 2h);
    CHECK(engine.describe("a").value().status == InstanceStatus::completed);
  }

  TEST_CASE("a retry that fell due while its instance was paused is made after the resume") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(retries, "a").value();
      pass(run, 1s);
      CHECK(engine.describe("a").value().waits.at(0).attempt == 1);
      snapshot(machine, engine);
    }
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.pause("a", "to look").ok());
      pass(machine, engine, 3h);  // Its hint is all that knows of the time; it comes and passes.
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    auto run = engine.find<int>("a").value();
    CHECK(run.result(3h).code() == Code::timed_out);
    REQUIRE(engine.resume("a").ok());
    CHECK(run.result(1s).value() == 2);
  }

  TEST_CASE("a timer whose instance can't be read is not lost: the next open looks again") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      (void)engine.start(sleeps, "a").value();
      snapshot(machine, engine);
    }
    std::string key;
    std::string row;
    (void)machine.disk().scan(journal::Table::rows, {}, {}, [&](auto found, auto value) {
      key = found;
      row = value;
      return false;
    });
    const auto put = [&](std::string value) {
      machine.put(0, {{journal::Table::rows, key, std::move(value)}});
    };
    put("not a row");
    {
      auto engine = machine.open(registry()).value();
      pass(machine, engine, 2h);
      CHECK(engine.describe("a").code() == Code::corrupt);
    }
    put(row);
    auto engine = machine.open(registry()).value();
    CHECK(engine.find<int>("a").value().result(1s).value() == 7);
  }

  TEST_CASE("a run whose records were lost keeps its number: no new run is taken for it") {
    Machine machine;
    runtime::Row row;
    {
      auto engine = machine.open(registry()).value();
      (void)engine.start(sleeps, "a").value();
      snapshot(machine, engine);
      (void)machine.disk().scan(journal::Table::rows, {}, {}, [&](auto, auto value) {
        row = runtime::decode_row(RunId::make(0, 1), value).value();
        return false;
      });
    }
    const RunId lost = RunId::make(0, 7);
    row.position = machine.disk().ends(0).last + 2;
    row.state.run = lost;
    row.state.key.id = "lost";
    machine.put(0,
                {{journal::Table::rows, runtime::row_key(lost), runtime::encode_row(lost, row)}});
    for (int life = 0; life < 2; ++life) {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(waits, fmt::format("{}", life)).value();
      CHECK(engine.describe(fmt::format("{}", life)).value().run.counter() ==
            lost.counter() + 1 + static_cast<std::uint64_t>(life));
    }
    // Records are behind the lost row's by now.
    auto engine = machine.open(registry()).value();
    for (const std::string id : {"0", "1"}) {
      CHECK(engine.describe(id).value().workflow == "waits");
      CHECK(engine.describe(id).value().key.id == id);
    }
  }

  TEST_CASE("a row of a record that the journal does not hold is not taken for the truth") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      (void)engine.start(sleeps, "a").value();
      snapshot(machine, engine);
    }
    std::string key;
    runtime::Row row;
    (void)machine.disk().scan(journal::Table::rows, {}, {}, [&](auto found, auto value) {
      key = found;
      row = runtime::decode_row(RunId::make(0, 1), value).value();
      return false;
    });
    row.position = machine.disk().ends(0).last + 1;
    machine.put(0, {{journal::Table::rows, key, runtime::encode_row(RunId::make(0, 1), row)}});
    auto engine = machine.open(registry()).value();
    const auto told = engine.describe("a");
    CHECK(told.code() == Code::corrupt);
    CHECK(engine.start(quick, "b").value().result().ok());
  }
}

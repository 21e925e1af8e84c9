// Many instances: evicted under a budget, or asleep on disk over a restart.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "journal/store_fixture.h"
#include "runtime/engine_core.h"
#include "support/asks.h"
#include "support/driven_engine.h"
#include "support/sim_engine.h"
#include "support/store_check.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

int doubled(int value) { return 2 * value; }

Workflow<int> patient(Context ctx, int base) {
  auto go = co_await ctx.signal<int>("go");
  auto twice = co_await ctx.step("double", doubled, go);
  co_return base + twice;
}
/// Starts a step where the other one waits.
Workflow<int> other_patient(Context ctx, int base) {
  co_return co_await ctx.step("double", doubled, base);
}
Workflow<int> timed(Context ctx) {
  co_return co_await ctx.step("double", {.timeout = 1h}, doubled, 1);
}
Workflow<int> at_once(Context) { co_return 1; }
Registry registry() {
  Registry workflows;
  workflows.add("at_once", at_once);
  workflows.add("patient", patient);
  workflows.add("timed", timed);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/scale") {
  TEST_CASE("instances at rest are evicted under the budget, and go on as if nothing had been") {
    Machine machine(5, 2);
    machine.options().memory_budget = 64u << 10;
    auto engine = machine.open(registry()).value();
    constexpr int count = 500;
    for (int i = 0; i < count; ++i) REQUIRE(engine.start(patient, fmt::format("{}", i), i).ok());
    for (int i = 0; i < 100; ++i) (void)engine.describe("0");
    CHECK(metric(engine, "reprise_instance_evictions_total") > count / 2);
    CHECK(metric(engine, "reprise_resident_bytes") < 2 * (64u << 10));
    for (int i = 0; i < count; ++i) {
      REQUIRE(engine.signal(fmt::format("{}", i), "go", 1).ok());
      REQUIRE(engine.find<int>(fmt::format("{}", i)).value().result().value() == i + 2);
    }
    CHECK(metric(engine, "reprise_instance_loads_total") > count / 2);
  }

  TEST_CASE("who waits for the result of an instance does not keep it in memory, and is answered") {
    Machine machine(5, 1);
    machine.options().memory_budget = 1;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(patient, "a", 3).value();
    int told = 0;
    run.on_result([&](const Result<int>& result) { told = result.value(); });
    settle(engine);
    REQUIRE(metric(engine, "reprise_resident_instances") == 0);
    REQUIRE(engine.signal("a", "go", 1).ok());
    CHECK(run.result().value() == 5);
    CHECK(told == 5);
  }

  TEST_CASE("a snapshot of hundreds that wait, made over many turns, holds each of them") {
    Machine machine(5, 1);
    constexpr int count = 500;
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < count; ++i) REQUIRE(engine.start(patient, fmt::format("{}", i), i).ok());
      engine.snapshot();
      settle(engine);
      REQUIRE(metric(engine, "reprise_snapshots_total") == 1);
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < count; ++i) {
      REQUIRE(engine.signal(fmt::format("{}", i), "go", 1).ok());
      REQUIRE(engine.find<int>(fmt::format("{}", i)).value().result().value() == i + 2);
    }
  }

  TEST_CASE("what has ended leaves memory once its row is durable, and is told of as before") {
    Machine machine(5, 1);
    constexpr int count = 100;
    constexpr int kept = 32;
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < count; ++i) {
        const auto id = fmt::format("{}", i);
        auto run = engine.start(patient, id, i).value();
        REQUIRE(engine.signal(id, "go", 1).ok());
        CHECK(run.result().value() == i + 2);
      }
      settle(engine);
      CHECK(metric(engine, "reprise_resident_instances") == kept);
      CHECK(metric(engine, "reprise_instance_loads_total") == 0);
      CHECK(metric(engine, "reprise_snapshots_total") == 0);
      CHECK(engine.find<int>("0").value().result().value() == 2);
      CHECK(engine.describe("0").value().status == InstanceStatus::completed);
      CHECK(engine.history("0").value().size() == 6);
      CHECK(engine.start(patient, "0", 0).value().result().value() == 2);  // The same run.
      CHECK(engine.start(patient, "0", 4).code() == Code::conflict);
      CHECK(engine.list({}).value().size() == count);
      CHECK(metric(engine, "reprise_instance_loads_total") == 1);
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    for (const int i : {0, count - 1}) {
      CHECK(engine.find<int>(fmt::format("{}", i)).value().result().value() == i + 2);
      CHECK(engine.history(fmt::format("{}", i)).value().size() == 6);
    }
  }

  TEST_CASE("however many end in a turn, those that wait to leave stay few") {
    Driven driven(registry(), 1, {});
    constexpr int rounds = 60;
    constexpr int each = 500;
    std::uint64_t most = 0;
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < each; ++i) {
        driven.ask(runtime::RequestKind::start, fmt::format("{}-{}", round, i), "at_once", "[]");
      }
      for (int i = 0; i < 4; ++i) driven.executor->step();
      most = std::max(most, metric_of(driven.core->metrics(), "reprise_resident_instances"));
    }
    MESSAGE("of ", rounds * each, " at most ", most, " at a time");
    CHECK(most < rounds * each / 2);
  }

  TEST_CASE("a timeout that is left of a run that has ended does not bring it back") {
    Machine machine(5, 1);
    auto engine = machine.open(registry()).value();
    const auto finish = [&](const std::string& id) {
      auto run = engine.start(timed, id).value();
      CHECK(run.result().value() == 2);
    };
    for (int i = 0; i < 100; ++i) finish(fmt::format("{}", i));
    settle(engine);
    REQUIRE(metric(engine, "reprise_resident_instances") == 32);
    machine.clock().advance(Nanos{7200} * 1'000'000'000);
    settle(engine);
    CHECK(metric(engine, "reprise_instance_loads_total") == 0);
    CHECK(metric(engine, "reprise_resident_instances") == 32);
  }

  TEST_CASE("what was marked leaves memory once it is terminated") {
    Machine machine(5, 1);
    constexpr int count = 100;
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < count; ++i) {
        REQUIRE(engine.start(patient, fmt::format("{}", i), i).ok());
      }
    }
    Registry other;
    other.add("patient", other_patient);
    auto engine = machine.open(other).value();
    for (int i = 0; i < count; ++i) {
      const auto id = fmt::format("{}", i);
      REQUIRE(engine.signal(id, "go", 1).ok());
      REQUIRE(engine.describe(id).value().paused == "mismatch");
      REQUIRE(engine.terminate(id, "its code is gone").ok());
      CHECK(engine.describe(id).value().paused.empty());
    }
    settle(engine);
    CHECK(metric(engine, "reprise_resident_instances") == 32);
  }

  TEST_CASE("a snapshot reads nothing of what has left memory since its row saw all") {
    Machine machine(5, 1);
    machine.options().memory_budget = 1;
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 100; ++i) REQUIRE(engine.start(patient, fmt::format("{}", i), i).ok());
    settle(engine);
    REQUIRE(metric(engine, "reprise_resident_instances") == 0);
    const auto loads = metric(engine, "reprise_instance_loads_total");
    engine.snapshot();
    settle(engine);
    CHECK(metric(engine, "reprise_snapshots_total") == 1);
    CHECK(metric(engine, "reprise_instance_loads_total") == loads);
  }

  TEST_CASE("what is looked at after its end leaves again") {
    Machine machine(5, 1);
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 200; ++i) (void)engine.start(timed, fmt::format("{}", i)).value().result();
    for (int i = 0; i < 200; ++i) {
      CHECK(engine.find<int>(fmt::format("{}", i)).value().result().value() == 2);
    }
    settle(engine);
    CHECK(metric(engine, "reprise_resident_instances") == 32);
  }

  TEST_CASE("an instance that ends while its body runs leaves when that returns") {
    Machine machine(5, 1);
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    REQUIRE(engine.start(patient, "a", 3).ok());
    REQUIRE(engine.signal("a", "go", 1).ok());
    settle(engine);
    REQUIRE(bodies.size() == 1);
    REQUIRE(engine.terminate("a", "enough").ok());
    for (int i = 0; i < 100; ++i) {
      REQUIRE(engine.start(patient, fmt::format("{}", i), i).ok());
      REQUIRE(engine.terminate(fmt::format("{}", i), "enough").ok());
    }
    settle(engine);
    CHECK(metric(engine, "reprise_resident_instances") == 33);
    bodies.release();
    settle(engine);
    CHECK(metric(engine, "reprise_resident_instances") == 32);
  }

  TEST_CASE("an instance whose body runs stays in memory, whatever the budget") {
    Machine machine(5, 1);
    machine.options().memory_budget = 1;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(patient, "a", 3).value();
    REQUIRE(engine.signal("a", "go", 1).ok());
    settle(engine);
    REQUIRE(bodies.size() == 1);
    CHECK(metric(engine, "reprise_resident_instances") == 1);
    bodies.release();
    CHECK(run.result().value() == 5);
    settle(engine);
    CHECK(metric(engine, "reprise_resident_instances") == 0);
  }

  TEST_CASE("100,000 waiting instances survive a restart, and the engine opens without them") {
    constexpr int count = 100'000;
    const journal::testing::TempFolder folder;
    EngineOptions options;
    options.path = folder / "store";
    options.log.level.reset();
    {
      auto core = runtime::EngineCore::open(options, registry()).value();
      std::atomic<int> started = 0;
      for (int i = 0; i < count; ++i) {
        runtime::Request request;
        request.kind = runtime::RequestKind::start;
        request.key = {"", fmt::format("{}", i)};
        request.name = "patient";
        request.payload = {Encoding::json, fmt::format("[{}]", i)};
        request.hash = hash64(request.payload.bytes);
        request.answer = [&](const Result<runtime::Reply>& reply) {
          started += reply.ok() ? 1 : 0;
        };
        core->submit(std::move(request));
      }
      while (started < count) std::this_thread::yield();
    }
    check_store(options.path);
    auto engine = Engine::open(options, registry()).value();
    CHECK(metric(engine, "reprise_resident_instances") == 0);
    CHECK(metric(engine, "reprise_instance_loads_total") == 0);
    for (int i = 0; i < count; i += 997) {
      REQUIRE(engine.signal(fmt::format("{}", i), "go", 1).ok());
      REQUIRE(engine.find<int>(fmt::format("{}", i)).value().result().value() == i + 2);
    }
    CHECK(metric(engine, "reprise_instance_loads_total") < 200);
    CHECK(engine.list({.limit = count + 1}).value().size() == count);
  }

  TEST_CASE("a backup taken while instances are started opens, and holds whole histories") {
    const journal::testing::TempFolder folder;
    EngineOptions options;
    options.path = folder / "store";
    options.log.level.reset();
    options.snapshot_every = 200;
    auto engine = Engine::open(options, registry()).value();
    std::atomic<bool> stop = false;
    std::thread caller([&] {
      for (int i = 0; !stop; ++i) {
        auto run = engine.start(patient, fmt::format("{}", i), i).value();
        if (i % 3 == 0) (void)engine.signal(fmt::format("{}", i), "go", 1);
      }
    });
    for (int copy = 0; copy < 10; ++copy) {
      CAPTURE(copy);
      const std::string path = folder / fmt::format("copy-{}", copy);
      const std::size_t before = engine.list({.limit = 1'000'000}).value().size();
      REQUIRE(engine.backup(path).ok());
      check_store(path);
      EngineOptions restored = options;
      restored.path = path;
      auto other = Engine::open(restored, registry());
      REQUIRE(other.ok());
      const auto listed = other->list({.limit = 1'000'000}).value();
      CHECK(listed.size() >= before);
      for (const auto& info : listed) REQUIRE(other->history({info.key.id}).ok());
    }
    stop = true;
    caller.join();
  }
}

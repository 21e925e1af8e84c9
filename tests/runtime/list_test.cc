// What `list` tells, in which order, of instances in memory and on disk.
#include <doctest/doctest.h>

#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

Workflow<int> waits(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
Workflow<int> other(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
Registry registry() {
  Registry workflows;
  workflows.add("waits", waits);
  workflows.add("other", other);
  return workflows;
}

std::string id_of(int i) { return fmt::format("id-{:03}", i); }

}  // namespace

TEST_SUITE("runtime/list") {
  TEST_CASE("the first in order of start, up to the limit, whether in memory or on disk") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{4}}) {
      CAPTURE(shards);
      Machine machine(3, shards);
      {
        auto engine = machine.open(registry()).value();
        for (int i = 0; i < 60; ++i) {
          (void)(i % 3 == 0 ? engine.start(other, id_of(i)) : engine.start(waits, id_of(i)))
              .value();
          machine.clock().advance(1'000'000);
        }
        engine.snapshot();
        for (int i = 0; i < 10; ++i) (void)engine.describe(id_of(0));
      }
      auto engine = machine.open(registry()).value();
      for (int i = 50; i < 60; ++i) REQUIRE(engine.signal(id_of(i), "go", i).ok());
      const auto first = engine.list({.limit = 10}).value();
      REQUIRE(first.size() == 10);
      for (int i = 0; i < 10; ++i) CHECK(first[static_cast<std::size_t>(i)].key.id == id_of(i));
      CHECK(engine.list().value().size() == 60);
      const auto completed = engine.list({.status = InstanceStatus::completed, .limit = 4}).value();
      REQUIRE(completed.size() == 4);
      CHECK(completed[0].key.id == id_of(50));
      const auto others = engine.list({.workflow = "other", .limit = 5}).value();
      REQUIRE(others.size() == 5);
      for (int i = 0; i < 5; ++i) CHECK(others[static_cast<std::size_t>(i)].key.id == id_of(3 * i));
      const Nanos from = engine.describe(id_of(20)).value().started;
      const Nanos until = engine.describe(id_of(23)).value().started;
      const auto window = engine.list({.started_from = from, .started_until = until}).value();
      REQUIRE(window.size() == 3);
      CHECK(window[2].key.id == id_of(22));
      CHECK(engine.list({.limit = 0}).value().empty());
    }
  }

  TEST_CASE("a page tells what came after the rows, and loads no instance that is not on it") {
    Machine machine(3, 1);
    machine.options().snapshot_every = 1'000'000;
    {
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < 30; ++i) REQUIRE(engine.start(waits, id_of(i)).ok());
      engine.snapshot();
      for (int i = 0; i < 10; ++i) (void)engine.describe(id_of(0));
      for (int i = 30; i < 60; ++i) REQUIRE(engine.start(waits, id_of(i)).ok());
      for (const int i : {1, 3, 40}) REQUIRE(engine.pause(id_of(i), "wait for Ann").ok());
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    const auto loads = [&] {
      const auto page = engine.metrics();
      const std::string name = "\nreprise_instance_loads_total ";
      return std::stoi(page.substr(page.find(name) + name.size()));
    };
    const int before = loads();
    const auto first = engine.list({.limit = 3}).value();
    REQUIRE(first.size() == 3);
    for (int i = 0; i < 3; ++i) CHECK(first[static_cast<std::size_t>(i)].key.id == id_of(i));
    CHECK(first[0].status == InstanceStatus::waiting);
    CHECK(first[1].status == InstanceStatus::paused);
    CHECK(loads() <= before + 3);
    const auto paused = engine.list({.status = InstanceStatus::paused}).value();
    REQUIRE(paused.size() == 3);
    CHECK(paused[2].key.id == id_of(40));
    const auto all = engine.list().value();
    REQUIRE(all.size() == 60);
    for (int i = 0; i < 60; ++i) CHECK(all[static_cast<std::size_t>(i)].key.id == id_of(i));
  }
}

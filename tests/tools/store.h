// A store on disk with a few instances in every state, made by an engine on simulated seams.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <reprise/reprise.h>

#include "support/driven_engine.h"
#include "support/store_check.h"
#include "tests/journal/damage.h"

namespace reprise::testing {

inline std::string charge(std::string card) { return "receipt of " + card; }
inline std::string refuse(std::string) {
  throw NamedFailure("NoMoney", "the card has none", false);
}
inline std::string slow(std::string) { throw std::runtime_error("busy"); }

inline Workflow<std::string> order(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card);
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_return receipt + ", " + shipped;
}
inline Workflow<std::string> poor(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", refuse, card);
  co_return receipt;
}

inline Registry shop() {
  Registry workflows;
  workflows.add("order", order);
  workflows.add("poor", poor);
  return workflows;
}

/// An engine on a real store, all else simulated: the same bytes each time.
inline Result<Engine> open_engine(const std::string& path, std::uint64_t snapshot_every = 100'000,
                                  const Registry& workflows = shop()) {
  auto store = journal::open_rocks_store({.path = path, .shards = 2, .store_id = {11, 12}});
  if (!store) return std::move(store).error();
  EngineOptions options;
  options.snapshot_every = snapshot_every;
  auto parts = test::simulated_parts(options, *std::move(store),
                                     std::make_shared<runtime::SimulatedClock>(), 7);
  return Engine::open(std::move(options), workflows, std::move(parts));
}

/// "done" completed, "open" waits for a signal, "poor" failed, "held" is paused, and there is an
/// "open" in the namespace "tenant" too.
inline void fill(const Engine& engine) {
  auto done = engine.start(order, "done", "card 1").value();
  REQUIRE(engine.signal("done", "shipped", std::string("DHL\x1b[31m")).ok());
  CHECK(done.result().ok());
  REQUIRE(engine.start(order, "open", "card 2").ok());
  REQUIRE(engine.start(order, {"tenant", "open"}, "card 3").ok());
  CHECK_FALSE(engine.start(poor, "poor", "card 4").value().result().ok());
  REQUIRE(engine.start(order, "held", "card 5").ok());
  REQUIRE(engine.pause("held", "wait for Ann").ok());
  // Every step that could run has run when nothing is left to wait for.
  CHECK(engine.find<std::string>("open").value().result(std::chrono::seconds(1)).code() ==
        Code::timed_out);
}

struct FilledStore {
  journal::testing::TempFolder folder;
  std::string path = folder / "store";

  explicit FilledStore(std::uint64_t snapshot_every = 100'000) {
    {
      auto engine = open_engine(path, snapshot_every).value();
      fill(engine);
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    test::check_store(path);
  }
};

}  // namespace reprise::testing

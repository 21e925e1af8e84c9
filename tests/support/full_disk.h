// A simulated machine whose disk can be full.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <reprise/options.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "support/faulty_store.h"

namespace reprise::test {

struct FullDisk {
  std::shared_ptr<runtime::SimulatedClock> clock = std::make_shared<runtime::SimulatedClock>();
  journal::testing::FaultyStore* store = nullptr;  ///< The open engine's.
  runtime::SimulatedExecutor* executor = nullptr;  ///< The open engine's.

  /// What an engine on this machine is opened with, besides `options`.
  runtime::Parts equip(EngineOptions& options, std::uint16_t shards) {
    options.clock = clock;
    options.random = std::make_shared<runtime::SeededRandom>(1);
    options.log.level.reset();
    runtime::Parts parts;
    auto faulty =
        std::make_unique<journal::testing::FaultyStore>(journal::make_memory_store(shards));
    store = faulty.get();
    parts.store = std::move(faulty);
    parts.runner = std::make_unique<runtime::SimulatedRunner>(1);
    auto simulated = std::make_unique<runtime::SimulatedExecutor>(*clock, 1);
    executor = simulated.get();
    parts.executor = std::move(simulated);
    return parts;
  }
  /// Runs all that can run without time passing.
  void settle() const {
    while (executor->step()) {
    }
  }
  void pass(std::chrono::nanoseconds time) const {
    (void)executor->wait([] { return false; }, clock->steady() + time.count());
  }
};

}  // namespace reprise::test

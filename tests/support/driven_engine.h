// Engines on simulated seams that a test drives by hand, a step at a time: requests come while
// commits are still on their way, the disk is full for a while, a second owner opens the journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <reprise/engine.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "support/faulty_store.h"
#include "support/store_check.h"

namespace reprise::test {

/// The seams of an engine on `store`, all drawn from `seed`. Those among the options are set there,
/// and nothing is logged.
inline runtime::Parts simulated_parts(EngineOptions& options, std::unique_ptr<journal::Store> store,
                                      std::shared_ptr<runtime::SimulatedClock> clock,
                                      std::uint64_t seed) {
  runtime::Parts parts;
  parts.store = std::move(store);
  parts.runner = std::make_unique<runtime::SimulatedRunner>(seed * 31);
  parts.executor = std::make_unique<runtime::SimulatedExecutor>(*clock, seed * 17);
  options.clock = std::move(clock);
  options.random = std::make_shared<runtime::SeededRandom>(seed);
  options.log.level.reset();
  return parts;
}

/// What one engine runs on, and outlives it. What the disk holds in the end is sound.
struct Rig {
  std::shared_ptr<journal::Store> disk;
  std::shared_ptr<runtime::SimulatedClock> clock = std::make_shared<runtime::SimulatedClock>();
  journal::testing::FaultyStore* store = nullptr;  ///< The engine's view of the disk.
  runtime::SimulatedExecutor* executor = nullptr;  ///< The engine's.

  explicit Rig(std::shared_ptr<journal::Store> on = journal::make_memory_store(1))
      : disk(std::move(on)) {}
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;
  ~Rig() { CHECK(findings_of(*disk) == ""); }

  /// What the one engine on it is opened with, beside `options`.
  runtime::Parts equip(EngineOptions& options, std::uint64_t seed = 1) {
    auto view = std::make_unique<journal::testing::FaultyStore>(disk);
    store = view.get();
    auto parts = simulated_parts(options, std::move(view), clock, seed);
    executor = static_cast<runtime::SimulatedExecutor*>(parts.executor.get());
    return parts;
  }
  Result<Engine> open(const Registry& workflows, EngineOptions options = {}) {
    auto parts = equip(options);
    return Engine::open(std::move(options), workflows, std::move(parts));
  }
  /// Runs all that can run without time passing.
  void settle() const {
    while (executor->step()) {
    }
  }
  void pass(std::chrono::nanoseconds time) const {
    runtime::Waiting here;
    (void)executor->wait(here, [] { return false; }, clock->steady() + time.count());
  }
};

inline runtime::Request request_for(runtime::RequestKind kind, std::string id,
                                    std::string name = {}, std::string payload = {}) {
  runtime::Request request;
  request.kind = kind;
  request.key = {"", std::move(id)};
  request.name = std::move(name);
  request.payload = {Encoding::json, std::move(payload)};
  request.hash = detail::hash_of(request.payload);
  return request;
}

/// An engine of which nothing is done until the test says so, or waits for an answer.
struct Driven : Rig {
  std::unique_ptr<runtime::EngineCore> core;

  Driven(const Registry& workflows, std::uint64_t seed, EngineOptions options = {},
         std::shared_ptr<journal::Store> on = journal::make_memory_store(1))
      : Rig(std::move(on)) {
    auto parts = equip(options, seed);
    core = runtime::EngineCore::open(std::move(options), workflows, std::move(parts)).value();
  }
  /// Waits for nothing. The answer goes to `reply` when there is one.
  void submit(runtime::Request request, Result<runtime::Reply>* reply = nullptr) const {
    request.answer = [reply](Result<runtime::Reply> given) {
      if (reply != nullptr) *reply = std::move(given);
    };
    core->submit(std::move(request));
  }
  void ask(runtime::RequestKind kind, std::string id, std::string name = {},
           std::string payload = {}, Result<runtime::Reply>* reply = nullptr) const {
    submit(request_for(kind, std::move(id), std::move(name), std::move(payload)), reply);
  }
  [[nodiscard]] Result<runtime::Reply> call(runtime::RequestKind kind, std::string id,
                                            std::string name = {}, std::string payload = {}) const {
    return core->call(request_for(kind, std::move(id), std::move(name), std::move(payload)),
                      std::nullopt);
  }
};

}  // namespace reprise::test

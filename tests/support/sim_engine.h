// One simulated machine for tests: a disk that survives, a clock, a seed, and engines on it.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reprise/reprise.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "support/held_bodies.h"
#include "support/store_check.h"
#include "tools/testing/crashing_store.h"
#include "tools/testing/on_disk.h"

namespace reprise::test {

using testing::CrashingStore;

class Machine {
 public:
  explicit Machine(std::uint64_t seed = 1, std::uint16_t shards = 1)
      : seed_(seed),
        clock_(std::make_shared<runtime::SimulatedClock>()),
        random_(std::make_shared<runtime::SeededRandom>(seed)),
        disk_(journal::make_memory_store(shards)),
        by_hand_(std::make_unique<CrashingStore>(disk_)) {
    options_.log.level.reset();  // Kills would fill stderr.
    options_.verify_replay_every = 1;
  }

  Machine(Machine&&) = default;
  /// What its disk holds in the end is sound, unless the test has written to it by itself.
  ~Machine() {
    if (disk_ && !by_hand_->written()) CHECK(findings_of(*disk_) == "");
  }

  /// A process on this machine. It dies after `records` more records, or lives.
  Result<Engine> open(const Registry& workflows, std::uint64_t records = CrashingStore::never) {
    EngineOptions options = options_;
    options.clock = clock_;
    options.random = random_;
    ++lives_;
    runtime::Parts parts;
    auto store = std::make_unique<CrashingStore>(disk_, records);
    store_ = store.get();
    parts.store = std::move(store);
    if (held_) {
      parts.runner = std::make_unique<HeldRunner>(held_);
    } else {
      parts.runner = std::make_unique<runtime::SimulatedRunner>(seed_ * 31 + lives_);
    }
    parts.executor = std::make_unique<runtime::SimulatedExecutor>(*clock_, seed_ * 17 + lives_);
    return Engine::open(std::move(options), workflows, std::move(parts));
  }

  /// Bodies of engines opened from now on wait here until the test lets them run.
  HeldBodies& hold_bodies() {
    held_ = std::make_shared<HeldBodies>();
    return *held_;
  }

  /// The process that was opened last dies here; destroy its engine next. Bodies it ran are gone.
  void kill() {
    store_->kill();
    if (held_) held_->forget();
  }

  /// The process that was opened last has died. REQUIRES: its engine is not destroyed yet.
  [[nodiscard]] bool crashed() const noexcept { return store_->crashed(); }

  /// The next reads of single keys by the process opened last fail, and the next scans of chunks.
  void fail_reads(int keys, int scans = 0) { store_->fail_reads(keys, scans); }
  /// How many of both it met. REQUIRES: its engine is not destroyed yet.
  [[nodiscard]] int failed_reads() const noexcept { return store_->failed_reads(); }

  /// A check of the engine opened last fails in its next read of a key, or backup.
  void fail_check() { store_->fail_check(); }

  /// Puts rows beside the journal of `shard`, as nobody else would: what damage leaves behind.
  void put(ShardId shard, std::vector<journal::Put> puts) {
    const auto ends = disk_->ends(shard);
    journal::ShardAppend append;
    append.shard = shard;
    append.epoch = ends.epoch;
    append.first = ends.last + 1;
    append.chain_after = ends.chain;
    append.puts = std::move(puts);
    (void)disk().append(std::span(&append, 1), true).value();
  }

  [[nodiscard]] EngineOptions& options() noexcept { return options_; }
  [[nodiscard]] runtime::SimulatedClock& clock() noexcept { return *clock_; }
  [[nodiscard]] journal::Store& disk() noexcept { return *by_hand_; }

  /// All records of all shards as one text, for byte comparison.
  [[nodiscard]] std::string journal_bytes() const {
    std::string all;
    for (ShardId shard = 0; shard < disk_->header().shards; ++shard) {
      const auto ends = disk_->ends(shard);
      (void)disk_->read(shard, ends.first, [&](Position position, Epoch, std::string_view body) {
        all += fmt::format("[{}:{}]", shard, position);
        all += body;
        return true;
      });
    }
    return all;
  }
  [[nodiscard]] std::uint64_t records() const { return testing::records_on(*disk_); }

 private:
  std::uint64_t seed_;
  std::uint64_t lives_ = 0;
  EngineOptions options_;
  std::shared_ptr<runtime::SimulatedClock> clock_;
  std::shared_ptr<runtime::SeededRandom> random_;
  std::shared_ptr<journal::Store> disk_;
  std::unique_ptr<CrashingStore> by_hand_;  ///< The tests' view of it.
  std::shared_ptr<HeldBodies> held_;
  CrashingStore* store_ = nullptr;
};

/// Calls `life(kill)` for kill = 0, 1, 2, … until it tells that its process met no kill any more.
/// Gives how many did.
template <class Life>
std::uint64_t each_kill(const Life& life) {
  for (std::uint64_t kill = 0;; ++kill) {
    CAPTURE(kill);
    REQUIRE(kill < 1000);
    if (life(kill)) return kill;
  }
}

/// The first of `start`0, `start`1, … that lives on `shard`.
inline std::string id_on(ShardId shard, std::string_view start, std::uint16_t shards = 2) {
  for (int i = 0;; ++i) {
    std::string id = fmt::format("{}{}", start, i);
    if (replay::shard_of({"", id}, shards) == shard) return id;
  }
}

/// Lets the engine do all that it can without time passing.
inline void settle(const Engine& engine) {
  for (int i = 0; i < 50; ++i) (void)engine.list();
}

/// Lets the engine do all that it can, and time pass up to `limit`: for a run that is not to end.
template <class T>
void pass(const Run<T>& run, std::chrono::nanoseconds limit) {
  (void)run.result(limit);
}
template <class T>
void settle(const Run<T>& run) {
  pass(run, std::chrono::milliseconds(1));
}

/// Takes part in nothing; registered by whoever calls pass(machine, …).
inline Workflow<int> idles(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

/// Lets time go by while the engine does what it does by itself: nobody asks for any run but
/// "idle".
inline void pass(Machine& machine, const Engine& engine, std::chrono::nanoseconds time) {
  const auto left = [&machine, until = machine.clock().steady() + time.count()] {
    return until - machine.clock().steady();
  };
  const auto idle = engine.start(idles, "idle");
  if (!idle) return;
  do {
    pass(*idle, std::chrono::nanoseconds(left()));
    // Where nothing is due any more nobody moves the clock.
    if (left() > 0) machine.clock().advance(std::min<Nanos>(left(), 60'000'000'000));
  } while (left() > 0);
  pass(*idle, std::chrono::nanoseconds(0));
}

}  // namespace reprise::test

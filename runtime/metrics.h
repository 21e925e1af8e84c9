// Counters and histograms of an engine, and their Prometheus text.
//
// Invariants:
// - A counter has one writer at a time: counting is a plain load and store, no lock prefix, and
//   nothing is allocated. Readers may be a moment behind.
// - Sums over shards are made when somebody asks.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reprise/error.h>

#include "replay/event.h"

namespace reprise::runtime {

class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept { set(value() + by); }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Whole numbers in buckets with upper bounds `1, 4, 16 …` times `first`; one more for the rest.
class Histogram {
 public:
  static constexpr std::size_t bounds = 12;
  explicit Histogram(std::uint64_t first) noexcept : first_(first) {}

  void add(std::uint64_t value) noexcept {
    std::size_t at = 0;
    for (std::uint64_t bound = first_; at < bounds && value > bound; bound *= 4) ++at;
    counts_[at].add();
    sum_.add(value);
  }
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
    return counts_[bucket].value();
  }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.value(); }

 private:
  std::uint64_t first_;
  std::array<Counter, bounds + 1> counts_;
  Counter sum_;
};

/// Written by the shard's thread.
struct ShardMetrics {
  std::array<Counter, 256> events;  ///< By EventKind.
  Counter steps_failed;
  Counter step_retries;
  Counter event_bytes;
  Counter turns;  ///< That had something to do.
  Counter messages_sent;
  Counter messages_received;
  Counter loads;
  Counter evictions;
  Counter snapshots;
  Counter paused_user;
  Counter paused_poison;
  Counter paused_mismatch;
  Counter paused_unregistered;
  Counter paused_undecodable;
  Counter paused_other;    ///< Damaged or unreadable history.
  Counter residents;       ///< Gauge.
  Counter timers;          ///< Gauge.
  Counter resident_bytes;  ///< Gauge, as of the last look at the memory budget.
  Histogram turn_events{1};
  Histogram timer_lateness{1'000};  ///< Nanoseconds.

  /// `lateness` counts for timer_fired only.
  void recorded(const replay::Event& event, std::size_t bytes) noexcept;
  /// Code stopped running here though the journal says open.
  void marked(Code code) noexcept;
};

/// Written by whoever commits; one at a time.
struct CommitMetrics {
  Counter commits;
  Counter keys;  ///< One for each shard that had records.
  Counter records;
  Counter bytes;
  Histogram latency{16'000};  ///< Nanoseconds.
  Histogram records_per_commit{1};
};

/// The whole page. `undurable` is in bytes; `blocked` counts the reports of CodeWatch.
std::string render(const std::vector<const ShardMetrics*>& shards, const CommitMetrics& commit,
                   std::size_t undurable, const Counter& blocked, bool failed);

}  // namespace reprise::runtime

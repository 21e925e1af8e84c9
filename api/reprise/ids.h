// The integers and names by which everything in a store is found.
//
// Invariants:
// - A RunId is never reused in a store; its upper 16 bits are its shard.
// - Run counter 0 of a shard is the shard itself: its events are "shard events".
// - Seq starts at 1 and is dense within a run. Position starts at 1 and is dense within a shard.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace reprise {

using ShardId = std::uint16_t;
/// Place of a record in its shard's journal, from 1. 0 = before the first.
using Position = std::uint64_t;
/// Place of an event in its run's history, from 1. 0 = before the first.
using Seq = std::uint64_t;
/// How often the store has been opened for writing. Every record carries its writer's epoch.
using Epoch = std::uint32_t;
/// Number of an operation within its run, in the order its command was issued, from 1.
using OpId = std::uint32_t;
/// Nanoseconds: since 1970-01-01 UTC for a point in time, else a duration.
using Nanos = std::int64_t;

/// One incarnation of a workflow instance, unique in the store for ever.
struct RunId {
  std::uint64_t value = 0;

  [[nodiscard]] static constexpr RunId make(ShardId shard, std::uint64_t counter) noexcept {
    return RunId{(std::uint64_t{shard} << 48) | counter};
  }
  /// The run that stands for the shard itself.
  [[nodiscard]] static constexpr RunId of_shard(ShardId shard) noexcept { return make(shard, 0); }
  [[nodiscard]] constexpr ShardId shard() const noexcept {
    return static_cast<ShardId>(value >> 48);
  }
  [[nodiscard]] constexpr std::uint64_t counter() const noexcept {
    return value & ((std::uint64_t{1} << 48) - 1);
  }
  [[nodiscard]] constexpr bool is_shard() const noexcept { return counter() == 0; }

  auto operator<=>(const RunId&) const = default;
};

/// What a caller names: an id within a namespace. Both ≤ 255 bytes, no NUL.
struct InstanceKey {
  std::string space;  ///< Namespace; "" is the default one.
  std::string id;

  auto operator<=>(const InstanceKey&) const = default;
};

}  // namespace reprise

template <>
struct std::hash<reprise::RunId> {
  std::size_t operator()(reprise::RunId run) const noexcept {
    // Fibonacci hashing: counters are dense, tables want spread bits.
    return static_cast<std::size_t>(run.value * 0x9E3779B97F4A7C15ULL);
  }
};

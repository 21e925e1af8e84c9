// What every store knows of its shards: where each journal ends, and what may be appended to it.
//
// Threads: safe to use from any thread.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include <reprise/result.h>

#include "journal/record.h"
#include "journal/store.h"

namespace reprise::journal {

class Shards {
 public:
  explicit Shards(std::uint16_t count) : ends_(count) {}

  [[nodiscard]] std::uint16_t count() const noexcept {
    return static_cast<std::uint16_t>(ends_.size());
  }
  /// REQUIRES: shard < count().
  [[nodiscard]] ShardEnds ends(ShardId shard) const;
  void set(ShardId shard, const ShardEnds& ends);

  /// Whether the group continues each shard's journal, by the frames' own fields; nothing is
  /// changed. Errors: fenced, invalid_argument.
  [[nodiscard]] Result<void> check(std::span<const ShardAppend> group) const;

  /// Moves the ends after a group that check() allowed and that is durable.
  void advance(std::span<const ShardAppend> group);

 private:
  mutable std::mutex mutex_;
  std::vector<ShardEnds> ends_;
};

/// Calls `sink` for each verified record of `bytes`, a key's value. `position` is that of the
/// first record and moves past each; `previous`, if set, is the chain head before it, and is set
/// to the head after each. False when the sink stopped. Errors: corrupt, newer_format.
Result<bool> read_records(std::string_view bytes, ShardId shard, Position& position,
                          std::optional<Hash128>& previous,
                          const std::function<bool(const RecordFrame&)>& sink);

}  // namespace reprise::journal

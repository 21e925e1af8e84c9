// The shard half of apply: what a shard knows from its events alone, instance states never read.
//
// Invariants:
// - state = fold(apply_shard, every event of the shard in journal order). Live and recovery call
//   the same function; nothing else changes a ShardState.
// - Bounded by work in flight, not by instances: waiting runs are not in it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>

#include "replay/event.h"
#include "replay/message.h"
#include "replay/names.h"

namespace reprise::replay {

struct Outbox {
  std::uint64_t first = 1;       ///< Number of messages.front().
  std::deque<Message> messages;  ///< Not yet acknowledged by the target shard.
  [[nodiscard]] std::uint64_t next() const noexcept { return first + messages.size(); }
};

struct ShardState {
  ShardId shard = 0;
  std::uint16_t shards = 1;
  Epoch epoch = 0;
  Seq seq = 0;             ///< Last seq of the shard's own events.
  std::uint64_t runs = 0;  ///< Highest run counter given.
  Nanos time = 0;          ///< Highest event time.
  Names names;
  std::map<ShardId, std::uint64_t> marks;  ///< Highest message recorded, per source shard.
  std::map<ShardId, Outbox> outboxes;      ///< Per target shard.
  /// Runs to look at after a restart: open step attempts, and an activation not ended (`more`).
  struct Ready {
    std::uint32_t attempts = 0;
    bool more = false;
  };
  std::unordered_map<RunId, Ready> ready;
};

/// Applies one event of `run` (the shard itself, or an instance of it).
void apply_shard(ShardState& state, RunId run, const Event& event);

/// Canonical bytes (equal states, equal bytes), and back. decode errors: corrupt, newer_format.
std::string encode(const ShardState& state);
Result<ShardState> decode_shard_state(std::string_view bytes);

}  // namespace reprise::replay

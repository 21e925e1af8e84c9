// Messages between runs: always outbox → inbox, also within one shard.
#pragma once

#include <cstdint>
#include <string>

#include <reprise/detail/command.h>
#include <reprise/ids.h>
#include <reprise/payload.h>

#include "replay/packed.h"

namespace reprise::replay {

enum class MessageKind : std::uint8_t {
  start_child = 1,         // name, key, payload, hash, from/from_op = parent
  child_started = 2,       // to = parent, to_op; from = child run
  child_start_failed = 3,  // to, to_op, outcome
  child_completed = 4,     // to, to_op, from, outcome
  signal = 5,              // name, key, payload, signal_id, from/from_op = sender
  signal_result = 6,       // to, to_op, outcome
  cancel = 7,              // key, to = run: parent closed or cancelled its child
  terminate = 8,           // key, to = run
};

/// Folded into the outbox of the sending shard; numbered per (source shard, target shard) from 1.
struct Message {
  MessageKind kind = MessageKind::signal;
  RunId from;
  OpId from_op = 0;
  RunId to;  ///< Zero when addressed by key.
  OpId to_op = 0;
  InstanceKey key;
  std::string name;
  std::uint64_t hash = 0;
  std::string signal_id;
  detail::ParentClose on_parent_close = detail::ParentClose::cancel;
  bool detached = false;
  std::uint32_t depth = 0;  ///< Nesting of children.
  bool failed = false;
  Payload payload;
  Packed packed;  ///< How `payload` is kept while in the outbox; a blob is of run `from`.
  Failure failure;
};

/// Which shard an instance lives on: normative, docs/format.md.
[[nodiscard]] ShardId shard_of(const InstanceKey& key, std::uint16_t shards) noexcept;

}  // namespace reprise::replay

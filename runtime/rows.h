// Keys and values of what a snapshot writes beside the journal. Widths: docs/format.md.
//
// Invariants:
// - A row's checksum covers its key and its position; damage is `corrupt`, of that instance only.
// - Row, chunk and index rows of one instance are one atomic put.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "journal/store.h"
#include "replay/instance_state.h"
#include "replay/shard_state.h"
#include "runtime/history_buffer.h"
#include "runtime/timer_queue.h"

namespace reprise::runtime {

struct Row {
  Position position = 0;  ///< Record that holds the last event the row has seen.
  replay::InstanceState state;
};

struct PositionRow {
  Position snapshot = 0;  ///< S
  Hash128 chain;          ///< Chain head at S.
  replay::ShardState state;
};

std::string row_key(RunId run);
std::string encode_row(RunId run, const Row& row);
Result<Row> decode_row(RunId run, std::string_view value);

/// Chunks of a run sort by first seq; the prefix of all of them is row_key(run).
std::string chunk_key(RunId run, Seq first);
std::string encode_chunk(RunId run, const HistoryBuffer& events);
/// Appends the chunk's events to `events`, whose last() + 1 must be the chunk's first seq.
Result<void> decode_chunk(std::string_view key, std::string_view value, HistoryBuffer& events);

/// The blob of a payload that event `seq` brought; prefix and order as of chunks.
std::string blob_key(RunId run, Seq seq);
/// REQUIRES: made by blob_key.
Seq seq_of_blob(std::string_view key);
struct Blob {
  std::string value;  ///< Sealed.
  Hash128 seal;       ///< What its value begins with, over key and bytes.
};
Blob encode_blob(RunId run, Seq seq, std::string_view bytes);
/// The bytes, within `value`. Errors: corrupt, also when its seal is not the one expected.
Result<std::string_view> decode_blob(RunId run, Seq seq, Hash128 seal, std::string_view value);

std::string id_key(const InstanceKey& key);
/// REQUIRES: made by id_key.
InstanceKey decode_id_key(std::string_view key);
std::string encode_run(RunId run);
std::optional<RunId> decode_run(std::string_view value);

/// What is left of a deleted run under its id.
struct Tombstone {
  RunId run;
  std::uint64_t input_hash = 0;
  std::uint32_t workflow = 0;  ///< Interned name.
  Nanos until = 0;
};
std::string encode_tombstone(const Tombstone& stone);
std::optional<Tombstone> decode_tombstone(std::string_view value);
/// Orders tombstones by the time they go; the value is the id's key.
std::string sweep_key(ShardId shard, Nanos until, RunId run);
std::pair<std::string, std::string> sweep_range(ShardId shard, Nanos until);

/// Due-ordered hint of an operation that waits for a time.
std::string timer_key(ShardId shard, const Timer& timer);
std::optional<Timer> decode_timer_key(std::string_view key);

/// Orders closed runs by the time they closed, for retention.
std::string closed_key(ShardId shard, Nanos closed, RunId run);
/// The run a closed_key names.
std::optional<RunId> decode_closed_key(std::string_view key);

std::string position_key(ShardId shard);
std::string encode_position(const PositionRow& row, std::string_view shard_state);
Result<PositionRow> decode_position(ShardId shard, std::string_view value);

}  // namespace reprise::runtime

// A record: what one shard turn decided, for all the runs it touched, framed and verified here.
//
// Frame (all integers little-endian; docs/format.md is normative):
//   u32 size of body | u32 crc? see format | u64 position | u32 epoch | u16 shard | … | body
// where body is a FlatBuffer (schemas/record.fbs) of segments: (run, first seq, events…).
//
// Invariants:
// - checksum = XXH3 over body, position, shard and epoch; chain = link of the previous head with it.
// - A frame that does not verify is an Error, never an assertion: bytes come from a disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/result.h>

namespace reprise::journal {

/// Collects the events of one turn. Reused from turn to turn (clear keeps memory).
class RecordBuilder {
 public:
  RecordBuilder();
  ~RecordBuilder();
  RecordBuilder(RecordBuilder&&) noexcept;
  RecordBuilder& operator=(RecordBuilder&&) noexcept;

  /// Adds one event. `bytes` are copied. Consecutive events of one run share a segment.
  void add(RunId run, Seq seq, std::string_view bytes);

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] std::size_t events() const noexcept;
  /// Bytes added so far: a lower bound of the frame's size.
  [[nodiscard]] std::size_t size() const noexcept;

  /// Appends the framed record to `out`, returns the chain head after it, and clears the builder.
  Hash128 finish(ShardId shard, Epoch epoch, Position position, Hash128 previous, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A record's frame, decoded and verified. Views point into the bytes given.
struct RecordFrame {
  ShardId shard = 0;
  Epoch epoch = 0;
  Position position = 0;
  Hash128 chain;           ///< Head after this record.
  std::string_view body;   ///< Verified FlatBuffer.
  std::size_t size = 0;    ///< Bytes of the whole frame.
};

/// Decodes and verifies the frame at the start of `bytes`. `previous` is the chain head before it.
/// Errors: corrupt. A frame longer than `bytes` is corrupt too; the caller knows if that is a tail.
Result<RecordFrame> read_frame(std::string_view bytes, ShardId shard, Position position,
                               Hash128 previous);

/// Calls `sink` for each event of a verified body, in order.
void for_each_event(std::string_view body,
                    const std::function<void(RunId, Seq, std::string_view)>& sink);

}  // namespace reprise::journal

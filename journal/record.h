// A record: what one shard turn decided, for all the runs it touched, framed and verified here.
//
// Frame: 48 bytes of fixed little-endian fields (journal/format.h; docs/format.md is normative),
// then the body, a FlatBuffer (schemas/record.fbs) of segments: (run, first seq, events…).
//
// Invariants:
// - A record's hash is XXH3-128 over size, shard, position, epoch, the chain head before it, and
//   body. Its low half is the stored checksum; the whole of it is the chain head after the record.
// - A frame that does not verify is an Error, never an assertion: bytes come from a disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  /// REQUIRES: not empty; size() below 1 GiB.
  Hash128 finish(ShardId shard, Epoch epoch, Position position, Hash128 previous, std::string& out);

  /// Drops what was added.
  void clear() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A record's frame, decoded and verified. Views point into the bytes given.
struct RecordFrame {
  ShardId shard = 0;
  Epoch epoch = 0;
  Position position = 0;
  std::uint32_t events = 0;
  Hash128 previous;       ///< Chain head before this record.
  Hash128 chain;          ///< Head after this record.
  std::string_view body;  ///< Verified: for_each_event cannot fail on it.
  std::size_t size = 0;   ///< Bytes of the whole frame.
};

/// Decodes and verifies the frame at the start of `bytes`. `previous` is the chain head before it;
/// without one the frame's own is taken (the first record read has nothing before it).
/// Errors: corrupt; newer_format for flags or a kind this build does not know. A frame longer than
/// `bytes` is corrupt too; the caller knows if that is a tail.
Result<RecordFrame> read_frame(std::string_view bytes, ShardId shard, Position position,
                               std::optional<Hash128> previous);

/// The fixed fields alone, nothing verified but that they and the body fit into `bytes`.
/// For checks of what this process framed itself.
std::optional<RecordFrame> peek_frame(std::string_view bytes);

/// Calls `sink` for each event of a verified body, in order.
void for_each_event(std::string_view body,
                    const std::function<void(RunId, Seq, std::string_view)>& sink);

/// Walks the events of a verified body without a call per event.
///   for (EventCursor at(body); at.next();) use(at.run(), at.seq(), at.bytes());
class EventCursor {
 public:
  explicit EventCursor(std::string_view body);

  /// Moves to the next event; false after the last one, or at the first malformed segment.
  bool next();

  [[nodiscard]] RunId run() const noexcept { return run_; }
  [[nodiscard]] Seq seq() const noexcept { return seq_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  /// True when every byte of the body was used and no segment was malformed. Ask after the end.
  [[nodiscard]] bool complete() const noexcept {
    return !malformed_ && left_ == 0 && index_.empty() && events_.empty();
  }

 private:
  std::string_view index_;
  std::string_view events_;
  std::string_view bytes_;
  RunId run_;
  Seq seq_ = 0;
  std::uint64_t left_ = 0;
  bool malformed_ = false;
};

}  // namespace reprise::journal

// The codec chain at the wall: large payloads are compressed and kept apart from their events.
//
// A payload above 1 KiB is compressed where that saves an eighth; what is then above 64 KiB becomes
// a blob, put in the commit group of its event, and the event holds a reference. It stays packed in
// histories, rows and outboxes; where it is used (code, callers, messages that leave) it is
// unpacked. Limits and argument hashes are taken before, of the plain bytes.
//
// Invariants:
// - A blob is written once, under the event that brought it, and deleted with its run.
// - A blob on its way to disk is read from memory.
//
// Threads: the shard's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reprise/options.h>

#include "journal/compression.h"
#include "journal/store.h"
#include "replay/event.h"
#include "replay/message.h"

namespace reprise::runtime {

inline constexpr std::size_t plain_size_max = 1u << 10;
inline constexpr std::size_t inline_size_max = 64u << 10;

class Packing {
 public:
  Packing(const journal::Store& store, Compression compression)
      : store_(store), compression_(compression) {}

  [[nodiscard]] static bool is_large(const replay::Event& event) noexcept {
    return event.payload.size() > plain_size_max;
  }

  /// Packs the payload of `event`, which is to be event `seq` of `run`; gives the blob to put with
  /// submission `ticket`, if it needs one. The payload may then point into this object, until the
  /// next call.
  std::optional<journal::Put> pack(replay::Event& event, RunId run, Seq seq, std::uint64_t ticket);

  /// Blobs up to `ticket` are in the store.
  void written(std::uint64_t ticket) {
    if (!writing_.empty()) {
      std::erase_if(writing_, [&](const auto& blob) { return blob.second.ticket <= ticket; });
    }
  }

  /// The plain bytes of what an event of `run` brought. Errors: corrupt (missing, damaged, or not
  /// of the size recorded), io_error.
  Result<std::string> unpack(RunId run, const replay::Packed& packed, std::string_view bytes);

  /// Whether unpack() would do it, without the memory for the plain bytes. Errors: as unpack().
  Result<void> check(RunId run, const replay::Packed& packed, std::string_view bytes);

  /// Makes a message that leaves its outbox plain. A payload that is damaged goes out as a failure,
  /// so that the messages behind it are not held up. Errors: io_error, it is not to be sent now.
  Result<void> unpack(replay::Message& message);

  /// All blobs of `run`, as they are stored. Errors: of the store.
  Result<std::map<Seq, std::string>> blobs(RunId run) const;

  /// Deletes of all blobs of `run`. Errors: of the store.
  Result<std::vector<journal::Put>> deletes(RunId run) const;

 private:
  struct Writing {
    std::uint64_t ticket = 0;
    std::string value;
  };
  Result<std::string> expand(const replay::Packed& packed, std::string_view bytes);
  /// What `packed` was made into: `bytes`, or its blob, which `kept` then holds.
  Result<std::string_view> stored(RunId run, const replay::Packed& packed, std::string_view bytes,
                                  std::optional<std::string>& kept) const;

  const journal::Store& store_;
  const Compression compression_;
  journal::Compressor compressor_;
  std::string compressed_;
  std::map<std::pair<RunId, Seq>, Writing> writing_;
};

}  // namespace reprise::runtime

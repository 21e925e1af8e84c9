// The anchor: what was durable, said outside the database, so that a loss inside it is noticed.
//
// A small file of two slots, written in turn; each slot is whole in itself and checksummed.
//
// Invariants:
// - A slot never claims more than is durable when it is written.
// - The newest whole slot counts, and is synced before the other one is touched: a process may
//   have been killed between writing a slot and syncing it, and whoever opens next still reads it.
//   Where a sync had failed the next may succeed and write nothing (docs/reliability.md): the slot
//   is then as durable as the system says, no more.
// - An orderly close writes both slots, so damage to either loses no claim.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/result.h>

#include "journal/file.h"
#include "journal/format.h"

namespace reprise::journal {

/// One shard's journal reached at least this far.
struct Claim {
  Position last = 0;
  Epoch epoch = 0;  ///< Of the record at `last`.
  Hash128 chain;    ///< Head after it.
  bool operator==(const Claim&) const = default;
};

/// The database's MANIFEST had this number and began with these bytes.
struct ManifestClaim {
  std::uint64_t number = 0;  ///< 0: nothing is claimed.
  std::uint64_t size = 0;
  std::uint64_t hash = 0;  ///< XXH3 of the first `size` bytes.
  bool operator==(const ManifestClaim&) const = default;
};

struct Anchor {
  std::uint64_t generation = 0;  ///< Counts writes.
  bool clean = false;            ///< Closed in an orderly way; the claims are exact.
  bool creating = false;         ///< The database was not complete yet.
  std::uint32_t format = format_version;
  std::uint64_t features = 0;
  std::uint64_t store_id[2] = {0, 0};
  ManifestClaim manifest;
  std::vector<Claim> shards;
};

class AnchorFile {
 public:
  /// Makes a new file with both slots, under another name first (docs/format.md, "Store"). The name
  /// lasts once its folder is synced. Errors: io_error, no_space.
  static Result<AnchorFile> create(Files& files, const std::string& path, Anchor anchor);
  /// Reads; changes nothing. `files` outlives it. Errors: not_found, corrupt (no whole slot),
  /// newer_format, io_error.
  static Result<AnchorFile> open(Files& files, const std::string& path);
  /// The same of a file that may not be written, also while somebody else writes it: one of its
  /// slots is whole then too.
  static Result<AnchorFile> read(Files& files, const std::string& path);

  [[nodiscard]] const Anchor& newest() const noexcept { return newest_; }
  /// One slot fails its checksum: the claims may be one renewal older than they could be.
  [[nodiscard]] bool slot_damaged() const noexcept { return slot_damaged_; }

  /// Writes the slot that is not the newest, durably. REQUIRES: not from read(); as many shards as
  /// before.
  /// Errors: io_error, no_space.
  Result<void> write(Anchor anchor);

 private:
  Files* files_ = nullptr;
  std::string path_;
  std::unique_ptr<File> file_;
  bool durable_ = false;  ///< What was found at the open is.
  Anchor newest_;
  std::size_t newest_slot_ = 0;
  bool slot_damaged_ = false;
};

/// The bytes of one slot, and back. Errors of decoding: corrupt, newer_format.
[[nodiscard]] std::string encode_anchor(const Anchor& anchor);
Result<Anchor> decode_anchor(std::string_view slot);

}  // namespace reprise::journal

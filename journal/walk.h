// A database folder's MANIFEST and write-ahead files, walked before RocksDB may open it.
//
// Invariants:
// - Nothing is changed, and nothing decided: here is only found what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reprise/result.h>

#include "journal/anchor.h"
#include "journal/file.h"
#include "journal/manifest.h"

namespace reprise::journal {

/// A write-ahead file's name, and what walking it found.
struct WalkedFile {
  std::string name;
  FramingScan scan;
};

/// Walked framing of the files that RocksDB reads at open.
struct Walk {
  std::uint64_t manifest = 0;  ///< Number.
  FramingScan manifest_scan;
  std::vector<WalkedFile> write_ahead;  ///< In order of their numbers.
  /// Names of two that hold the same writes, which none of our own files do. RocksDB would take
  /// them in twice, and asserts that nobody makes it do so.
  std::optional<std::pair<std::string, std::string>> repeated;

  [[nodiscard]] bool damaged() const;
  /// Bytes of write-ahead files that are torn or damaged.
  [[nodiscard]] std::uint64_t torn() const;
  /// The file to name in a refusal, and the byte where its whole records end. REQUIRES: one of the
  /// files is torn or damaged.
  [[nodiscard]] std::pair<std::string, std::uint64_t> first_damage() const;
};

/// Walks the files of `folder`; its MANIFEST must be as the anchor claims.
/// Errors: corrupt, missing_data, io_error.
Result<Walk> walk_files(Files& files, const std::string& folder,
                        const std::optional<Anchor>& anchor);

}  // namespace reprise::journal

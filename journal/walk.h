// A database folder's MANIFEST and write-ahead files, walked before RocksDB may open it.
//
// Invariants:
// - Nothing is changed, and nothing decided: here is only found what there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reprise/result.h>

#include "journal/anchor.h"
#include "journal/file.h"
#include "journal/guarded_env.h"
#include "journal/manifest.h"

namespace reprise::journal {

/// A write-ahead file's name, and what walking it found.
struct WalkedFile {
  std::string name;
  FramingScan scan;
};

/// Two files that our own never are beside each other: one of them was put there. RocksDB would
/// take writes in twice, or in another order, and asserts that nobody makes it do so.
struct Misplaced {
  enum class Kind : std::uint8_t {
    wrong_order,
    repeated,    ///< Both hold the same writes.
    went_apart,  ///< Both hold the same writes, then others, or damage.
  };
  std::string first;  ///< Whose writes are the older ones.
  std::string second;
  Kind kind = Kind::wrong_order;
  std::string copy;  ///< Of two that are repeated the one with which nothing can be lost, if known.
};

/// Walked framing of the files that RocksDB reads at open.
struct Walk {
  std::uint64_t manifest = 0;  ///< Number.
  FramingScan manifest_scan;
  std::vector<WalkedFile> write_ahead;  ///< In order of their numbers.
  std::optional<Misplaced> misplaced;

  [[nodiscard]] bool damaged() const;
  /// Bytes of write-ahead files that are torn or damaged.
  [[nodiscard]] std::uint64_t torn() const;
  /// The file to name in a refusal, and the byte where its whole records end. REQUIRES: one of the
  /// files is torn or damaged.
  [[nodiscard]] std::pair<std::string, std::uint64_t> first_damage() const;
};

/// How much is kept of each walked file when the last of `write_ahead` of which anything is kept is
/// that at `last_kept`: its whole records, and nothing of those behind it.
[[nodiscard]] Sizes kept_sizes(const Walk& walk, std::size_t last_kept);

/// Walks the files of `folder`; its MANIFEST must be as the anchor claims.
/// Errors: corrupt, missing_data, io_error.
Result<Walk> walk_files(Files& files, const std::string& folder,
                        const std::optional<Anchor>& anchor);
/// The same of files that were read before. REQUIRES: CURRENT and the MANIFEST it names are there.
Result<Walk> walk_contents(const Contents& contents, const std::string& folder,
                           const std::optional<Anchor>& anchor);

}  // namespace reprise::journal

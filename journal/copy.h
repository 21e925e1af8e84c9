// Copies of a store that nobody has open: a backup, and what can be had of a damaged one.
//
// Invariants:
// - The store copied from keeps every byte but its lock file's, whatever happens.
// - What is found under the new name is whole: it was copied, opened and checked before it got it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "journal/file.h"
#include "journal/store.h"

namespace reprise::journal {

/// Copies the store, as it was left, to `to`, where nothing may be, by way of `to`.partial, where
/// nothing may be either. Errors: invalid_argument (there is something, or `to` lies in the store),
/// store_unusable, store_locked, no_space, and those of open_rocks_store: a store
/// that does not open makes no backup.
Result<void> copy_store(const std::string& from, const std::string& to);

/// The name of a copy of the store at `from`: `to` without slashes at its end. Neither it nor
/// `to`.partial may be taken: what stands there is never removed. Errors: invalid_argument.
Result<std::string> copy_name(Files& files, const std::string& from, std::string to);

struct Repaired {
  /// Records that are known to have been there and are not in the copy: (kept, last] of a shard.
  struct Loss {
    ShardId shard = 0;
    Position kept = 0;
    Position last = 0;       ///< The higher of what the anchor claims and what was seen.
    Position claimed = 0;    ///< By the anchor; 0 without one.
    std::uint64_t seen = 0;  ///< Of them, those that stood whole behind the damage.
  };
  std::vector<Loss> losses;        ///< By shard.
  std::vector<GivenUp> given_up;   ///< Of the write-ahead files, in their order.
  std::uint64_t tail_dropped = 0;  ///< Bytes of an append that was cut off: no loss.
  bool anchor_lost = false;        ///< No anchor could be read: nothing says what is lost.
  bool anchor_aged = false;  ///< One slot could not be read: the claims may be a renewal too old.
  bool older = false;        ///< The database is an earlier one than the anchor speaks of.

  /// True when the copy is known to hold all that the store held.
  [[nodiscard]] bool whole() const noexcept {
    return losses.empty() && given_up.empty() && !anchor_lost && !older;
  }
};

/// The same, but the copy is opened with every loss accepted, and closed in order: it opens from
/// then on. Errors: as above; corrupt or missing_data when even that does not open it. Their
/// messages name files of `from`.
Result<Repaired> repair_store(const std::string& from, const std::string& to);

}  // namespace reprise::journal

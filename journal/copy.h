// Copies of a store that nobody has open: a backup, and what can be had of a damaged one.
//
// Invariants:
// - The store copied from keeps every byte but its lock file's, whatever happens.
// - What is found under the new name is whole: it was copied, opened and checked before it got it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "journal/store.h"

namespace reprise::journal {

/// Copies the store, as it was left, to `to`, where nothing may be. Errors: invalid_argument (there
/// is something), store_unusable, store_locked, no_space, and those of open_rocks_store: a store
/// that does not open makes no backup.
Result<void> copy_store(const std::string& from, const std::string& to);

struct Repaired {
  /// Records the anchor claims and nobody has: (kept, claimed] of a shard.
  struct Loss {
    ShardId shard = 0;
    Position kept = 0;
    Position claimed = 0;
  };
  std::vector<Loss> losses;
  bool anchor_lost = false;  ///< No anchor could be read: nothing says what is lost.
  OpenReport report;         ///< Of the open that accepted the loss.
};

/// The same, but the copy is opened with every loss accepted, and closed in order: it opens from
/// then on. Errors: as above; corrupt when even that does not open it.
Result<Repaired> repair_store(const std::string& from, const std::string& to);

}  // namespace reprise::journal

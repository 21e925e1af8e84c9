// Deletes finished runs when their time is up, and their tombstones after that.
//
// Invariants:
// - History, blobs, row, hints and id of a run go in the commit group of its run_deleted, all or
// none.
// - A tombstone keeps the id, the input hash and the workflow: a late duplicate of the start is
//   told apart from a new one until `EngineOptions::tombstone` has passed.
#pragma once

#include "runtime/core.h"

namespace reprise::runtime {

class Retention {
 public:
  explicit Retention(Core& core) : core_(core) {}

  /// A run has closed: sets the time at which it goes, if it does.
  void closed(const Resident& resident);
  /// That time has come (or seems so: asks the run again).
  void due(RunId run);
  /// Drops tombstones whose time is up. Cheap when it was done a moment ago.
  void sweep();

 private:
  void remove(Resident& resident);
  /// An unacknowledged message of the run has its payload in a blob.
  [[nodiscard]] bool sends_blob(RunId run) const;

  Core& core_;
  Nanos swept_ = 0;
};

}  // namespace reprise::runtime

// Deletes finished runs when their time is up, and their tombstones after that.
//
// Invariants:
// - History, blobs, row, hints and id of a run go in the commit group of its run_deleted, all or
//   none.
// - Until that is durable the run is in `Core::deleted`, and nobody finds it in the store.
// - A tombstone keeps the id, the input hash and the workflow: a late duplicate of the start is
//   told apart from a new one until `EngineOptions::tombstone` has passed.
#pragma once

#include <string>

#include "runtime/core.h"

namespace reprise::runtime {

class Retention {
 public:
  explicit Retention(Core& core) : core_(core) {}

  /// A run has closed: sets the time at which it goes, if it does.
  void closed(const Resident& resident);
  /// That time has come (or seems so: asks the run again).
  void due(RunId run);
  /// Finds runs and tombstones whose time is up in the store, a bounded number a turn. Cheap when
  /// it was done a moment ago.
  void sweep();

 private:
  /// Where a sweep over a range of the index goes on; "" when the next one starts from its front.
  struct Sweep {
    Nanos at = 0;
    std::string next;
  };
  /// True if it is time to look.
  [[nodiscard]] bool owed(const Sweep& sweep) const;
  void sweep_closed();
  void sweep_tombstones();
  /// `puts`: the deletes of its blobs.
  void remove(Resident& resident, std::vector<journal::Put> puts);
  /// An unacknowledged message of the run has its payload in a blob.
  [[nodiscard]] bool sends_blob(RunId run) const;

  Core& core_;
  Sweep closed_;
  Sweep tombstones_;
};

}  // namespace reprise::runtime

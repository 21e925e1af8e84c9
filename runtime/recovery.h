// Brings a shard back from its position row and the journal after it, without loading instances.
//
// Only runs on the ready list (open bodies, an activation cut off) are replayed at start, a bounded
// number per turn; everything else waits on disk until somebody needs it.
#pragma once

#include <deque>
#include <optional>

#include "runtime/activation.h"
#include "runtime/core.h"

namespace reprise::runtime {

class Recovery {
 public:
  Recovery(Core& core, Activation& activation) : core_(core), activation_(activation) {}

  /// Restores the shard and records epoch_opened. Errors: corrupt, unknown_kind, io_error.
  Result<void> open();

  /// Re-drives the next few runs of the ready list; false when it is empty.
  bool poll();

  /// True while an activation that was cut off may be unfinished: nothing may arrive at its run
  /// before, for what arrives is judged by the run's state.
  [[nodiscard]] bool finishing() const noexcept { return unfinished_ != 0; }

  /// Loads hints of far timers that come near. Cheap when it was done a moment ago.
  void refill_timers();
  /// Forgets timers of operations and bodies that have ended, and those that their hints tell of
  /// again in time: memory is taken by what is open, not by what was. Cheap when few are held.
  void thin_timers();
  /// When the first timer known only from its hint is due.
  [[nodiscard]] std::optional<Nanos> far_due() const noexcept { return far_; }

 private:
  [[nodiscard]] bool wanted(const Timer& timer) const;

  Core& core_;
  Activation& activation_;
  std::deque<RunId> ready_;     ///< Those with an activation that was cut off come first.
  std::size_t unfinished_ = 0;  ///< How many of those are left.
  std::optional<Nanos> far_;    ///< Due time of the first hint that is not in memory.
  Nanos timers_until_ = 0;      ///< Hints due before this are in memory.
};

}  // namespace reprise::runtime

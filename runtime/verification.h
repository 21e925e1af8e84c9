// Replays an instance beside its live code and compares: code that depends on more than its history
// is found while what it depended on can still be looked at.
//
// Invariants:
// - The second frame is fed from event 1. It starts no bodies, logs nothing, and does not stay.
// - Where only what the code watches differs, that is logged, and the run goes on.
#pragma once

#include "runtime/core.h"

namespace reprise::runtime {

/// When a comparison is asked for.
enum class Verify : std::uint8_t {
  due,  ///< After an activation: each of the first 64, then whenever history has grown by a tenth.
  now,  ///< At eviction and close, and after a query.
};

/// Compares, if the run is one of those to be compared (EngineOptions::verify_replay_every) and has
/// code in memory. Errors: mismatch, and those of feed().
Result<void> verify_replay(Core& core, Resident& resident, Verify when);

}  // namespace reprise::runtime

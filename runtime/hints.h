// What the index says of an instance beside its row: when its timers are due, when it closed.
//
// Invariants:
// - Hints change only in the atomic put of their instance's row, so they say what the row says. A
//   timer that fired since is found stale by whoever asks the instance.
#pragma once

#include <utility>
#include <vector>

#include "journal/store.h"
#include "replay/instance_state.h"

namespace reprise::runtime {

/// (due, operation) of what waits for a time; (closed, 0) for a closed run. Sorted.
using Hints = std::vector<std::pair<Nanos, OpId>>;

Hints hints_of(const replay::InstanceState& state);

/// Adds the puts that make the hints `before` of `run` those of `after`.
void add_changes(ShardId shard, RunId run, const Hints& before, const Hints& after,
                 std::vector<journal::Put>& puts);

}  // namespace reprise::runtime

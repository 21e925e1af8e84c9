// How an instance and its events are told to people: describe, list and history, from a fold.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <reprise/result.h>

#include "replay/decider.h"
#include "replay/instance_state.h"
#include "replay/names.h"

namespace reprise::runtime {

/// All but `waits`.
InstanceInfo tell(const replay::InstanceState& state, const replay::Names& names);

/// What the instance waits for, in order of the operations' ids.
std::vector<WaitInfo> tell_waits(const replay::InstanceState& state, const replay::Names& names);

/// One event of a history, its payload made plain by `unpack`. Errors: corrupt, unknown_kind, and
/// those of `unpack`.
Result<EventInfo> tell(Seq seq, std::string_view bytes, const replay::Names& names,
                       const replay::Unpack& unpack);

/// The first `limit` of what several shards listed, in order of start.
void first_started(std::vector<InstanceInfo>& listed, std::size_t limit);

[[nodiscard]] bool matches(const ListFilter& filter, const InstanceInfo& info);

}  // namespace reprise::runtime

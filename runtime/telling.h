// How an instance and its events are told to people: describe, list and history, from a fold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <reprise/options.h>

#include "replay/event.h"
#include "replay/instance_state.h"
#include "replay/names.h"

namespace reprise::runtime {

/// All but `waits`.
InstanceInfo tell(const replay::InstanceState& state, const replay::Names& names);

/// What the instance waits for, in order of the operations' ids.
std::vector<WaitInfo> tell_waits(const replay::InstanceState& state, const replay::Names& names);

/// One event of a history, all but its payload.
EventInfo tell(Seq seq, const replay::Event& event, const replay::Names& names);

/// Receives one event, and the bytes of its payload: `event` holds them unless they are too many.
/// Returns false to stop.
using EventSink = std::function<bool(EventInfo event, std::uint64_t payload_size)>;

/// The first `limit` of what several shards listed, in order of start.
void first_started(std::vector<InstanceInfo>& listed, std::size_t limit);

[[nodiscard]] bool matches(const ListFilter& filter, const InstanceInfo& info);

}  // namespace reprise::runtime

// A workflow with every kind of command, and what a replay of it comes to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reprise/registry.h>

#include "replay/decider.h"
#include "replay/names.h"

namespace reprise::fuzz {

/// The name of the workflow, which takes one std::int64_t.
inline constexpr auto workflow_name = "a";

/// The workflow, and that of its children.
const Registry& workflows();

/// A decider of the workflow, fed nothing.
std::unique_ptr<replay::Decider> fresh_decider(RunId run);

/// All events as they are fed.
std::vector<replay::HistoryEvent> events_of(const std::vector<std::string>& history,
                                            std::size_t from = 0);

/// Feeds the whole history to a fresh decider; says all that can be seen of it then. Its error or
/// mismatch is a good one, or this is a finding.
std::string replayed(RunId run, const std::vector<std::string>& history,
                     const replay::Names& names);

/// True if whoever reads a history gives it to a decider: it begins at its start, ends at its end,
/// and has nothing of a shard.
bool is_history(const std::vector<std::string>& history, const replay::Names& names);

}  // namespace reprise::fuzz

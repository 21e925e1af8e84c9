// Why an instance does not move: what each of its waits needs, what woke it last, and how often the
// bodies of its steps have run. From its history alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <reprise/options.h>

#include "replay/instance_state.h"
#include "replay/ledger.h"
#include "runtime/history_buffer.h"

namespace reprise::runtime {

/// One wait, and what ends it.
struct Need {
  WaitInfo wait;
  std::string text;  ///< What ends it, for a person: "a signal of that name".
  /// Step: failures that may still come, the last of which fails it for good; nothing: no limit.
  /// One that is not to be retried, or its total timeout, fails it at once.
  std::optional<std::uint32_t> failures_left;
};

struct Explanation {
  InstanceInfo info;
  /// What comes before any wait: a pause, a cancel under way, code that has not run yet. Or "".
  std::string first;
  std::vector<Need> needs;
  std::vector<EventInfo> woken;  ///< The last events that its code had something to do for: ≤ 3.
  std::map<OpId, replay::Effect> effects;
};

/// Its code had something to do for it, if it ran then.
[[nodiscard]] bool wakes(const replay::Event& event);

/// `info` as describe() tells it, `events` all of them. Errors: corrupt, unknown_kind.
Result<Explanation> explain(InstanceInfo info, const replay::InstanceState& state,
                            const HistoryBuffer& events, const replay::Names& names);

}  // namespace reprise::runtime

// The same facts for programs: one JSON object each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <reprise/options.h>

#include "runtime/explaining.h"
#include "tools/cli/events.h"

namespace reprise::cli {

/// The event that ended a run, and how many bytes its payload has. Of an open one: no payload and
/// no failure.
struct Ending {
  EventInfo event;
  std::uint64_t payload_size = 0;
};

/// One line, no line break. Times are RFC 3339 in UTC; a payload's value is inlined when it is
/// JSON, else given as base64. Bytes that are no UTF-8 are replaced. `reasons` are the events that
/// say why an instance was paused, cancelled or terminated, `ending` has its result or failure.
std::string to_json(const InstanceInfo& info, const std::vector<EventInfo>& reasons = {},
                    const Ending& ending = {});
/// A payload that is there, but not told, is given by its size alone.
std::string to_json(const ToldEvent& event);
/// With every body, those that ran once too.
std::string to_json(const runtime::Explanation& told);
/// One line, no line break, in ASCII. Bytes that are no UTF-8 are replaced.
std::string line_of(const nlohmann::ordered_json& json);
/// Its value, if it is JSON that is not nested beyond all use.
std::optional<nlohmann::ordered_json> json_of(const Payload& payload);
/// "once", "never", "1 to 3 times".
std::string ran_text(const replay::Effect& effect);

}  // namespace reprise::cli

// The same facts for programs: one JSON object each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <reprise/options.h>

namespace reprise::cli {

/// One line, no line break. Times are RFC 3339 in UTC; a payload's value is inlined when it is
/// JSON, else given as base64. Bytes that are no UTF-8 are replaced. `reasons` are the events that
/// say why an instance was paused, cancelled or terminated.
std::string to_json(const InstanceInfo& info, const std::vector<EventInfo>& reasons = {});
/// A payload of which `payload_size` bytes are there, but not told, is given by that number alone.
std::string to_json(const EventInfo& event, std::uint64_t payload_size);

}  // namespace reprise::cli

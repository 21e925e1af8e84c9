// The same facts for programs: one JSON object each.
#pragma once

#include <string>

#include <reprise/options.h>

namespace reprise::cli {

/// One line, no line break. Times are RFC 3339 in UTC; a payload's value is inlined when it is
/// JSON, else given as base64. Bytes that are no UTF-8 are replaced.
std::string to_json(const InstanceInfo& info);
std::string to_json(const EventInfo& event);

}  // namespace reprise::cli

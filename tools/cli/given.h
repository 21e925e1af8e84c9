// Reads what a person gave for an option. What it throws is told by CLI11, as `option: message`.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include <reprise/options.h>

#include "tools/cli/events.h"

namespace reprise::cli {

/// The statuses by their names in small letters.
std::string statuses_known(std::string_view between);
/// "waiting", in letters of any size.
InstanceStatus status_given(const std::string& option, const std::string& text);
/// A number from 1 up.
std::size_t count_given(const std::string& option, const std::string& text);
/// "step_completed", or "step" for all kinds that begin with it.
std::set<replay::EventKind> kinds_given(const std::string& option, const std::string& text);
/// An event's number, or a time.
Bound bound_given(const std::string& option, const std::string& text);

}  // namespace reprise::cli

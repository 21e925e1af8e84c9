#include "tools/cli/given.h"

#include <charconv>
#include <map>
#include <system_error>

#include "tools/cli/text.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

/// The statuses by their names in small letters.
const std::map<std::string, InstanceStatus>& statuses() {
  static const auto all = [] {
    std::map<std::string, InstanceStatus> found;
    for (int i = 0; i <= static_cast<int>(InstanceStatus::terminated); ++i) {
      const auto status = static_cast<InstanceStatus>(i);
      found[CLI::detail::to_lower(std::string(name(status)))] = status;
    }
    return found;
  }();
  return all;
}

}  // namespace

std::string statuses_known(std::string_view between) {
  std::string known;
  for (const auto& [one, status] : statuses()) {
    if (!known.empty()) known += between;
    known += one;
  }
  return known;
}

InstanceStatus status_given(const std::string& option, const std::string& text) {
  const auto found = statuses().find(CLI::detail::to_lower(text));
  if (found != statuses().end()) return found->second;
  throw CLI::ValidationError(option, fmt::format("there is no status \"{}\"; give one of {}",
                                                 shown(text, 60), statuses_known(", ")));
}

std::size_t count_given(const std::string& option, const std::string& text) {
  std::size_t count = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec == std::errc() && read.ptr == end && count != 0) return count;
  throw CLI::ValidationError(
      option, fmt::format("\"{}\" is not a count; give a number from 1 up", shown(text, 60)));
}

std::set<replay::EventKind> kinds_given(const std::string& option, const std::string& text) {
  auto found = kinds_named(text);
  if (!found.empty()) return found;
  throw CLI::ValidationError(
      option, fmt::format("no event is a \"{}\"; give a kind, as step_completed, or what several "
                          "begin with: workflow, step, timer, signal, child",
                          shown(text, 60)));
}

Bound bound_given(const std::string& option, const std::string& text) {
  if (const auto bound = bound_of(text)) return *bound;
  throw CLI::ValidationError(
      option, fmt::format("\"{}\" is neither an event's number nor a time; give 17, or UTC as "
                          "2026-11-14, 2026-11-14T22:13 or 2026-11-14T22:13:20.5",
                          shown(text, 60)));
}

}  // namespace reprise::cli

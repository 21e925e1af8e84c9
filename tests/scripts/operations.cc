#include "tests/scripts/operations.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

constexpr std::array<std::string_view, op_count + 1> names{
    "start",  "start_other", "start_signal", "signal_id", "signal_same_id", "signal_plain",
    "end",    "query",       "cancel",       "terminate", "pause",          "resume",
    "result", "watch",       "describe",     "list",      "history",        "snapshot",
    "moment", "timers",      "retention",    "tombstone", "restart",        "outcome"};

std::optional<Place> place_of(std::string_view text) {
  Place place;
  const auto plus = text.find('+');
  const auto op = op_of(text.substr(0, plus));
  if (!op) return std::nullopt;
  place.op = *op;
  if (plus == std::string_view::npos) return place;
  text.remove_prefix(plus + 1);
  const auto at = text.find('@');
  place.other = op_of(text.substr(0, at));
  if (!place.other || at == std::string_view::npos) return std::nullopt;
  const char* last = text.data() + text.size();
  const auto read = std::from_chars(text.data() + at + 1, last, place.polls);
  return read.ec == std::errc() && read.ptr == last ? std::optional(place) : std::nullopt;
}

}  // namespace

std::string_view name(Op op) { return names.at(static_cast<std::size_t>(op)); }

std::optional<Op> op_of(std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Op>(found - names.begin());
}

std::string to_text(const Script& script) {
  std::string text;
  for (const Place& place : script) {
    if (!text.empty()) text += ',';
    text += name(place.op);
    if (place.other) text += fmt::format("+{}@{}", name(*place.other), place.polls);
  }
  return text;
}

std::optional<Script> script_of(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto place = place_of(text.substr(0, comma));
    if (!place) return std::nullopt;
    script.push_back(*place);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return script;
}

}  // namespace reprise::scripts

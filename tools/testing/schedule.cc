#include "tools/testing/schedule.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace reprise::testing {
namespace {

constexpr std::string_view in_order = "in-order";

struct Kind {
  Way::Kind kind;
  std::string_view name;
  bool numbered;
};
constexpr Kind kinds[] = {
    {Way::Kind::body, "body", true},        {Way::Kind::after, "after", false},
    {Way::Kind::slow, "slow", false},       {Way::Kind::slowest, "slowest", false},
    {Way::Kind::late, "late", false},       {Way::Kind::latest, "latest", false},
    {Way::Kind::failed, "failed", false},   {Way::Kind::lost, "lost", false},
    {Way::Kind::refused, "refused", false}, {Way::Kind::signal, "signal", true},
    {Way::Kind::again, "again", true},      {Way::Kind::later, "later", false},
    {Way::Kind::last, "last", false},       {Way::Kind::down, "down", false},
};

std::string to_text(const Deviation& deviation) {
  if (const auto* crash = std::get_if<CrashPoint>(&deviation)) return testing::to_text(*crash);
  const auto& chosen = std::get<Chosen>(deviation);
  std::string text;
  for (const auto& [kind, name, numbered] : kinds) {
    if (kind != chosen.way.kind) continue;
    text = fmt::format("{}:{}", chosen.at, name);
    if (numbered) text += fmt::format("{}", chosen.way.n);
  }
  return text;
}

/// The number that `text` is, whole.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<Deviation> parse_deviation(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return parse_crash_point(text);
  const auto at = number(text.substr(0, colon));
  const auto way = text.substr(colon + 1);
  if (!at) return std::nullopt;
  for (const auto& [kind, name, numbered] : kinds) {
    if (!numbered && way == name) return Chosen{*at, {kind, 0}};
    if (!numbered || !way.starts_with(name)) continue;
    const auto n = number(way.substr(name.size()));
    if (!n || *n > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return Chosen{*at, {kind, static_cast<std::uint16_t>(*n)}};
  }
  return std::nullopt;
}

}  // namespace

std::string to_text(const Schedule& schedule) {
  if (schedule.empty()) return std::string(in_order);
  std::string text;
  for (const auto& deviation : schedule) {
    if (!text.empty()) text += '/';
    text += to_text(deviation);
  }
  return text;
}

std::optional<Schedule> parse_schedule(std::string_view text) {
  Schedule schedule;
  if (text == in_order) return schedule;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    const auto deviation = parse_deviation(text.substr(0, end));
    if (!deviation) return std::nullopt;
    schedule.push_back(*deviation);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return schedule;
}

std::size_t Choice::ways() const noexcept {
  const auto count = std::popcount(kinds) + std::popcount(signals) + std::popcount(repeats);
  return static_cast<std::size_t>(count) + (bodies > 1 ? bodies - 1u : 0u);
}

Way Choice::way(std::size_t i) const noexcept {
  const std::size_t others = bodies > 1 ? bodies - 1u : 0u;
  if (i < others) return {Way::Kind::body, static_cast<std::uint16_t>(i + 2)};
  i -= others;
  for (unsigned kind = 0; kind < 16; ++kind) {
    if ((kinds >> kind & 1u) != 0 && i-- == 0) return {static_cast<Way::Kind>(kind), 0};
  }
  for (unsigned n = 0; n < signals_max; ++n) {
    if ((signals >> n & 1u) != 0 && i-- == 0) {
      return {Way::Kind::signal, static_cast<std::uint16_t>(n + 1)};
    }
  }
  for (unsigned n = 0; n < signals_max; ++n) {
    if ((repeats >> n & 1u) != 0 && i-- == 0) {
      return {Way::Kind::again, static_cast<std::uint16_t>(n + 1)};
    }
  }
  return {};
}

bool Choice::has(Way wanted) const noexcept {
  for (std::size_t i = 0; i < ways(); ++i) {
    if (way(i) == wanted) return true;
  }
  return false;
}

}  // namespace reprise::testing

#include "tools/testing/crash_point.h"

#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace reprise::testing {
namespace {

constexpr std::pair<CrashPoint::Kind, std::string_view> kinds[] = {
    {CrashPoint::Kind::record, "record"},
    {CrashPoint::Kind::before, "before"},
    {CrashPoint::Kind::after, "after"},
};

}  // namespace

std::string to_text(const CrashPoint& point) {
  std::string text;
  for (const auto& [kind, name] : kinds) {
    if (kind == point.kind) text = fmt::format("{}{}", name, point.at);
  }
  return text;
}

std::optional<CrashPoint> parse_crash_point(std::string_view text) {
  for (const auto& [kind, name] : kinds) {
    if (!text.starts_with(name)) continue;
    CrashPoint point{kind, 0};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + name.size(), end, point.at);
    if (error == std::errc() && at == end) return point;
  }
  return std::nullopt;
}

}  // namespace reprise::testing

// Where a process dies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::testing {

struct CrashPoint {
  enum class Kind : std::uint8_t {
    record,  ///< When `at` records of its life are on disk.
    before,  ///< Just before its `at`-th effect (from 1).
    after,   ///< Just after it.
  };
  Kind kind = Kind::record;
  std::uint64_t at = 0;

  bool operator==(const CrashPoint&) const = default;
};

/// As "record7".
[[nodiscard]] std::string to_text(const CrashPoint& point);
[[nodiscard]] std::optional<CrashPoint> parse_crash_point(std::string_view text);

}  // namespace reprise::testing

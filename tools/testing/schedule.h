// What is otherwise in a case of explore, and what could be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/testing/crash_point.h"

namespace reprise::testing {

/// One way out of a choice that is not the one in order.
struct Way {
  enum class Kind : std::uint8_t {
    body,     ///< The `n`-th (from 2) body that could go on goes first.
    after,    ///< The body waits until nothing else can go on.
    slow,     ///< Until the next timer has fired.
    slowest,  ///< Until all have, or fifty.
    late,     ///< It does its work; its answer waits until the next timer has fired.
    latest,   ///< Until all have, or fifty.
    failed,   ///< It fails before its work.
    lost,     ///< It does its work; its answer is lost.
    refused,  ///< It fails for good.
    signal,   ///< The `n`-th signal (from 1) comes first.
    again,    ///< It comes a second time.
    later,    ///< The signals to come wait until the next timer has fired.
    last,     ///< Until all have, or fifty.
    down,     ///< The process is up again only when the next timer is due.
  };
  Kind kind = Kind::body;
  std::uint16_t n = 0;  ///< Of body, signal and again.

  bool operator==(const Way&) const = default;
};

/// The `at`-th choice of a case (from 1, over all its lives) goes that way.
struct Chosen {
  std::uint64_t at = 0;
  Way way;

  bool operator==(const Chosen&) const = default;
};

using Deviation = std::variant<Chosen, CrashPoint>;
/// In the order in which they happen.
using Schedule = std::vector<Deviation>;

/// As "3:lost/record7"; "in-order" without any.
[[nodiscard]] std::string to_text(const Schedule& schedule);
[[nodiscard]] std::optional<Schedule> parse_schedule(std::string_view text);

/// A choice that a case came to, and what it chooses from. Small: there are many.
struct Choice {
  std::uint64_t at = 0;
  std::uint64_t past = 0;     ///< A hash of all choices up to this one.
  std::uint16_t bodies = 0;   ///< That could go on.
  std::uint16_t kinds = 0;    ///< Of the ways without a number, a bit for each Way::Kind.
  std::uint32_t signals = 0;  ///< That could come, a bit for each.
  std::uint32_t repeats = 0;  ///< That could come a second time.

  void add(Way::Kind kind) noexcept {
    kinds = static_cast<std::uint16_t>(kinds | (1u << static_cast<unsigned>(kind)));
  }
  [[nodiscard]] std::size_t ways() const noexcept;
  /// REQUIRES: i < ways().
  [[nodiscard]] Way way(std::size_t i) const noexcept;
  [[nodiscard]] bool has(Way way) const noexcept;
};
inline constexpr std::size_t signals_max = 32;

}  // namespace reprise::testing

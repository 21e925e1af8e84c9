// Opens a damaged store the way everybody does, reads all of it, and judges what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/rot/damage.h"

namespace reprise::rot {

enum class Outcome : std::uint8_t {
  refused,      ///< With a coded error, and no byte was changed.
  whole,        ///< Opened, and all that was acknowledged was read.
  unreadable,   ///< Opened; some of it was answered with a coded error, the rest was read.
  torn,         ///< Opened with less than all that came behind the claim; told as a torn tail.
  cut,          ///< As torn, but a file ends where a record does: as if it had not come further.
  rolled_back,  ///< All of it is older: nothing in the folder can tell.
};
inline constexpr std::size_t outcomes = 6;
[[nodiscard]] std::string_view name(Outcome outcome);

struct Judgement {
  Outcome outcome = Outcome::refused;
  std::string answer;     ///< The first coded error, if there was one.
  std::string violation;  ///< Of the promises; empty: none.
};

/// How thoroughly what opened is looked at.
enum class Look : std::uint8_t {
  plain,
  /// Also the verifier's opinion, an orderly close, and a second open.
  twice,
  /// By a whole engine, which is asked for every instance.
  engine,
};

/// Puts the damaged `tree` into `folder`/damaged and judges it. What is there before goes.
[[nodiscard]] Judgement judge(const Sample& sample, const Damage& damage, const Tree& tree,
                              Look look, const std::string& folder);

}  // namespace reprise::rot

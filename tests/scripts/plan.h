// Which scripts there are: what is enumerated, one number each.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include "tests/scripts/run.h"

namespace reprise::scripts {

/// What the instance has been through when a script begins: nothing, just started, waiting for
/// "end", and finished.
inline constexpr std::array<std::string_view, 4> beginnings{"", "start", "start,timers",
                                                            "start,end,timers"};

struct Planned {
  Script script;
  std::size_t first = 0;  ///< Where it begins: the crashes before are those of other scripts.
};

/// All sequences of one to `length` operations, from each beginning.
class Sequences {
 public:
  explicit Sequences(std::size_t length);
  [[nodiscard]] std::size_t size() const noexcept { return size_ * beginnings.size(); }
  /// REQUIRES: index < size().
  [[nodiscard]] Planned at(std::size_t index) const;

 private:
  std::size_t size_ = 0;
};

/// All pairs of an operation and one of a second caller's that begins before the first has its
/// answer, from each beginning. When it begins, at() leaves open.
class Pairs {
 public:
  /// How often the first looks for its answer, at most, before the second begins.
  static constexpr unsigned polls_max = 12;

  [[nodiscard]] std::size_t size() const noexcept {
    return op_count * op_count * beginnings.size();
  }
  /// REQUIRES: index < size(). An empty script: there is no such pair.
  [[nodiscard]] Planned at(std::size_t index) const;
};

struct Judged {
  std::size_t scripts = 0;
  std::size_t crashes = 0;  ///< That took place.
  std::size_t calls = 0;
};

/// Told of each case, before it is run if `outcome` is null, and after.
using Visit =
    std::function<void(const Script&, const std::optional<Crash>&, const Outcome* outcome)>;

/// Runs a script without a crash and then with each; every `stride`-th of them.
Judged judge(const Planned& planned, std::uint64_t seed, const Visit& visit,
             std::size_t stride = 1);
/// The same for each moment at which the second caller may begin.
Judged judge_pair(const Planned& planned, std::uint64_t seed, const Visit& visit,
                  std::size_t stride = 1);

}  // namespace reprise::scripts

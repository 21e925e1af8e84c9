// One case of a crash matrix: lives that end at given points, one that goes on to the end, and
// what is wrong then.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/testing/crash_matrix.h>

#include "tools/testing/one_life.h"

namespace reprise::testing {

/// Where the processes of a case die, one after the other.
using CrashPath = std::vector<CrashPoint>;
/// As "record7/after1"; "no crash" without any.
[[nodiscard]] std::string to_text(const CrashPath& path);
[[nodiscard]] std::optional<CrashPath> parse_path(std::string_view text);

/// How a case came out.
struct Ending {
  std::string result;  ///< Its bytes, or "code: message" of what it failed with.
  bool failed = false;
  bool forgotten = false;  ///< It has ended, and nobody knows how: retention has let it go.
  std::set<Effect> effects;
  std::vector<std::string> found;  ///< What is wrong in itself: invariants, bodies run again.
  /// Of the last life, the one that was not killed: where another crash could have been.
  std::uint64_t records = 0;
  std::uint64_t calls = 0;
};

class CrashCase {
 public:
  /// All outlive it.
  CrashCase(const Registry& workflows, const MatrixOptions& options, const Live& live);

  /// Lives through it. `look`, if any, is shown the engine of the last life at its end.
  [[nodiscard]] Ending run(const CrashPath& path,
                           const std::function<void(TestEngine&)>& look = {}) const;
  /// What is wrong with `ending`, held against the one without a crash.
  [[nodiscard]] std::vector<std::string> judge(const Ending& ending, const Ending& plain) const;

 private:
  const Registry& workflows_;
  const MatrixOptions& options_;
  const Live& live_;
};

}  // namespace reprise::testing

// One case of explore: lives that go as a schedule says, and what is wrong then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <reprise/testing/explore.h>

#include "tools/testing/one_life.h"
#include "tools/testing/schedule.h"

namespace reprise::testing {

/// A case that is to be tried.
struct Plan {
  Schedule schedule;
  std::uint64_t past = 0;  ///< Choice::past of what it ends with, or 0.
};

/// How a case came out, and what else could have happened in it.
struct Explored {
  std::string result;  ///< As shown.
  std::vector<std::string> story;
  std::vector<std::string> found;
  std::uint64_t choices = 0;
  std::vector<Choice> open;  ///< Behind the last deviation.
  /// Of the last life: from the last deviation to the end.
  std::uint64_t records_from = 0;
  std::uint64_t records_to = 0;
  std::uint64_t calls_from = 0;
  std::uint64_t calls_to = 0;
};

class ExploreCase {
 public:
  /// All outlive it.
  ExploreCase(const Registry& workflows, const ExploreOptions& options, const Live& live)
      : workflows_(workflows), options_(options), live_(live) {}

  /// Any thread. `look`, if any, is shown the engine of the last life at its end.
  [[nodiscard]] Explored run(const Plan& plan,
                             const std::function<void(TestEngine&)>& look = {}) const;

 private:
  void check(TestEngine& engine, std::vector<std::string>& found) const;
  [[nodiscard]] Patience patience() const noexcept {
    return {options_.idles_max, options_.events_max};
  }

  const Registry& workflows_;
  const ExploreOptions& options_;
  const Live& live_;
};

}  // namespace reprise::testing

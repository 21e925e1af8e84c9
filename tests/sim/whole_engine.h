// A whole engine through all the lives of a plan, on one thread, and what must be true of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sim/plan.h"

namespace reprise::sim {

struct Outcome {
  std::string violation;     ///< "" when there was none.
  std::uint64_t digest = 0;  ///< Of the journal it left, and of all records before that.
  std::uint64_t records = 0;
  std::uint64_t deaths = 0;  ///< Lives that did not end in order.
};

/// Safety in every life: what was acknowledged stands, no record changes, no step that had
/// completed runs again, no answer is one it may not give. Liveness in the last: all runs end as
/// `interpret` says.
Outcome simulate(const Plan& plan);

/// Twice: the second time must leave the same journal.
Outcome simulate_twice(const Plan& plan);

/// The smallest plan found, within so many runs, that has the same kind of violation.
Plan minimized(Plan plan, std::string_view violation, std::uint64_t runs_max);

}  // namespace reprise::sim

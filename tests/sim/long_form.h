// Whole simulations for as long as there is time, from one seed to the next.
#pragma once

#include <cstdint>

#include "tests/sim/plan.h"

namespace reprise::sim {

/// On two threads. Prints its progress, a line for each violation with the plan, made smaller,
/// that runs it again, and how many seeds were run. 0 when there was no violation.
int run_for(double minutes, std::uint64_t seed);

/// Runs it twice and tells what became of it. 0 when there was no violation.
int run_plan(const Plan& plan);

}  // namespace reprise::sim

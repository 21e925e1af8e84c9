// What lies outside of the simulated engines and outlives them: clock, bodies that ran, tokens.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "runtime/simulation.h"

namespace reprise::sim {

struct Outside {
  runtime::SimulatedClock clock;
  std::set<std::string> bodies;       ///< Idempotency keys of those that ran in this life.
  std::map<std::string, int> tokens;  ///< Handed out, and what to complete them with.
  std::string broken;                 ///< A promise that workflow code or a body saw broken.
};

/// Of the simulation that runs on this thread.
inline thread_local Outside* current_outside = nullptr;

}  // namespace reprise::sim

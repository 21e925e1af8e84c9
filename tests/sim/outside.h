// What lies outside of the simulated engines and outlives them: clock, bodies that ran, tokens.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "runtime/simulation.h"

namespace reprise::sim {

struct Outside {
  runtime::SimulatedClock clock;
  std::set<std::string> completed;  ///< Steps of which the disk had it when the process began.
  std::set<std::pair<std::string, std::uint32_t>> begun;  ///< Bodies: step and attempt.
  std::uint32_t lives = 0;                                ///< Processes so far.
  std::map<std::string, int> tokens;  ///< Handed out, and what to complete them with.
  std::string broken;                 ///< A promise that workflow code or a body saw broken.
};

/// Of the simulation that runs on this thread.
inline thread_local Outside* current_outside = nullptr;

}  // namespace reprise::sim

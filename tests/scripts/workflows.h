// The instance that scripts are about, and what its bodies did to the world.
//
// It steps, sleeps, collects the signals "go" until none has come for 30 s, has a child, waits for
// "end", collects what "go" came meanwhile, and tells all it has taken. A cancel is answered by a
// step behind a shield.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <reprise/reprise.h>

namespace reprise::scripts {

/// What outlives the processes of one run. A thread has one at a time.
struct World {
  std::set<std::string> completed;  ///< Steps of which the disk had it when the process began.
  std::map<std::string, std::set<std::uint32_t>> bodies;  ///< Attempts of each step that were run.
  std::uint64_t dropped_run = 0;                          ///< Of it, an end was acknowledged:
  bool terminated = false;                                ///< not only a cancel.
  std::vector<std::string> violations;
};

/// Bodies run on this thread tell this one.
void set_world(World* world);

Registry workflows();
Workflow<std::string> collect(Context ctx, int input);
/// What it returns after it took these signals.
std::string result_of(int input, const std::string& taken);

}  // namespace reprise::scripts

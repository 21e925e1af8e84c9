// What the scenarios share: a kill at each record, and engines that are left to themselves.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <doctest/doctest.h>
#include <reprise/reprise.h>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace reprise::test {

/// Calls `life(kill)` for kill = 0, 1, 2, … until it tells that its process met no kill any more.
/// Gives how many did.
template <class Life>
std::uint64_t each_kill(const Life& life) {
  for (std::uint64_t kill = 0;; ++kill) {
    CAPTURE(kill);
    REQUIRE(kill < 1000);
    if (life(kill)) return kill;
  }
}

}  // namespace reprise::test

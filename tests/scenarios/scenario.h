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

/// Takes part in nothing; registered by whoever calls pass().
inline Workflow<int> idles(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

/// Lets time go by while the engine does what it does by itself: nobody asks for any run but
/// "idle".
inline void pass(Machine& machine, const Engine& engine, std::chrono::nanoseconds time) {
  const auto left = [&machine, until = machine.clock().steady() + time.count()] {
    return until - machine.clock().steady();
  };
  const auto idle = engine.start(idles, "idle");
  if (!idle) return;
  do {
    (void)idle->result(std::chrono::nanoseconds(left()));
    // Where nothing is due any more nobody moves the clock.
    if (left() > 0) machine.clock().advance(std::min<Nanos>(left(), 60'000'000'000));
  } while (left() > 0);
  (void)idle->result(std::chrono::nanoseconds(0));
}

}  // namespace reprise::test

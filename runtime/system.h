// The real clock and the real randomness.
#pragma once

#include <memory>

#include <reprise/clock.h>
#include <reprise/random.h>

namespace reprise::runtime {

std::shared_ptr<Clock> system_clock();
/// Seeded once from the operating system; safe from any thread.
std::shared_ptr<Random> system_random();

}  // namespace reprise::runtime

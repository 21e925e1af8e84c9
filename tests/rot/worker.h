// Judging in a process of its own, because what is judged may take it down.
//
// The process shares a page with the one that watches it: what it is about to judge, and how much
// it has judged. One that dies or hangs is a violation, and the next one goes on behind its case.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "tests/rot/judge.h"
#include "tests/rot/plan.h"

namespace reprise::rot {

/// Of the bits of the first seed's small, or of its large files: how many were flipped.
struct Share {
  std::uint64_t done = 0;
  /// That there are. A file that is made again may be a few bytes longer.
  std::uint64_t of = 0;
  bool all = true;  ///< Whoever has a part in them is through with it.
};

struct Counts {
  std::uint64_t flips = 0;
  std::uint64_t others = 0;   ///< Edits that are no single flip.
  std::uint64_t engines = 0;  ///< Of both: opened by a whole engine.
  std::array<Share, 2> first{};
  std::array<std::uint64_t, outcomes> by_outcome{};

  Counts& operator+=(const Counts& other);
};

/// What lies in the shared page.
struct Shared {
  std::atomic<std::uint64_t> number;  ///< Of the case that is judged, from 1.
  std::array<char, 512> arguments;    ///< That run it again.
  std::atomic<std::uint64_t> flips;
  std::atomic<std::uint64_t> others;
  std::atomic<std::uint64_t> engines;
  std::array<std::atomic<std::uint64_t>, 2> first_done;
  std::array<std::atomic<std::uint64_t>, 2> first_of;
  std::array<std::atomic<bool>, 2> first_all;
  std::array<std::atomic<std::uint64_t>, outcomes> by_outcome;
};

struct Work {
  Plan plan;
  std::uint64_t after = 0;     ///< Cases up to this number were judged before.
  std::int64_t until_ms = -1;  ///< Wall time at which to stop; -1: never.
  std::string folder;          ///< The worker's own: the shared page, violations, stores.
};

/// Arguments of this program that make it a worker, and back; what follows "--worker".
[[nodiscard]] std::vector<std::string> to_words(const Work& work);
[[nodiscard]] Work work_from(const std::vector<std::string>& words);

/// The shared page of a worker's folder, made when it is not there. Never unmapped.
[[nodiscard]] Shared& shared_in(const std::string& folder);
/// Violations are appended here, a line each.
[[nodiscard]] std::string violations_in(const std::string& folder);

/// Judges until the plan or the time ends.
int work(const Work& work);

/// How to run a case again.
[[nodiscard]] std::string arguments_of(const Sample& sample, const Damage& damage);

}  // namespace reprise::rot

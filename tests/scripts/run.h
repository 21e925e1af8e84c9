// One script on one machine, with one crash or none, judged.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scripts/operations.h"

namespace reprise::scripts {

/// Where the process dies.
struct Crash {
  enum class Kind : std::uint8_t {
    before_record,  ///< `at` records are on disk, and the next one does not get there.
    after_record,   ///< `at` records are on disk, and nobody was told of the last.
    after_write,    ///< So many writes without a record were made, and nobody was told of the last.
    before_place,   ///< Between the calls: before place `at` of the script and its ending, from 0.
  };
  Kind kind = Kind::before_record;
  std::uint64_t at = 0;
};
/// "12", "12+", "5w", "@3"
std::string to_text(const Crash& crash);
std::optional<Crash> crash_of(std::string_view text);

struct Outcome {
  std::string violation;
  std::vector<std::uint64_t> records;  ///< On disk before each place, and in the end.
  std::vector<std::uint64_t> writes;   ///< Made without a record, likewise.
  std::size_t calls = 0;
  bool died = false;   ///< The crash took place.
  bool alone = false;  ///< A second caller had no time to call.
  std::string trace;   ///< What the client saw, if asked for.
};

struct RunOptions {
  std::uint64_t seed = 1;  ///< Of the order in which the engine's parts get their turns.
  bool trace = false;
};
Outcome run(const Script& script, std::optional<Crash> crash = std::nullopt,
            RunOptions options = {});

/// All crashes of a script that a run without one has been through, from place `first` on.
std::vector<Crash> crashes_of(const Outcome& whole, std::size_t first);

}  // namespace reprise::scripts

// One whole simulation as plain data: drawn from a seed, written as JSON, made smaller.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/program.h"

namespace reprise::sim {

/// What happens outside of an engine while it works, just before a body runs.
struct Event {
  enum class Kind : std::uint8_t {
    jump,      ///< The wall clock alone goes by so many milliseconds, either way.
    stall,     ///< The process stood still for so many milliseconds.
    full,      ///< The disk is full for so many milliseconds.
    pause,     ///< Somebody pauses the root, and resumes it after so many milliseconds.
    snapshot,  ///< Somebody asks for one.
  };
  Kind kind = Kind::jump;
  std::uint64_t body = 1;  ///< The so-many-th body of the life, from 1.
  std::int64_t millis = 0;
};

/// One process. Behind those of a plan comes one that meets no fault, and lives.
struct Life {
  enum class Append : std::uint8_t { good, before, after, torn };  ///< As FaultyStore::Fault.
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t records = never;  ///< It dies after so many of its own.
  Append append = Append::good;   ///< Becomes of one append: the store stops then.
  std::uint64_t append_at = 1;
  std::uint64_t rounds = 1;  ///< Of its host; then it is shut down, if it has not died.
  bool slow_bodies = false;
  bool unregistered = false;  ///< The workflow of programs is not in its registry.
  std::vector<Event> events;
};

struct Plan {
  std::uint64_t seed = 1;
  std::uint16_t shards = 1;
  std::uint64_t snapshot_every = 100'000;
  bool evicts = false;  ///< Keeps no instance in memory that it does not use.
  Program program;
  std::vector<Life> lives;
};

Plan draw_plan(std::uint64_t seed);

[[nodiscard]] std::string to_text(const Plan& plan);
std::optional<Plan> plan_from(std::string_view text);

/// Plans that leave something out of `plan`, those first that leave out most.
std::vector<Plan> smaller(const Plan& plan);

}  // namespace reprise::sim

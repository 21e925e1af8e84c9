// Behaviour of the engine that can change which commands the same code issues, by number.
//
// A run keeps the behaviour it was started with: its first event records the flags, and whoever
// changes such behaviour adds a flag here, asks for it where old and new part, and keeps both.
//
// Invariants:
// - A number is never reused, also when the last history that has it is gone.
// - A run with a flag that this build does not know is refused (newer_format), never guessed at.
#pragma once

#include <cstdint>

namespace reprise::replay {

/// All flags this build knows, one bit each; new runs get them all. None so far: what format
/// version 1 began with needs no flag.
inline constexpr std::uint64_t known_flags = 0;

}  // namespace reprise::replay

// What the command exits with: a few numbers that scripts can rely on, those of <sysexits.h> where
// it could not be done.
#pragma once

#include <reprise/error.h>

namespace reprise::cli::exits {

inline constexpr int done = 0;
/// It was done, and what it looked for is there: a difference, damage, a loss.
inline constexpr int found = 1;
inline constexpr int usage = 64;        ///< The arguments are wrong.
inline constexpr int data = 65;         ///< What was read can't be used.
inline constexpr int no_input = 66;     ///< It is not there.
inline constexpr int unavailable = 69;  ///< It is there, and somebody else's for now.
inline constexpr int software = 70;     ///< This program, or the code it was to run, is at fault.
inline constexpr int no_room = 73;      ///< The output can't be made.
inline constexpr int io = 74;           ///< The operating system refused to read or write.
inline constexpr int later = 75;        ///< It may well go if it is tried again.
inline constexpr int config = 78;       ///< The program was not built for this.

/// What a failure with this code exits with. A number that is no code: `software`.
[[nodiscard]] int of(Code code) noexcept;

}  // namespace reprise::cli::exits

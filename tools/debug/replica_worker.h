// What runs in a replica's process.
#pragma once

#include "tools/debug/replica.h"

namespace reprise::debug {

/// Replays, stands still where it is told to, and answers on `socket` until the other end is
/// gone; then the process ends, and also when process `holder` does, its parent: code may be busy
/// for ever. It is a fork of one that has nothing else to do.
[[noreturn]] void work(int socket, const Program& program, ::pid_t holder);

}  // namespace reprise::debug

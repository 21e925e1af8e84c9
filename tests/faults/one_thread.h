// RocksDB's background work on the caller's thread: what RocksDB schedules waits here, and runs
// when the caller would block on a condition variable, because then only that work can wake it.
//
// So a database is driven by one thread, and the same calls lead to the same operations in the
// same order.
#pragma once

#include <cstddef>

namespace reprise::faults {

struct Job {
  void (*run)(void*) = nullptr;
  void* argument = nullptr;
  void* tag = nullptr;
  void (*drop)(void*) = nullptr;
};

/// Of this thread.
void schedule(Job job);
/// Drops the jobs with this tag, and says how many there were.
int unschedule(void* tag);
/// Runs the oldest job of this thread; false when there is none.
bool run_job();

}  // namespace reprise::faults

// What a stretch of work cost the whole process: time, processor, writes, syncs, memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::bench {

/// Counts since the process began; differences of two are what lies between.
struct Cost {
  double seconds = 0;       ///< Steady clock.
  double cpu_seconds = 0;   ///< User and system, all threads.
  std::uint64_t bytes = 0;  ///< Given to write calls: log, data files, all.
  std::uint64_t syncs = 0;  ///< fsync, fdatasync, sync_file_range that waits.

  Cost operator-(const Cost& before) const noexcept;
};
Cost cost_so_far();

/// Steady time in seconds.
double now();
/// Resident memory in bytes, now, and the highest since the process began.
std::uint64_t resident_bytes();
std::uint64_t peak_bytes();
/// Bytes of all files below a folder.
std::uint64_t disk_bytes(const std::string& folder);

/// The value of a metric without labels in a Prometheus page; throws if it is not there.
double metric(const std::string& page, const std::string& name);

/// The value below which `share` of `values` lies; sorts them. 0 of none.
double percentile(std::vector<double>& values, double share);

}  // namespace reprise::bench

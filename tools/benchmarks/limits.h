// What the disk and RocksDB give without an engine above: the limits that workloads are held
// against, with the settings the engine's own store opens RocksDB with.
#pragma once

#include <cstdint>
#include <string>

namespace reprise::bench {

struct SyncedPuts {
  double per_second = 0;   ///< Commits, each synced.
  double p50_seconds = 0;  ///< Of one commit.
};

/// Commits one after another for `seconds`: each writes `bytes` under `keys` keys of the journal's
/// family, in one synced batch.
SyncedPuts synced_puts(const std::string& folder, double seconds, std::size_t bytes,
                       std::size_t keys);

/// Commits a second of a plain file: `bytes` appended, then synced.
double synced_writes(const std::string& folder, double seconds, std::size_t bytes);

/// Seconds that reading the files of a folder takes, one after another, each from its beginning.
double read_seconds(const std::string& folder);

}  // namespace reprise::bench

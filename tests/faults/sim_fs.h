// The environment that RocksDB runs in on a Drive: its files, its clock, its background work.
//
// Threads: all on the one that uses the database.
#pragma once

#include <memory>

#include "tests/faults/drive.h"

#include <rocksdb/env.h>

namespace reprise::faults {

/// `drive` outlives it, and it the databases opened with it.
[[nodiscard]] std::unique_ptr<rocksdb::Env> make_sim_env(Drive& drive);

}  // namespace reprise::faults

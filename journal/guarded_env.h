// What RocksDB is shown of a database folder: files with its own names, data files that hold
// together, and of the files that were walked only what was found whole. It asserts in places where
// it meets what it did not write.
//
// Invariants:
// - What is shown of a file never changes, and holds for those that were there before: RocksDB
//   gives its own new ones other names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <rocksdb/env.h>

namespace reprise::journal {

/// Bytes that are read of a file, by its name in the folder. Files that are not named: all.
using Sizes = std::map<std::string, std::uint64_t>;

/// Whole files as they were at one moment, by their names in the folder.
using Contents = std::map<std::string, std::string>;

/// `env`, which outlives it, for the database whose MANIFEST has the number `manifest` (0: it is
/// made). Folders are listed without names that are not its own. A file named in `shown` ends there
/// for whoever reads it from its start on. A table that check_table refuses can't be opened. While
/// `contents` lives no other files are listed, and whatever becomes of these is not seen by whoever
/// reads them from their start on.
[[nodiscard]] std::unique_ptr<rocksdb::Env> guarded_env(
    rocksdb::Env& env, Sizes shown, std::uint64_t manifest,
    std::weak_ptr<const Contents> contents = {});

}  // namespace reprise::journal

// The RocksDB database inside a store: its families, its settings, and what is read from it.
//
// Invariants:
// - Opening read_only changes no file. Only `create` makes files where none were.
// - Families are opened by name, never created after creation: a damaged list must not look empty.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <reprise/result.h>

#include "journal/file.h"
#include "journal/guarded_env.h"
#include "journal/record.h"
#include "journal/sealed.h"
#include "journal/store.h"

#include <rocksdb/db.h>

namespace reprise::journal {

enum class Access { create, read_only, read_write };

class Database {
 public:
  /// Reads and writes through `files`, which outlives this. Of a file named in `shown` only so many
  /// bytes are read; any damage to what is read refuses. With `contents` (read_only) only data
  /// files are read from the folder, and all of them are open when this returns.
  /// Errors: corrupt, missing_data (a file is not there), io_error, no_space.
  static Result<std::unique_ptr<Database>> open(
      Files& files, const std::string& path, Access access, Sizes shown = {},
      const std::shared_ptr<const Contents>& contents = nullptr);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const noexcept { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* own() const noexcept { return families_[0]; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* of(Table table) const noexcept {
    return families_[static_cast<std::size_t>(table)];
  }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* journal() const noexcept { return families_[6]; }
  [[nodiscard]] const std::array<rocksdb::ColumnFamilyHandle*, 7>& families() const noexcept {
    return families_;
  }

  /// Nothing when the key is not there.
  Result<std::optional<std::string>> get(rocksdb::ColumnFamilyHandle* family,
                                         std::string_view key) const;
  Result<void> scan(rocksdb::ColumnFamilyHandle* family, std::string_view from, std::string_view to,
                    const std::function<bool(std::string_view, std::string_view)>& sink) const;

  /// The store's header. Errors: corrupt (also when it is not there), newer_format.
  Result<StoreHeader> read_header() const;
  /// Where a shard's journal begins and ends. Errors: corrupt, missing_data, io_error.
  Result<ShardEnds> read_ends(ShardId shard) const;
  /// Writes what is only in memory into data files. Errors: io_error, no_space.
  Result<void> flush() const;
  /// Removes the files that nothing needs any more, also those that RocksDB keeps to be sure; only
  /// tries to. Errors: io_error.
  Result<void> remove_obsolete() const;
  /// A copy of the data files as they are now, without a write-ahead file. REQUIRES: no write under
  /// way. Errors: io_error, no_space.
  Result<void> copy_to(const std::string& path) const;
  /// Ends the database and says how that went; nothing may be called afterwards.
  Result<void> close();
  /// Verified records of a shard from `from` to `last`. REQUIRES: from ≤ last, both held.
  /// Errors: corrupt, io_error.
  Result<void> read(ShardId shard, Position from, Position last,
                    const std::function<bool(const RecordFrame&)>& sink) const;

  /// Where a shard's journal would begin if whole keys below `keep_from` went, but never the last.
  /// Errors: corrupt, io_error.
  Result<TrimPoint> trim_point(ShardId shard, Position keep_from) const;
  /// The journal's keys of a shard below `first`.
  Result<void> keys_below(ShardId shard, Position first,
                          const std::function<bool(std::string_view)>& sink) const;

 private:
  Database() = default;

  std::unique_ptr<rocksdb::Env> env_;  ///< Outlives what was opened with it.
  rocksdb::DB* db_ = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, 7> families_{};
};

/// Key of the journal family: shard and first position, big-endian.
[[nodiscard]] std::string journal_key(ShardId shard, Position first);

}  // namespace reprise::journal

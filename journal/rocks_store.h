// The store on disk, once open: appends, reads, trims. How it is opened is in rocks_open.cc.
//
// Invariants:
// - The first failed write ends writing for good (failed_); RocksDB's Resume is never called: in
//   the version Debian ships it can abort the host process.
// - Every write is synced. An unsynced one could be lost from the middle, before a synced one.
//
// Threads: append, trim, renew_anchor, backup and close from one thread at a time; the rest any.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "journal/anchor.h"
#include "journal/database.h"
#include "journal/file.h"
#include "journal/opening.h"
#include "journal/shards.h"
#include "journal/store.h"
#include "journal/sums.h"

#include <rocksdb/write_batch.h>

namespace reprise::journal {

class RocksStore final : public Store {
 public:
  /// What opening hands over. `shards` knows the ends.
  struct Parts {
    Layout layout;
    std::unique_ptr<File> lock;
    std::optional<AnchorFile> anchor;
    std::unique_ptr<Database> database;
    StoreHeader header;
    OpenReport report;
    std::unique_ptr<Shards> shards;
    std::unique_ptr<Sums> sums;
    std::uint64_t space_reserve = 0;
    bool read_only = false;
  };

  explicit RocksStore(Parts parts);
  ~RocksStore() override;

  const StoreHeader& header() const noexcept override { return parts_.header; }
  const OpenReport& report() const noexcept override { return parts_.report; }
  ShardEnds ends(ShardId shard) const override { return parts_.shards->ends(shard); }

  Result<void> append(std::span<ShardAppend> group, bool sync) override;
  Result<void> read(ShardId shard, Position from, const RecordSink& sink) const override;
  Result<void> trim(ShardId shard, Position keep_from) override;
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<void> scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const override;
  Result<void> backup(const std::string& path) override;
  Result<void> renew_anchor() override;
  Result<void> close() override;

 private:
  /// Errors: engine_failed (closed, or failed before), invalid_argument (opened for reading).
  [[nodiscard]] Result<void> writable() const;
  /// Errors: engine_failed (closed).
  [[nodiscard]] Result<void> readable() const;
  [[nodiscard]] Result<void> space_for(std::size_t bytes) const;
  /// Everything that may be claimed now: REQUIRES no append under way.
  Result<Anchor> claims() const;
  /// Gives a copy of the database its anchor, and opens it once to see that it does.
  Result<void> anchor_copy(const Layout& copy) const;
  /// The anchor's last words. REQUIRES: the database is closed and complete.
  Result<void> mark_closed();
  /// Writes batch_, synced. A failure ends writing: outcome_unknown.
  Result<void> write();

  Parts parts_;
  rocksdb::WriteBatch batch_;
  std::atomic<bool> failed_ = false;
};

/// As open_rocks_store of store.h, on the given files, which outlive the store.
Result<std::unique_ptr<Store>> open_rocks_store(const OpenOptions& options, Files& files);

}  // namespace reprise::journal

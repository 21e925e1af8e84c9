#include "journal/database.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "journal/manifest.h"
#include "journal/status.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

namespace reprise::journal {
namespace {

/// In the order of Database::families_: the store's own, the tables by number, the journal.
constexpr std::array<const char*, 7> family_names = {"default", "meta",  "rows",   "chunks",
                                                     "index",   "blobs", "journal"};
constexpr std::size_t journal_family = 6;

/// RocksDB's own diary would be written even by a read-only open.
class Silent final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions database_options(Access access) {
  rocksdb::DBOptions options;
  options.create_if_missing = access == Access::create;
  options.error_if_exists = access == Access::create;
  options.create_missing_column_families = false;
  options.info_log = std::make_shared<Silent>();
  // All that it is shown of the files was found whole.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  options.paranoid_checks = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.fail_if_options_file_error = true;
  options.write_dbid_to_manifest = true;
  // The first failed write ends this database object; RocksDB must not try to heal it.
  options.max_bgerror_resume_count = 0;
  options.recycle_log_file_num = 0;
  options.manual_wal_flush = false;
  options.enable_pipelined_write = false;
  options.max_open_files = -1;
  // Else sixteen threads are started and joined for each family at every open.
  options.max_file_opening_threads = 1;
  options.max_background_jobs = 2;
  options.max_total_wal_size = std::uint64_t{128} << 20;
  options.max_manifest_file_size = std::uint64_t{4} << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(std::size_t family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.force_consistency_checks = true;
  options.max_write_buffer_number = 2;
  options.memtable_protection_bytes_per_key = 8;
  if (family == journal_family) {
    // Written once, read in order at recovery, trimmed from the front: few, large files.
    options.write_buffer_size = std::size_t{64} << 20;
    options.compression = rocksdb::kNoCompression;
    table.block_size = std::size_t{64} << 10;
  } else {
    options.write_buffer_size = std::size_t{32} << 20;
    options.compression = rocksdb::kLZ4Compression;
    // What a put replaces is looked up first (Sums), and most replace nothing: without a filter the
    // memtable verifies the next row there is, whatever its size.
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.01;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(Files& files, const std::string& path,
                                                 Access access, Sizes shown,
                                                 const std::shared_ptr<const Contents>& contents) {
  const auto cache = rocksdb::NewLRUCache(std::size_t{16} << 20);
  using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;
  Families families;
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    families.emplace_back(family_names[i], family_options(i, cache));
  }
  auto options = database_options(access);
  Result<std::uint64_t> manifest = 0;
  if (contents != nullptr) {
    manifest = manifest_named(contents->at("CURRENT"), path + "/CURRENT");
  } else if (access != Access::create) {
    manifest = current_manifest(files, path);
  }
  if (!manifest) return std::move(manifest).error();
  auto env = guarded_env(files.env(), std::move(shown), *manifest, contents);
  options.env = env.get();
  // RocksDB's open leaks a family that it makes when its next write fails, and then aborts the
  // process over it. So the families of a new database are made after its open.
  const auto later = access == Access::create ? families.begin() + 1 : families.end();
  const Families missing(later, families.end());
  families.erase(later, families.end());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  auto database = std::unique_ptr<Database>(new Database());
  database->env_ = std::move(env);
  auto status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &database->db_)
          : rocksdb::DB::Open(options, path, families, &handles, &database->db_);
  const auto own = std::copy(handles.begin(), handles.end(), database->families_.begin());
  if (status.ok() && !missing.empty()) {
    handles.clear();
    status = database->db_->CreateColumnFamilies(missing, &handles);
    std::copy(handles.begin(), handles.end(), own);  // After a failure those that were made.
  }
  if (!status.ok()) return from_status(status, fmt::format("Opening {}", path));
  return database;
}

Result<void> Database::flush() const {
  const std::vector<rocksdb::ColumnFamilyHandle*> families(families_.begin(), families_.end());
  const auto status = db_->Flush(rocksdb::FlushOptions(), families);
  if (!status.ok()) return from_status(status, "Flushing");
  return {};
}

Result<void> Database::remove_obsolete() const {
  // Only allowing it again makes RocksDB look through its folder at once.
  auto status = db_->DisableFileDeletions();
  if (status.ok()) status = db_->EnableFileDeletions(/*force=*/true);
  if (!status.ok()) return from_status(status, "Removing files");
  return {};
}

Result<void> Database::copy_to(const std::string& path) const {
  // Flushed by us, family by family and completely: then the copy needs no write-ahead file, whose
  // linking in this version of RocksDB may miss a synced one.
  if (auto flushed = flush(); !flushed) return flushed;
  // tidy: allow banned_words, RocksDB's own name.
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(db_, &made);
  const std::unique_ptr<rocksdb::Checkpoint> copier(made);
  // tidy: allow banned_words, RocksDB's own name.
  if (status.ok()) status = copier->CreateCheckpoint(path);
  if (!status.ok()) return from_status(status, fmt::format("Copying to {}", path));
  return {};
}

Result<void> Database::close() {
  if (db_ == nullptr) return {};
  for (auto* family : families_) {
    if (family != nullptr) static_cast<void>(db_->DestroyColumnFamilyHandle(family));
  }
  families_ = {};
  const auto status = db_->Close();
  delete db_;
  db_ = nullptr;
  if (!status.ok()) return from_status(status, "Closing");
  return {};
}

// Whoever closes in an orderly way calls close(); here there is nobody left to tell.
Database::~Database() { static_cast<void>(close()); }

}  // namespace reprise::journal

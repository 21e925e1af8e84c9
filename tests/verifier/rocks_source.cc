#include "tests/verifier/rocks_source.h"

#include <atomic>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <unistd.h>

namespace reprise::verifier {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return {};
  return bytes;
}

/// RocksDB would write a file of messages beside the data.
class Silent final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class RocksSource final : public Source {
 public:
  explicit RocksSource(fs::path copy) : copy_(std::move(copy)) {}
  ~RocksSource() override {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      if (handle != nullptr) (void)db_->DestroyColumnFamilyHandle(handle);
    }
    db_.reset();
    std::error_code ignored;
    fs::remove_all(copy_, ignored);
  }

  std::string open(const fs::path& store) {
    std::error_code error;
    fs::create_directories(copy_, error);
    if (error) return error.message();
    for (const auto& file : fs::directory_iterator(store / "db", error)) {
      const fs::path to = copy_ / file.path().filename();
      std::error_code linked;
      if (file.path().extension() == ".sst") fs::create_hard_link(file.path(), to, linked);
      if (file.path().extension() != ".sst" || linked) fs::copy_file(file.path(), to, error);
      if (error) return error.message();
    }
    if (error) return error.message();
    anchor_ = read_whole(store / "anchor");
    read_manifest();
    return open_database();
  }

  [[nodiscard]] std::string scan(Family family, const Sink& sink) const override {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    const std::unique_ptr<rocksdb::Iterator> at(
        db_->NewIterator(options, handles_[static_cast<std::size_t>(family)]));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      sink(at->key().ToStringView(), at->value().ToStringView());
    }
    return at->status().ok() ? std::string() : at->status().ToString();
  }
  [[nodiscard]] std::optional<std::string> anchor() const override { return anchor_.value_or(""); }
  [[nodiscard]] std::optional<Manifest> manifest() const override { return manifest_; }

 private:
  void read_manifest() {
    const auto current = read_whole(copy_ / "CURRENT");
    constexpr std::string_view prefix = "MANIFEST-";
    if (!current || !current->starts_with(prefix) || !current->ends_with('\n')) return;
    Manifest manifest;
    const char* end = current->data() + current->size() - 1;
    const auto parsed = std::from_chars(current->data() + prefix.size(), end, manifest.number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return;
    auto bytes = read_whole(copy_ / current->substr(0, current->size() - 1));
    if (!bytes) return;
    manifest.bytes = std::move(*bytes);
    manifest_ = std::move(manifest);
  }

  std::string open_database() {
    rocksdb::DBOptions options;
    options.info_log = std::make_shared<Silent>();
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    std::vector<std::string> there;
    auto status = rocksdb::DB::ListColumnFamilies(options, copy_, &there);
    if (!status.ok()) return status.ToString();
    if (there.size() != family_names.size()) return "other families than the format's";
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string_view name : family_names) {
      families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
    }
    rocksdb::DB* db = nullptr;
    status = rocksdb::DB::OpenForReadOnly(options, copy_, families, &handles_, &db);
    db_.reset(db);
    return status.ok() ? std::string() : status.ToString();
  }

  fs::path copy_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::optional<std::string> anchor_;
  std::optional<Manifest> manifest_;
};

}  // namespace

std::unique_ptr<Source> open_rocks(const std::string& path, const std::string& scratch,
                                   std::string& wrong) {
  static std::atomic<unsigned> count = 0;
  auto source = std::make_unique<RocksSource>(
      fs::path(scratch) / fmt::format("reprise-verify-{}-{}", getpid(), ++count));
  wrong = source->open(path);
  if (!wrong.empty()) return nullptr;
  return source;
}

}  // namespace reprise::verifier

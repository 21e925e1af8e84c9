// Write-ahead files that RocksDB cannot remove.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "journal/rocks_store.h"
#include "tests/journal/damage.h"
#include "tests/journal/forwarding_files.h"

#include <rocksdb/file_system.h>

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// Removes no write-ahead file while `keeps` is set.
class KeepingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  [[nodiscard]] const char* Name() const override { return "KeepingFileSystem"; }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (keeps && path.ends_with(".log")) return rocksdb::IOStatus::IOError("kept");
    return target()->DeleteFile(path, options, debug);
  }
  bool keeps = false;
};

struct KeepingFiles final : ForwardingFiles {
  std::shared_ptr<KeepingFileSystem> system =
      std::make_shared<KeepingFileSystem>(real_files().env().GetFileSystem());
  std::unique_ptr<rocksdb::Env> own = rocksdb::NewCompositeEnv(system);
  rocksdb::Env& env() override { return *own; }
};

}  // namespace

TEST_SUITE("journal/left_over") {
  TEST_CASE("a store with writes left in a file is not marked as closed in order, and opens") {
    const TempFolder folder;
    const auto path = folder / "store";
    KeepingFiles files;
    const auto open = [&] { return open_rocks_store({.path = path, .shards = 1}, files).value(); };
    auto store = open();
    for (int i = 0; i < 3; ++i) REQUIRE(append_one(*store, 0, "text " + std::to_string(i)).ok());
    const auto expected = all_texts(*store);
    files.system->keeps = true;
    REQUIRE(store->close().ok());
    std::size_t left = 0;
    for (const auto& [name, bytes] : tree_of(path)) {
      left += name.ends_with(".log") && !bytes.empty() ? 1 : 0;
    }
    REQUIRE(left > 0);
    files.system->keeps = false;
    for (const bool clean : {false, true}) {
      store = open();
      CHECK(store->report().clean == clean);
      CHECK(all_texts(*store) == expected);
      REQUIRE(store->close().ok());
    }
  }
}

}  // namespace reprise::journal

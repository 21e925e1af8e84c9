// A store is read beside the process that writes it: one moment of it, and nothing is changed.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "journal/anchor.h"
#include "journal/rocks_store.h"
#include "journal/verify.h"
#include "support/live_writer.h"
#include "tests/journal/damage.h"
#include "tests/journal/forwarding_files.h"

#include <rocksdb/env.h>

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

Result<std::unique_ptr<Store>> beside(const std::string& path, Files& files = real_files()) {
  return open_rocks_store({.path = path, .read_only = true, .live = true}, files);
}

/// Everything that can be told of the files below a folder, without reading them: names, sizes and
/// times, of the folders too.
std::map<std::string, std::string> files_of(const std::string& path) {
  std::map<std::string, std::string> all;
  const auto add = [&](const std::string& name) {
    struct stat status{};
    REQUIRE(::lstat(name.c_str(), &status) == 0);
    all[name] = fmt::format("{} {} {}.{} {}.{} {:o}", status.st_ino, status.st_size,
                            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                            status.st_ctim.tv_nsec, status.st_mode);
  };
  add(path);
  for (const auto& entry : fs::recursive_directory_iterator(path)) add(entry.path().string());
  return all;
}

/// As on a medium that can only be read; a wait takes no time.
class OnlyRead : public ForwardingFiles {
 public:
  rocksdb::Env& env() override { return env_; }
  Result<bool> has_usable_folder(const std::string&) override { return refused("folder"); }
  Result<void> make_folder(const std::string&) override { return refused("make"); }
  Result<void> sync_file(const std::string&) override { return refused("sync"); }
  Result<void> sync_folder(const std::string&) override { return refused("sync"); }
  Result<std::unique_ptr<File>> open(const std::string&, Open) override { return refused("open"); }
  Result<std::unique_ptr<File>> lock_store(const std::string&) override { return refused("lock"); }

 private:
  static Error refused(std::string_view what) {
    return {Code::store_unusable, fmt::format("{}: this can only be read", what)};
  }
  class Hurried : public rocksdb::EnvWrapper {
   public:
    Hurried() : EnvWrapper(rocksdb::Env::Default()) {
      file_system_ = rocksdb::Env::Default()->GetFileSystem();
    }
    [[nodiscard]] const char* Name() const override { return "Hurried"; }
    void SleepForMicroseconds(int) override {}
  };
  Hurried env_;
};

/// Something happens to the store when a file of a name that ends so is looked at, before or after.
class Meddled final : public OnlyRead {
 public:
  std::function<void(const std::string&)> before_read = [](const std::string&) {};
  std::function<void(const std::string&)> after_read = [](const std::string&) {};
  std::function<std::uint64_t(const std::string&, std::uint64_t)> size =
      [](const std::string&, std::uint64_t real) { return real; };

  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t bytes) override {
    before_read(path);
    auto read = ForwardingFiles::read_range(path, offset, bytes);
    after_read(path);
    return read;
  }
  Result<std::uint64_t> size_of(const std::string& path) override {
    auto real = ForwardingFiles::size_of(path);
    return real ? Result<std::uint64_t>(size(path, *real)) : real;
  }
};

bool is_manifest(const std::string& path) { return path.find("/MANIFEST-") != std::string::npos; }
bool is_write_ahead(const std::string& path) { return path.ends_with(".log"); }

/// Flushes everything, so that the write-ahead files that were there are removed.
void flush(Store& store, const TempFolder& folder) {
  REQUIRE(store.backup(folder / "copy").ok());
  fs::remove_all(folder / "copy");
}

/// The code of a look at `tree` while somebody holds the store's lock, and what it finds.
struct Held {
  Code code = Code::ok;
  Texts texts;
  OpenReport report;
};
Held look_held(const std::string& path, const Tree& tree) {
  make_tree(path, tree);
  const auto lock = real_files().lock_store(path + "/lock").value();
  OnlyRead files;
  Held held;
  auto opened = beside(path, files);
  held.code = opened.code();
  if (opened) {
    held.texts = all_texts(**opened);
    held.report = (*opened)->report();
  }
  CHECK(tree_of(path) == tree);
  return held;
}

}  // namespace

TEST_SUITE("journal/live") {
  TEST_CASE("what was acknowledged is read while the store is open, and stays as it was read") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path, .shards = 2}).value();
    Texts expected(2);
    std::unique_ptr<Store> first;
    for (int i = 0; i < 20; ++i) {
      const auto shard = static_cast<ShardId>(i % 2);
      REQUIRE(append_one(*store, shard, "text " + std::to_string(i)).ok());
      expected[shard].push_back("text " + std::to_string(i));
      if (i % 7 == 3) flush(*store, folder);
      if (i % 5 == 4) REQUIRE(store->renew_anchor().ok());
      const auto before = files_of(path);
      auto view = beside(path).value();
      CHECK(all_texts(*view) == expected);
      CHECK(view->report().live);
      CHECK_FALSE(view->report().clean);
      REQUIRE(view->report().notes.size() == 1);
      CHECK(view->report().notes[0].find(fmt::format("pid {} ", ::getpid())) != std::string::npos);
      CHECK(append_one(*view, 0, "mine").code() == Code::invalid_argument);
      CHECK(files_of(path) == before);
      if (i == 5) first = std::move(view);
    }
    // Its files went long ago.
    for (int i = 0; i < 8; ++i) flush(*store, folder);
    REQUIRE(store->trim(0, 5).ok());
    CHECK(texts(*first, 0) == std::vector<std::string>{"text 0", "text 2", "text 4"});
    CHECK(verify(*first).value().problems.empty());
    REQUIRE(store->close().ok());
  }

  TEST_CASE("a store that nobody has open is read with all checks, without a lock") {
    const Closed closed;
    OnlyRead files;
    fs::remove(closed.path + "/lock");
    const auto before = files_of(closed.path);
    {
      auto view = beside(closed.path, files).value();
      CHECK(all_texts(*view) == closed.expected);
      CHECK(view->report().clean);
      CHECK_FALSE(view->report().live);
      CHECK(view->report().notes.empty());
      CHECK(view->close().ok());
    }
    CHECK(files_of(closed.path) == before);

    const Killed killed(2);
    const auto name = killed.write_ahead();
    const auto torn = with_size(killed.tree, name, killed.tree.at(name).size() - 1);
    make_tree(killed.path, torn);
    auto view = beside(killed.path, files).value();
    CHECK(view->report().tail_bytes_dropped > 0);
    CHECK(view->report().notes.size() == 1);
    // After an orderly close there is no such tail.
    auto grown = closed.tree;
    grown["db/000999.log"] = "torn";
    make_tree(closed.path, grown);
    CHECK(beside(closed.path, files).code() == Code::corrupt);
    CHECK(look_held(closed.path, grown).code == Code::ok);
  }

  TEST_CASE("damage is told from what is being written") {
    const Killed killed(2);
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    // The end of the last write-ahead file may be either.
    const auto torn = look_held(killed.path, with_size(killed.tree, name, size - 1));
    CHECK(torn.code == Code::ok);
    CHECK(torn.texts == Texts{killed.expected[0], {"text 1", "text 3"}});
    CHECK(torn.report.live);
    CHECK(torn.report.tail_bytes_dropped == 0);
    CHECK(torn.report.notes.size() == 1);
    CHECK(look_held(killed.path, with_flip(killed.tree, name, size / 2, 1)).code == Code::corrupt);
    // The anchor claimed it before anybody looked.
    const Killed all;
    const auto cut =
        with_size(all.tree, all.write_ahead(), all.tree.at(all.write_ahead()).size() - 1);
    CHECK(look_held(all.path, cut).code == Code::missing_data);
    CHECK(look_held(all.path, without(all.tree, "anchor")).code == Code::corrupt);
    // The slot that is being written.
    auto slot = all.tree;
    slot.at("anchor").replace(slot.at("anchor").size() / 2, 8, 8, '\0');
    const auto half = look_held(all.path, slot);
    CHECK(half.code == Code::ok);
    CHECK(half.report.notes.size() == 1);
    const Closed closed;
    for (const auto& table : names_in(closed.tree, "", ".sst")) {
      CHECK(look_held(closed.path, without(closed.tree, table)).code != Code::ok);
    }
    CHECK(beside(all.folder / "none").code() == Code::store_unusable);
    CHECK_FALSE(fs::exists(all.folder / "none"));
  }

  TEST_CASE("files that go while it looks are no loss: it looks again") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path, .shards = 2}).value();
    Meddled files;
    int times = 0;
    const auto write = [&] {
      ++times;
      REQUIRE(append_one(*store, 0, std::to_string(times)).ok());
      flush(*store, folder);
    };
    SUBCASE("after CURRENT and the MANIFEST were read") {
      files.after_read = [&](const std::string& name) {
        if (is_manifest(name) && times < 3) write();
      };
    }
    SUBCASE("while write-ahead files are read") {
      files.before_read = [&](const std::string& name) {
        if (is_write_ahead(name) && times < 3) write();
      };
    }
    REQUIRE(append_one(*store, 0, "0").ok());
    const auto view = beside(path, files).value();
    CHECK(times == 3);
    CHECK(texts(*view, 0) == std::vector<std::string>{"0", "1", "2", "3"});
    CHECK(verify(*view).value().problems.empty());
  }

  TEST_CASE("data files that were compacted away meanwhile are read as what they became") {
    TempFolder folder;
    const auto path = folder / "store";
    const auto newer = folder / "newer";
    // A row that is put again: a table with keys that come once is moved, and keeps its file.
    const auto append = [](Store& store, const std::string& text) {
      auto part = one_record(store, 0, text);
      part.puts.push_back({Table::rows, "row", text});
      REQUIRE(store.append({&part, 1}, true).ok());
    };
    {
      auto store = open_rocks_store({.path = path, .shards = 2}).value();
      append(*store, "0");
      REQUIRE(store->close().ok());
    }
    fs::copy(path, newer, fs::copy_options::recursive);
    const auto tables = names_in(tree_of(path), "", ".sst");
    const auto all_there = [&] {
      return std::all_of(tables.begin(), tables.end(),
                         [&](const auto& name) { return fs::exists(newer + "/" + name); });
    };
    Texts expected;
    {
      auto store = open_rocks_store({.path = newer}).value();
      // Compaction is RocksDB's affair, on a thread of its own.
      for (int i = 1; i < 500 && all_there(); ++i) {
        append(*store, std::to_string(i));
        flush(*store, folder);
      }
      expected = all_texts(*store);
      REQUIRE(store->close().ok());
    }
    REQUIRE_FALSE(all_there());
    const auto lock = real_files().lock_store(path + "/lock").value();
    Meddled files;
    int sizes = 0;
    files.size = [&](const std::string& name, std::uint64_t size) {
      // The second time is when all but the data files were read.
      if (is_manifest(name) && ++sizes == 2) {
        fs::rename(path + "/db", folder / "old");
        fs::rename(newer + "/db", path + "/db");
      }
      return size;
    };
    CHECK(all_texts(*beside(path, files).value()) == expected);
    CHECK(sizes > 2);
  }

  TEST_CASE("one that changes under every look is given up, and what to do is said") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path, .shards = 2}).value();
    Meddled files;
    std::uint64_t looks = 0;
    files.size = [&](const std::string& name, std::uint64_t size) {
      return is_manifest(name) ? size + ++looks : size;
    };
    const auto view = beside(path, files);
    CHECK(view.code() == Code::store_locked);
    CHECK(view.error().message().find("export_journal") != std::string::npos);
    CHECK(looks > 50);
  }

  TEST_CASE("it takes no lock, and goes with reading only") {
    TempFolder folder;
    const auto path = folder / "store";
    CHECK(open_rocks_store({.path = path, .live = true}).code() == Code::invalid_argument);
    CHECK(open_rocks_store({.path = path, .accept_loss = {{0, 1}}, .read_only = true, .live = true})
              .code() == Code::invalid_argument);
    open_rocks_store({.path = path}).value()->close().value();
    const auto view = beside(path).value();
    auto store = open_rocks_store({.path = path});
    CHECK(store.ok());
  }

  TEST_CASE("a process that writes without a pause is read from another, look by look") {
    TempFolder folder;
    const auto path = folder / "store";
    const char* given = std::getenv("REPRISE_LOOKS");
    const int looks = given != nullptr ? std::atoi(given) : 150;
    const test::LiveWriter writer(path);
    std::vector<Position> before(test::LiveWriter::shards);
    for (int i = 0; i < looks; ++i) {
      const bool still = i % 25 == 0;
      std::map<std::string, std::string> files;
      if (still) {
        writer.stop();
        files = files_of(path);
      }
      std::vector<Position> due;
      for (ShardId shard = 0; shard < before.size(); ++shard) {
        due.push_back(writer.acknowledged(shard));
      }
      const auto opened = beside(path);
      REQUIRE_MESSAGE(opened.ok(), (opened ? "" : opened.error().message()));
      const Store& view = **opened;
      for (ShardId shard = 0; shard < before.size(); ++shard) {
        const auto ends = view.ends(shard);
        CHECK(ends.last >= due[shard]);
        CHECK(ends.last >= before[shard]);
        before[shard] = ends.last;
        const auto last = view.get(Table::rows, "last/" + std::to_string(shard)).value();
        CHECK(last.value_or("0") == std::to_string(ends.last));
        for (const auto& [position, facts] : read_all(view, shard, ends.first).value()) {
          CHECK(facts.at(0).bytes == std::to_string(position) + std::string(position % 3000, '.'));
        }
      }
      const auto verified = verify(view).value();
      REQUIRE(verified.problems == std::vector<std::string>());
      if (still) {
        CHECK(files_of(path) == files);
        writer.go_on();
      }
    }
    MESSAGE(looks, " looks, ", writer.lives(), " opens, ", before[0], " records a shard");
  }
}

}  // namespace reprise::journal

// A look beside an engine that writes while its files are listed.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "journal/rocks_store.h"
#include "journal/verify.h"
#include "tests/journal/forwarding_files.h"
#include "tests/journal/store_fixture.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
namespace fs = std::filesystem;

/// Meddles once, when the files of the database were listed.
class AfterList final : public ForwardingFiles {
 public:
  std::function<void()> after_list;

  Result<std::vector<std::string>> list_folder(const std::string& path) override {
    auto listed = ForwardingFiles::list_folder(path);
    if (path.ends_with("/db") && after_list) std::exchange(after_list, nullptr)();
    return listed;
  }
};

}  // namespace

TEST_SUITE("journal/live") {
  TEST_CASE("what is written behind a list of files is in the view, or none of it is") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path, .shards = 1}).value();
    int count = 0;
    // One family alone is flushed by them: a row says which record it was written with.
    const auto write = [&](std::size_t size) {
      auto part = one_record(*store, 0, std::to_string(++count));
      part.puts.push_back({Table::rows, "last", std::to_string(store->ends(0).last + 1)});
      part.puts.push_back({Table::rows, "large" + std::to_string(count), std::string(size, 'x')});
      REQUIRE(store->append({&part, 1}, true).ok());
    };
    const auto tables = [&] {
      std::size_t found = 0;
      for (const auto& entry : fs::directory_iterator(path + "/db")) {
        found += entry.path().extension() == ".sst" ? 1 : 0;
      }
      return found;
    };
    for (int i = 0; i < 5; ++i) write(100);
    AfterList files;
    files.after_list = [&] {
      const auto before = tables();
      // Until its memtable was switched and written at least once.
      for (int i = 0; i < 24; ++i) write(4 << 20);
      while (tables() == before) std::this_thread::yield();
    };
    const auto view =
        open_rocks_store({.path = path, .read_only = true, .live = true}, files).value();
    CHECK(view->get(Table::rows, "last").value() == std::to_string(view->ends(0).last));
    CHECK(verify(*view).value().problems.empty());
  }
}

}  // namespace reprise::journal

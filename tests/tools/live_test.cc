// The commands beside an engine that has the store open, and where nothing may be written.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
namespace fs = std::filesystem;
using journal::testing::read_bytes;
using journal::testing::tree_of;

/// Commands that look, of a store that fill() has filled.
std::vector<std::vector<std::string>> looks(const std::string& store, const std::string& scratch) {
  return {{"ls", store},
          {"ls", store, "--json"},
          {"show", store, "open"},
          {"explain", store, "open"},
          {"history", store, "done"},
          {"diff", store, store, "--id", "done"},
          {"replay", store},
          {"verify", store},
          {"export", store, "done", "--to", scratch + "/a.journal"},
          {"corpus", "add", scratch + "/suite", store, "open"}};
}

/// This process may write nothing of root's, while it lives.
class Nobody {
 public:
  Nobody() {
    if (::getuid() == 0) REQUIRE(::setresuid(nobody, nobody, 0) == 0);
  }
  ~Nobody() {
    if (::getuid() == nobody) CHECK(::setresuid(0, 0, 0) == 0);
  }
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
};

/// Takes the right to write from everything below `path`, or gives it to its owner.
void let_write(const fs::path& path, bool may) {
  const auto change = [&](const fs::path& one) {
    const auto all = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
    const auto enter = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    fs::permissions(one, fs::is_directory(one) ? all | enter : all);
    if (may) fs::permissions(one, fs::perms::owner_write, fs::perm_options::add);
  };
  change(path);
  for (const auto& entry : fs::recursive_directory_iterator(path)) change(entry);
}

}  // namespace

TEST_SUITE("tools/live") {
  TEST_CASE("every command that looks does so beside an engine, and says so once") {
    const FilledStore store;
    std::vector<Told> closed;
    for (const auto& args : looks(store.path, store.folder / "one")) {
      fs::create_directories(store.folder / "one");
      closed.push_back(tell(args, shop()));
    }
    auto engine = open_engine(store.path).value();
    fs::create_directories(store.folder / "two");
    const auto lock = read_bytes(store.path + "/lock");
    const auto before = tree_of(store.path);
    std::size_t i = 0;
    for (const auto& args : looks(store.path, store.folder / "two")) {
      CAPTURE(args.front());
      const auto told = tell(args, shop());
      CHECK(told.code == 0);
      CHECK(closed[i].code == 0);
      const auto notes = lines(told.err);
      REQUIRE_FALSE(notes.empty());
      CHECK(has(notes[0], "note: pid "));
      CHECK(has(notes[0], "has the store open"));
      CHECK(std::count_if(notes.begin(), notes.end(),
                          [](const auto& line) { return has(line, "has the store open"); }) == 1);
      // An engine that was opened has recorded that, and nothing else.
      if (args[0] == "show" || args[0] == "history") CHECK(told.out == closed[i].out);
      ++i;
    }
    CHECK(tree_of(store.path) == before);
    CHECK(read_bytes(store.path + "/lock") == lock);
    for (const auto& command : {"repair", "backup"}) {
      const auto told = tell({command, store.path, "--to", store.folder / "copy"});
      CHECK(told.code == 69);
      CHECK(has(told.err, "store_locked (62)"));
    }
  }

  TEST_CASE("what an engine records is there at the next look") {
    const FilledStore store;
    auto engine = open_engine(store.path).value();
    CHECK(has(tell({"show", store.path, "open"}).out, "Waiting"));
    REQUIRE(engine.signal("open", "shipped", std::string("DHL")).ok());
    REQUIRE(engine.find<std::string>("open").value().result().ok());
    CHECK(has(tell({"show", store.path, "open"}).out, "Completed"));
    CHECK(has(tell({"verify", store.path}).out, "sound"));
    REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    const auto told = tell({"show", store.path, "open"});
    CHECK(has(told.out, "Completed"));
    CHECK(told.err.empty());
  }

  TEST_CASE("a store that may only be read is read, and its lock file is not needed") {
    const FilledStore store;
    const auto expected = tell({"ls", store.path}).out;
    fs::remove(store.path + "/lock");
    let_write(fs::path(store.path).parent_path(), false);
    {
      const Nobody nobody;
      const auto told = tell({"ls", store.path});
      CHECK(told.code == 0);
      CHECK(told.out == expected);
      CHECK(told.err.empty());
      CHECK(tell({"verify", store.path}).code == 0);
      CHECK(has(tell({"ls", store.path + "/none"}).err, "store_unusable"));
      CHECK(has(tell({"ls", store.path + "/db"}).err, "store_unusable"));
    }
    CHECK_FALSE(fs::exists(store.path + "/lock"));
    let_write(fs::path(store.path).parent_path(), true);
  }
}

}  // namespace reprise

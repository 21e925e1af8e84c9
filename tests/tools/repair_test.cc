// The commands that make a copy of a store: backup, and repair with all it has to say.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using journal::testing::make_tree;
using journal::testing::tree_of;
using journal::testing::with_flip;

/// A filled store as a kill left it, all of it still in the write-ahead file.
struct KilledStore {
  journal::testing::TempFolder folder;
  std::string path = folder / "store";
  journal::testing::Tree tree;
  std::string write_ahead;

  KilledStore() {
    auto engine = open_engine(folder / "live").value();
    fill(engine);
    tree = tree_of(folder / "live");
    for (const auto& name : journal::testing::names_in(tree, "", ".log")) {
      if (write_ahead.empty() || tree.at(name).size() > tree.at(write_ahead).size()) {
        write_ahead = name;
      }
    }
  }
};

}  // namespace

TEST_SUITE("tools/repair") {
  TEST_CASE("backup makes a copy that opens, and leaves the store as it was") {
    const FilledStore store;
    const auto before = tree_of(store.path);
    const auto copy = store.folder / "copy";
    const auto told = tell({"backup", store.path, "--to", copy});
    CHECK(told.code == 0);
    CHECK(has(told.out, "its files open; `reprise verify " + copy + "` tells more"));
    CHECK(tree_of(store.path) == before);
    CHECK(tell({"ls", copy}).out == tell({"ls", store.path}).out);
    CHECK(has(tell({"backup", store.path, "--to", copy}).err, "invalid_argument"));
    CHECK(open_engine(copy).ok());
  }

  TEST_CASE("repair is not advised where the database has lost CURRENT or its MANIFEST") {
    const FilledStore store;
    const auto whole = tree_of(store.path);
    for (const auto& [name, bytes] : whole) {
      if (!has(name, "CURRENT") && !has(name, "MANIFEST")) continue;
      CAPTURE(name);
      auto less = whole;
      less.erase(name);
      make_tree(store.path, less);
      for (const auto& args : {std::vector<std::string>{"verify", store.path},
                               {"repair", store.path, "--to", store.folder / "copy"}}) {
        const auto told = tell(args);
        CHECK(told.code == 65);
        CHECK(has(told.err, "missing_data (41)"));
        CHECK(has(told.err, "put the file back, or restore a backup"));
        CHECK_FALSE(has(told.err, "reprise repair"));
      }
    }
  }

  TEST_CASE("repair of a store that has lost records names them, and its copy opens") {
    const FilledStore store;
    // The store goes on, and its database is put back to an earlier day.
    const auto earlier = tree_of(store.path);
    {
      auto engine = open_engine(store.path).value();
      REQUIRE(engine.start(order, "later", "card 6").ok());
    }
    auto mixed = earlier;
    mixed.at("anchor") = tree_of(store.path).at("anchor");
    make_tree(store.path, mixed);
    const auto refused = tell({"ls", store.path});
    CHECK(has(refused.err, "missing_data (41)"));
    CHECK(has(refused.err, "reprise repair"));

    const auto copy = store.folder / "copy";
    const auto told = tell({"repair", store.path, "--to", copy});
    CHECK(told.code == 1);
    CHECK(has(told.out, "lost: records "));
    CHECK(has(told.out, "the anchor claims up to "));
    CHECK(has(told.out, "older than its anchor"));
    CHECK(has(told.out, "the files of " + copy + " open; " + store.path + " is as it was"));
    CHECK(lines(told.out).back() == "sound, after the losses above");
    CHECK(tree_of(store.path) == mixed);
    CHECK(lines(tell({"ls", copy}).out).size() == 6);
    CHECK(open_engine(copy).ok());
  }

  TEST_CASE("repair of a store without an anchor says that nothing tells what is lost") {
    const FilledStore store;
    make_tree(store.path, journal::testing::without(tree_of(store.path), "anchor"));
    const auto told = tell({"repair", store.path, "--to", store.folder / "copy"});
    CHECK(told.code == 1);
    CHECK(has(told.out, "lost: the anchor"));
    CHECK(lines(told.out).back() == "sound, after the losses above");
  }

  TEST_CASE("repair of a sound store exits with 0, and so does that of a torn tail") {
    const FilledStore store;
    const auto told = tell({"repair", store.path, "--to", store.folder / "copy"});
    CHECK(told.code == 0);
    CHECK_FALSE(has(told.out, "lost: "));
    CHECK(lines(told.out).back() == "sound");

    const KilledStore killed;
    auto torn = killed.tree;
    torn.at(killed.write_ahead).append(20, 'x');
    make_tree(killed.path, torn);
    const auto cut = tell({"repair", killed.path, "--to", killed.folder / "copy"});
    CHECK(cut.code == 0);
    CHECK(has(cut.out, "20 bytes of an append that was cut off"));
    CHECK(lines(cut.out).back() == "sound");
  }

  TEST_CASE("repair tells what it gave up behind damage, and does not end on a bare \"sound\"") {
    const KilledStore killed;
    const auto& bytes = killed.tree.at(killed.write_ahead);
    const auto middle = bytes.find("card 3");
    REQUIRE(middle != std::string::npos);
    make_tree(killed.path, with_flip(killed.tree, killed.write_ahead, middle, 1));
    const auto refused = tell({"verify", killed.path});
    CHECK(refused.code == 65);
    CHECK(has(refused.err, killed.write_ahead + " is damaged at byte "));
    CHECK(has(refused.err, "reprise repair"));
    const auto told = tell({"repair", killed.path, "--to", killed.folder / "copy"});
    CHECK(told.code == 1);
    CHECK(has(told.out, "damage: " + killed.write_ahead.substr(3) + " is damaged at byte "));
    CHECK(has(told.out, "bytes from there on were given up"));
    CHECK(has(told.out, "lost: records "));
    CHECK(has(told.out, "stood whole behind the damage"));
    CHECK_FALSE(has(told.out + told.err, ".partial"));
    CHECK(lines(told.out).back() == "sound, after the losses above");
    CHECK(tell({"verify", killed.folder / "copy"}).code == 0);
  }

  TEST_CASE("what cannot be repaired leaves no copy behind") {
    const FilledStore store;
    const auto tree = tree_of(store.path);
    make_tree(store.path, with_flip(tree, "db/CURRENT", 3, 1));
    const auto copy = store.folder / "copy";
    const auto failed = tell({"repair", store.path, "--to", copy});
    CHECK(failed.code == 65);
    CHECK(has(failed.err, store.path + "/db/CURRENT is damaged"));
    CHECK(has(failed.err, "restore a backup"));
    CHECK_FALSE(has(failed.err, "reprise repair"));
    CHECK(tell({"backup", store.path, "--to", copy}).code == 65);
    CHECK_FALSE(journal::testing::fs::exists(copy));
    CHECK_FALSE(journal::testing::fs::exists(copy + ".partial"));
  }
}

}  // namespace reprise

// Copies of a store that nobody has open: the store stays as it is, the copy opens.
#include "journal/copy.h"

#include <doctest/doctest.h>

#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

}  // namespace

TEST_SUITE("journal/copy") {
  TEST_CASE("a copy holds the same bytes, closed in order or not") {
    TempFolder folder;
    const Closed closed;
    const Killed killed;
    make_tree(killed.path, killed.tree);
    REQUIRE(copy_store(closed.path, folder / "closed").ok());
    REQUIRE(copy_store(killed.path, folder / "killed").ok());
    // But for RocksDB's own lock.
    CHECK(tree_of(folder / "closed") == without(closed.tree, "db/LOCK"));
    CHECK(tree_of(folder / "killed") == without(killed.tree, "db/LOCK"));
    CHECK(tree_of(closed.path) == closed.tree);
    CHECK(tree_of(killed.path) == killed.tree);
  }

  TEST_CASE("a store that is open, or does not open, is not copied") {
    TempFolder folder;
    const Closed closed;
    {
      auto store = open_rocks_store({.path = closed.path}).value();
      CHECK(copy_store(closed.path, folder / "copy").code() == Code::store_locked);
    }
    make_tree(closed.path, without(closed.tree, "anchor"));
    CHECK(copy_store(closed.path, folder / "copy").code() == Code::corrupt);
    CHECK(copy_store(folder / "none", folder / "copy").code() == Code::store_unusable);
    CHECK_FALSE(fs::exists(folder / "copy"));
    CHECK_FALSE(fs::exists(folder / "copy.partial"));
    CHECK_FALSE(fs::exists(folder / "none"));
  }

  TEST_CASE(
      "a repaired copy of a damaged store opens, names the loss, and the store stays as it is") {
    TempFolder folder;
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    const std::vector<Tree> damages = {with_size(killed.tree, name, size - 1),
                                       with_flip(killed.tree, name, size - 10, 1)};
    for (std::size_t i = 0; i < damages.size(); ++i) {
      make_tree(killed.path, damages[i]);
      const auto copy = folder / ("copy" + std::to_string(i));
      const auto repaired = repair_store(killed.path, copy).value();
      REQUIRE(repaired.losses.size() == 1);
      CHECK(repaired.losses[0].shard == 1);
      CHECK(repaired.losses[0].kept == 2);
      CHECK(repaired.losses[0].claimed == 3);
      CHECK_FALSE(repaired.anchor_lost);
      CHECK(tree_of(killed.path) == damages[i]);
      auto store = open_rocks_store({.path = copy, .create = false}).value();
      CHECK(store->report().clean);
      CHECK(texts(*store, 0) == killed.expected[0]);
      CHECK(texts(*store, 1).size() == 2);
      for (const auto& [file, bytes] : tree_of(copy)) CHECK_FALSE(file.starts_with("aside"));
    }
  }

  TEST_CASE("repair of a sound store loses nothing") {
    TempFolder folder;
    const Closed closed;
    const auto repaired = repair_store(closed.path, folder / "copy").value();
    CHECK(repaired.losses.empty());
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(all_texts(*store) == closed.expected);
  }

  TEST_CASE("a lost anchor is said, and all that is left is kept") {
    TempFolder folder;
    const Closed closed;
    make_tree(closed.path, without(closed.tree, "anchor"));
    const auto repaired = repair_store(closed.path, folder / "copy").value();
    CHECK(repaired.anchor_lost);
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(all_texts(*store) == closed.expected);
  }
}

}  // namespace reprise::journal

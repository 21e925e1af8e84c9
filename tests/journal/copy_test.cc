// Copies of a store that nobody has open: the store stays as it is, the copy opens.
#include "journal/copy.h"

#include <doctest/doctest.h>

#include "journal/manifest.h"
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
      CHECK(repaired.losses[0].last == 3);
      CHECK(repaired.losses[0].claimed == 3);
      CHECK(repaired.losses[0].seen == 0);
      CHECK_FALSE(repaired.anchor_lost);
      CHECK_FALSE(repaired.whole());
      // The anchor claims what stood there, so it is no append that was cut off.
      CHECK(repaired.tail_dropped == 0);
      REQUIRE(repaired.given_up.size() == 1);
      CHECK("db/" + repaired.given_up[0].file == name);
      CHECK(repaired.given_up[0].offset + repaired.given_up[0].bytes == damages[i].at(name).size());
      CHECK(tree_of(killed.path) == damages[i]);
      auto store = open_rocks_store({.path = copy, .create = false}).value();
      CHECK(store->report().clean);
      CHECK(texts(*store, 0) == killed.expected[0]);
      CHECK(texts(*store, 1).size() == 2);
      for (const auto& [file, bytes] : tree_of(copy)) CHECK_FALSE(file.starts_with("aside"));
    }
  }

  TEST_CASE("damage in the middle of a write-ahead file: all that is given up behind it is told") {
    const Killed killed(4);  // The anchor claims one record of each shard, three are there.
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    const auto middle = killed.tree.at(name).find("text 2");
    REQUIRE(middle != std::string::npos);
    make_tree(killed.path, with_flip(killed.tree, name, middle, 1));
    TempFolder folder;
    const auto repaired = repair_store(killed.path, folder / "copy").value();
    CHECK_FALSE(repaired.whole());
    REQUIRE(repaired.given_up.size() == 1);
    const auto& part = repaired.given_up[0];
    CHECK("db/" + part.file == name);
    CHECK(part.damaged);
    CHECK(part.offset < middle);
    CHECK(part.offset > killed.tree.at(name).find("text 1"));
    CHECK(part.offset + part.bytes == size);
    CHECK(repaired.tail_dropped == 0);
    // Of shard 0 the record that is damaged, and one behind it; of shard 1 both are behind it.
    REQUIRE(repaired.losses.size() == 2);
    for (const auto& loss : repaired.losses) {
      CHECK(loss.kept == 1);
      CHECK(loss.claimed == 1);
      CHECK(loss.last == 3);
      CHECK(loss.seen == (loss.shard == 0 ? 1 : 2));
    }
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(texts(*store, 0) == std::vector<std::string>{"text 0"});
    CHECK(texts(*store, 1) == std::vector<std::string>{"text 1"});
  }

  TEST_CASE("a file behind a damaged one is given up with it, and told") {
    const Killed killed(6);
    REQUIRE(names_in(killed.tree, "", ".log").back() == killed.write_ahead());
    const auto bytes = killed.tree.at(killed.write_ahead());
    const auto begin = scan_framing(std::string_view(bytes).substr(0, bytes.find("text 5"))).end;
    // As if RocksDB had begun a file between the last two records. By their numbers the two are in
    // the other order than by their letters.
    const std::string name = "db/999999.log";
    const std::string next = "db/1000000.log";
    auto tree = without(killed.tree, killed.write_ahead());
    tree[name] = bytes.substr(0, begin);
    tree[next] = bytes.substr(begin);
    tree = with_flip(tree, name, bytes.find("text 4"), 1);
    make_tree(killed.path, tree);
    // The next file begins behind a record that is not whole: it was, when that file was begun.
    CHECK(open_rocks_store({.path = killed.path}).code() == Code::corrupt);
    CHECK(tree_of(killed.path) == tree);
    TempFolder folder;
    const auto repaired = repair_store(killed.path, folder / "copy").value();
    REQUIRE(repaired.given_up.size() == 2);
    CHECK("db/" + repaired.given_up[1].file == next);
    CHECK_FALSE(repaired.given_up[1].damaged);
    CHECK(repaired.given_up[1].offset == 0);
    CHECK(repaired.given_up[1].bytes == tree.at(next).size());
    REQUIRE(repaired.losses.size() == 1);
    CHECK(repaired.losses[0].shard == 1);
    CHECK(repaired.losses[0].kept == 2);
    CHECK(repaired.losses[0].last == 3);
    CHECK(repaired.losses[0].seen == 1);
  }

  TEST_CASE("an open that accepts the loss says the same, and no longer calls it a torn tail") {
    const Killed killed(4);
    const auto name = killed.write_ahead();
    const auto damaged = with_flip(killed.tree, name, killed.tree.at(name).find("text 2"), 1);
    make_tree(killed.path, damaged);
    const auto refused = open_rocks_store({.path = killed.path, .create = false});
    REQUIRE(refused.code() == Code::corrupt);
    CHECK(refused.error().message().find(name + " is damaged at byte ") != std::string::npos);
    auto store =
        open_rocks_store({.path = killed.path, .create = false, .accept_loss = {{0, 0}, {1, 0}}})
            .value();
    CHECK(store->report().tail_bytes_dropped == 0);
    REQUIRE(store->report().given_up.size() == 1);
    REQUIRE(store->report().seen_lost.size() == 2);
    CHECK(store->report().seen_lost[0].last == 3);
    CHECK(store->report().notes.size() == 4);  // The file, two shards, and where the original is.
  }

  TEST_CASE("a repair that fails names the store's own file, and leaves nothing behind") {
    TempFolder folder;
    const Closed closed;
    make_tree(closed.path, with_flip(closed.tree, "db/CURRENT", 3, 1));
    const auto failed = repair_store(closed.path, folder / "copy");
    CHECK(failed.code() == Code::corrupt);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().message() == closed.path + "/db/CURRENT is damaged.");
    CHECK_FALSE(fs::exists(folder / "copy.partial"));
  }

  TEST_CASE("a copy takes no name that is taken, and does not go into its store") {
    TempFolder folder;
    const Closed closed;
    fs::create_directories(folder / "mine.partial");
    write_bytes(folder / "mine.partial/notes", "keep");
    CHECK(copy_store(closed.path, folder / "mine").code() == Code::invalid_argument);
    CHECK(read_bytes(folder / "mine.partial/notes") == "keep");
    CHECK(copy_store(closed.path, closed.path + "/copy").code() == Code::invalid_argument);
    CHECK(copy_store(closed.path, "").code() == Code::invalid_argument);
    CHECK(tree_of(closed.path) == closed.tree);
    REQUIRE(copy_store(closed.path, folder / "slash/").ok());
    CHECK(fs::exists(folder / "slash/anchor"));
  }

  TEST_CASE("a backup takes no name that is taken, be it in part, and removes nothing") {
    TempFolder folder;
    fs::create_directories(folder / "mine.partial");
    write_bytes(folder / "mine.partial/notes", "keep");
    const auto path = folder / "store.partial";
    auto store = open_rocks_store({.path = path, .shards = 2}).value();
    REQUIRE(append_one(*store, 0, "a").ok());
    const auto refused = store->backup(folder / "mine");
    CHECK(refused.code() == Code::invalid_argument);
    CHECK(refused.error().message().find("mine.partial is there already; remove it") !=
          std::string::npos);
    CHECK(read_bytes(folder / "mine.partial/notes") == "keep");
    CHECK(store->backup(folder / "store").code() == Code::invalid_argument);  // Itself, so to say.
    CHECK(store->backup(path).code() == Code::invalid_argument);
    CHECK(store->backup(path + "/copy").code() == Code::invalid_argument);
    CHECK(store->backup("").code() == Code::invalid_argument);
    CHECK_FALSE(fs::exists(path + "/copy.partial"));
    REQUIRE(append_one(*store, 0, "b").ok());
    REQUIRE(store->backup(folder / "slash/").ok());
    CHECK(fs::exists(folder / "slash/anchor"));
    CHECK_FALSE(fs::exists(folder / "slash/.partial"));
    REQUIRE(store->close().ok());
    CHECK(texts(*open_rocks_store({.path = path}).value(), 0) ==
          std::vector<std::string>{"a", "b"});
  }

  TEST_CASE("repair of a sound store loses nothing") {
    TempFolder folder;
    const Closed closed;
    const auto repaired = repair_store(closed.path, folder / "copy").value();
    CHECK(repaired.whole());
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(all_texts(*store) == closed.expected);
  }

  TEST_CASE("a database older than its anchor: what it holds is kept, what it lacks is named") {
    TempFolder folder;
    const Closed closed;
    {
      auto store = open_rocks_store({.path = closed.path}).value();
      REQUIRE(append_one(*store, 0, "later").ok());
      REQUIRE(store->close().ok());
    }
    // Somebody put the database back, and left the anchor.
    auto tree = closed.tree;
    tree.at("anchor") = tree_of(closed.path).at("anchor");
    make_tree(closed.path, tree);
    const OpenOptions any{.path = closed.path, .accept_loss = {{0, 0}, {1, 0}}};
    CHECK(open_rocks_store(any).code() == Code::missing_data);
    const auto repaired = repair_store(closed.path, folder / "copy").value();
    CHECK(repaired.older);
    CHECK_FALSE(repaired.anchor_lost);
    CHECK_FALSE(repaired.whole());
    REQUIRE(repaired.losses.size() == 1);
    CHECK(repaired.losses[0].shard == 0);
    CHECK(repaired.losses[0].kept == 3);
    CHECK(repaired.losses[0].claimed == 4);
    CHECK(repaired.losses[0].last == 4);
    CHECK(tree_of(closed.path) == tree);
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(store->report().clean);
    CHECK(all_texts(*store) == closed.expected);
  }

  TEST_CASE("a lost anchor is said, and all that is left is kept") {
    TempFolder folder;
    const Closed closed;
    make_tree(closed.path, without(closed.tree, "anchor"));
    const auto repaired = repair_store(closed.path, folder / "copy").value();
    CHECK(repaired.anchor_lost);
    CHECK_FALSE(repaired.whole());
    auto store = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(all_texts(*store) == closed.expected);
  }
}

}  // namespace reprise::journal

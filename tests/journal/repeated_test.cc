// Files that RocksDB, shown them, would abort the process over: writes that stand twice, names.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "journal/copy.h"
#include "journal/manifest.h"
#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using Losses = std::vector<std::pair<ShardId, Position>>;

const Losses everything = {{0, 0}, {1, 0}};

bool says(const Error& error, std::string_view text) {
  return error.message().find(text) != std::string::npos;
}

/// Every way in refuses `tree` with an error that has those words, and leaves it as it is.
void check_refused(const std::string& path, const Tree& tree,
                   const std::vector<std::string>& words) {
  make_tree(path, tree);
  const auto refused = [&](const auto& result) {
    REQUIRE(result.code() == Code::corrupt);
    for (const auto& word : words) {
      INFO(result.error().message());
      CHECK(says(result.error(), word));
    }
  };
  for (const auto& losses : {Losses{}, everything}) {
    for (const bool read_only : {false, true}) {
      refused(open_rocks_store({.path = path, .accept_loss = losses, .read_only = read_only}));
    }
  }
  refused(repair_store(path, path + "-repaired"));
  refused(copy_store(path, path + "-copied"));
  CHECK(tree_of(path) == tree);
}

}  // namespace

TEST_SUITE("journal/repeated") {
  TEST_CASE("in two files they are refused by every way in, and its advice loses nothing") {
    const Killed killed(6);
    const auto name = killed.write_ahead();
    const auto own = name.substr(3);
    const auto& bytes = killed.tree.at(name);
    const auto earlier = bytes.substr(0, scan_framing(bytes.substr(0, bytes.size() / 2)).end);
    struct Case {
      std::string added;
      std::string bytes;
      std::string lesser;  // That can go, as the error says.
    };
    for (const auto& [added, content, lesser] :
         {Case{"999999.log", bytes, own}, Case{"000001.log", bytes, "000001.log"},
          Case{"000001.log", earlier, "000001.log"}}) {
      auto tree = killed.tree;
      tree["db/" + added] = content;
      check_refused(killed.path, tree, {own, added, lesser + " holds no more than the other"});
      std::filesystem::remove(killed.path + "/db/" + lesser);
      CHECK(all_texts(*open_rocks_store({.path = killed.path}).value()) == killed.expected);
    }
    // Were it the store's own, cut off, the longer one below it would not be read.
    auto tree = killed.tree;
    tree["db/999999.log"] = earlier;
    check_refused(killed.path, tree, {own, "999999.log", "the same writes. One of them was put"});
  }

  TEST_CASE("the file they come from is told, also when it is not the last one") {
    const Killed killed(6);
    const auto name = killed.write_ahead();
    const auto& bytes = killed.tree.at(name);
    const auto cut = scan_framing(bytes.substr(0, bytes.size() / 2)).end;
    auto tree = killed.tree;
    tree.at(name) = bytes.substr(0, cut);
    tree["db/000900.log"] = bytes.substr(cut);
    // With the store's own second file between them, only the later one can be the copy, and that
    // the lower one could go would be bad advice: the rest would then be in the wrong order.
    struct Case {
      std::string added;
      std::string advice;
    };
    for (const auto& [added, advice] : {Case{"000001.log", "000001.log holds no more"},
                                        Case{"999999.log", "One of them was put there"}}) {
      auto mixed = tree;
      mixed["db/" + added] = bytes.substr(0, cut);
      check_refused(killed.path, mixed, {name.substr(3), added, "hold the same writes", advice});
      std::filesystem::remove(killed.path + "/db/" + added);
      CHECK(all_texts(*open_rocks_store({.path = killed.path}).value()) == killed.expected);
    }
  }

  TEST_CASE("a file with damage is never the one that holds no more") {
    const Killed killed(6);
    const auto name = killed.write_ahead();
    const auto& bytes = killed.tree.at(name);
    auto tree = with_flip(killed.tree, name, bytes.find("text 3"), 1);
    tree["db/999999.log"] = bytes.substr(0, scan_framing(bytes.substr(0, bytes.size() / 2)).end);
    check_refused(killed.path, tree, {name.substr(3), "999999.log", "went on differently"});
  }

  TEST_CASE("files in another order than they were written in are refused") {
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto& bytes = killed.tree.at(name);
    const auto cut = scan_framing(bytes.substr(0, bytes.size() / 2)).end;
    auto tree = killed.tree;
    tree.at(name) = bytes.substr(cut);
    tree["db/999999.log"] = bytes.substr(0, cut);
    check_refused(killed.path, tree, {name.substr(3), "999999.log", "in the wrong order"});
  }

  TEST_CASE("in two files that went on differently they are told as that") {
    const Killed killed;
    Killed other;
    {
      const TempFolder folder;
      other.path = folder / "store";
      auto store = open_rocks_store({.path = other.path, .shards = 2, .store_id = {1, 2}}).value();
      for (int i = 0; i < 6; ++i) {
        const auto text = i < 5 ? "text " + std::to_string(i) : std::string("other");
        REQUIRE(append_one(*store, static_cast<ShardId>(i % 2), text).ok());
      }
      other.tree = tree_of(other.path);
    }
    auto tree = killed.tree;
    tree["db/999999.log"] = other.tree.at(other.write_ahead());
    check_refused(killed.path, tree, {"went on differently", "restore a backup"});
  }

  TEST_CASE("in one file they are damage: refused, or given up where a loss is accepted") {
    const Killed killed;
    const auto name = killed.write_ahead();
    auto tree = killed.tree;
    tree.at(name) += tree.at(name);
    for (const bool read_only : {false, true}) {
      make_tree(killed.path, tree);
      const auto refused = open_rocks_store({.path = killed.path, .read_only = read_only});
      REQUIRE(refused.code() == Code::corrupt);
      CHECK(says(refused.error(), name));
      CHECK(tree_of(killed.path) == tree);
      auto opened = open_rocks_store(
          {.path = killed.path, .accept_loss = everything, .read_only = read_only});
      REQUIRE(opened.ok());
      CHECK(all_texts(**opened) == killed.expected);
      REQUIRE((*opened)->report().given_up.size() == 1);
      CHECK((*opened)->report().given_up[0].offset == killed.tree.at(name).size());
    }
    make_tree(killed.path, tree);
    const auto repaired = killed.path + "-repaired";
    CHECK(repair_store(killed.path, repaired).ok());
    CHECK(all_texts(*open_rocks_store({.path = repaired}).value()) == killed.expected);
  }

  TEST_CASE("behind what RocksDB would skip in silence they are never shown to it") {
    constexpr std::size_t block = 32768;
    const Killed killed;
    const auto name = killed.write_ahead();
    auto tree = killed.tree;
    auto& bytes = tree.at(name);
    REQUIRE(bytes.size() < block);
    bytes.resize(block, '\0');
    bytes += killed.tree.at(name);
    for (const auto& losses : {Losses{}, everything}) {
      for (const bool read_only : {true, false}) {
        make_tree(killed.path, tree);
        auto opened =
            open_rocks_store({.path = killed.path, .accept_loss = losses, .read_only = read_only});
        REQUIRE(opened.ok());
        CHECK(all_texts(**opened) == killed.expected);
      }
    }
  }

  TEST_CASE("beside a store that was closed in order no file with writes is taken in") {
    const Killed killed;
    const Closed closed;
    auto tree = closed.tree;
    tree["db/999999.log"] = killed.tree.at(killed.write_ahead());
    check_refused(closed.path, tree, {"999999.log", "closed in order"});
    std::filesystem::remove(closed.path + "/db/999999.log");
    auto store = open_rocks_store({.path = closed.path}).value();
    CHECK(store->report().clean);
    CHECK(all_texts(*store) == closed.expected);
  }

  TEST_CASE("numbers so high that RocksDB would assert are refused where CURRENT has them") {
    const Killed killed;
    auto tree = killed.tree;
    const auto own = names_in(tree, "MANIFEST-", "").front();
    for (const auto* number : {"4611686018427387903", "1152921504606846977"}) {
      auto forged = without(tree, own);
      forged["db/MANIFEST-" + std::string(number)] = tree.at(own);
      forged.at("db/CURRENT") = "MANIFEST-" + std::string(number) + "\n";
      check_refused(killed.path, forged, {"CURRENT", "damaged"});
    }
  }

  TEST_CASE("a folder that somebody made among the files is in nobody's way") {
    const Killed killed;
    auto tree = killed.tree;
    tree["db/lost+found/note"] = "mine";
    make_tree(killed.path, tree);
    CHECK(all_texts(*open_rocks_store({.path = killed.path}).value()) == killed.expected);
    CHECK(read_bytes(killed.path + "/db/lost+found/note") == "mine");
    make_tree(killed.path, tree);
    const auto repaired = killed.path + "-repaired";
    CHECK(repair_store(killed.path, repaired).ok());
    CHECK(all_texts(*open_rocks_store({.path = repaired}).value()) == killed.expected);
    tree.at(killed.write_ahead()) += killed.tree.at(killed.write_ahead());
    make_tree(killed.path, tree);
    CHECK(all_texts(*open_rocks_store({.path = killed.path, .accept_loss = everything}).value()) ==
          killed.expected);
  }

  TEST_CASE("files with names that are not the store's own are nobody's business") {
    const Killed killed;
    const auto name = killed.write_ahead();
    // RocksDB would assert of some of these, look for others under another name, go on from the
    // numbers of the rest, or remove them.
    for (const auto* added :
         {"0.log", "000000.log", "0000000099.log", "99.log", "9999999999999999999.log",
          "18446744073709551615.log", "99999999999999999999999.sst", "1152921504606846976.sst",
          "4294999999.sst", "OPTIONS-9999999999999999999", "OPTIONS-9999999999999999999-1",
          "MANIFEST-9999999999999999999", "9999999999999999999.dbtmp", "archive-0.log",
          "archive-000099.log", "notes-9.txt", "server-1.log"}) {
      CAPTURE(added);
      for (const auto& bytes : {std::string(), killed.tree.at(name)}) {
        auto tree = killed.tree;
        tree["db/" + std::string(added)] = bytes;
        make_tree(killed.path, tree);
        CHECK(open_rocks_store({.path = killed.path, .read_only = true}).ok());
        for (const auto* text : {"more", "still more"}) {
          auto store = open_rocks_store({.path = killed.path}).value();
          REQUIRE(append_one(*store, 0, text).ok());  // And killed, or closed in order.
          if (text == std::string("still more")) CHECK(store->close().ok());
        }
        auto store = open_rocks_store({.path = killed.path}).value();
        CHECK(store->report().clean);
        auto expected = killed.expected;
        expected[0].insert(expected[0].end(), {"more", "still more"});
        CHECK(all_texts(*store) == expected);
        CHECK(read_bytes(killed.path + "/db/" + added) == bytes);
      }
    }
  }
}

}  // namespace reprise::journal

// A damaged store that is opened with a loss accepted: what goes, what stays, what is kept aside.
#include <doctest/doctest.h>

#include <cstddef>
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

/// As if RocksDB had begun a file behind the first of six writes, in whose payload a bit has rotted
/// since: that one looks like an append that was cut off. Nothing of them is claimed.
struct FirstRotten {
  TempFolder folder;
  std::string path = folder / "store";
  std::string first = "db/999998.log";
  std::string next = "db/999999.log";
  Tree tree;
  Texts expected = {{}, {}};  ///< What is left.

  explicit FirstRotten(bool before) {
    auto store = open_rocks_store({.path = path, .shards = 2}).value();
    if (before) {
      for (ShardId shard = 0; shard < 2; ++shard) {
        REQUIRE(append_one(*store, shard, "before").ok());
      }
      expected = all_texts(*store);
      REQUIRE(store->close().ok());
      store.reset();
      store = open_rocks_store({.path = path}).value();
    }
    REQUIRE(store->renew_anchor().ok());
    for (int i = 0; i < 6; ++i) {
      REQUIRE(append_one(*store, static_cast<ShardId>(i % 2), "text " + std::to_string(i)).ok());
    }
    tree = tree_of(path);
    std::string name;
    for (const auto& file : names_in(tree, "", ".log")) {
      if (tree.at(file).find("text 0") != std::string::npos) name = file;
    }
    REQUIRE(!name.empty());
    const std::string bytes = tree.at(name);
    const auto end = scan_framing(std::string_view(bytes).substr(0, bytes.find("text 1"))).end;
    tree[first] = with_flip(tree, name, bytes.find("text 0"), 1).at(name).substr(0, end);
    tree[next] = bytes.substr(end);
    tree.erase(name);
  }
};

}  // namespace

TEST_SUITE("journal/accepted_loss") {
  TEST_CASE("a loss is accepted only as far as it is named") {
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto cut = with_size(killed.tree, name, killed.tree.at(name).size() - 1);
    make_tree(killed.path, cut);
    // What was cut off was claimed, so it is no append that was under way: of shard 0, too, there
    // may have been more.
    using Losses = std::vector<std::pair<ShardId, Position>>;
    for (const auto& losses :
         {Losses{}, Losses{{1, 3}}, Losses{{0, 2}}, Losses{{0, 3}, {1, 3}}, Losses{{1, 2}}}) {
      const auto refused = open_rocks_store({.path = killed.path, .accept_loss = losses});
      REQUIRE(refused.code() == Code::missing_data);
      if (losses.size() == 1 && losses[0].second != 2) {
        CHECK(refused.error().message().find("(0, 3) (1, 2)") != std::string::npos);
      }
    }
    CHECK(tree_of(killed.path) == cut);
    auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 3}, {1, 2}}}).value();
    CHECK(store->ends(0).last == 3);
    CHECK(store->ends(1).last == 2);
    CHECK(append_one(*store, 1, "again").ok());
    REQUIRE(store->close().ok());
    CHECK(open_rocks_store({.path = killed.path}).ok());
  }

  TEST_CASE("what stands whole behind damage is lost only where that shard is named so far") {
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto& bytes = killed.tree.at(name);
    // Nothing is claimed, so nothing but the damage keeps the store from opening.
    auto tree = Killed(6).tree;
    tree.at(name) = with_flip(killed.tree, name, bytes.find("text 2"), 1).at(name);
    using Losses = std::vector<std::pair<ShardId, Position>>;
    for (const auto& losses : {Losses{{1, 0}}, Losses{{0, 0}}, Losses{{0, 0}, {1, 2}}}) {
      make_tree(killed.path, tree);
      const auto refused = open_rocks_store({.path = killed.path, .accept_loss = losses});
      CHECK(refused.code() == Code::missing_data);
      CHECK(tree_of(killed.path) == tree);
    }
    auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 1}, {1, 1}}}).value();
    CHECK(store->ends(0).last == 1);
    CHECK(store->ends(1).last == 1);
  }

  TEST_CASE("of what a damaged group held nobody knows, so every shard has to be named") {
    Killed killed;
    {
      std::filesystem::remove_all(killed.path);
      auto store = open_rocks_store({.path = killed.path, .shards = 2}).value();
      REQUIRE(append_one(*store, 0, "first").ok());
      std::vector<ShardAppend> group;
      group.push_back(one_record(*store, 0, "second"));
      group.push_back(one_record(*store, 1, "of another"));
      REQUIRE(store->append(group, true).ok());
      REQUIRE(append_one(*store, 0, "third").ok());
      killed.tree = tree_of(killed.path);
    }
    const auto name = killed.write_ahead();
    const auto tree = with_flip(killed.tree, name, killed.tree.at(name).find("of another"), 1);
    make_tree(killed.path, tree);
    const auto refused = open_rocks_store({.path = killed.path, .accept_loss = {{0, 1}}});
    REQUIRE(refused.code() == Code::missing_data);
    const auto& said = refused.error().message();
    CHECK(said.find("whatever shard 1 had after record 0") != said.npos);
    CHECK(said.find("(0, 1) (1, 0)") != said.npos);
    CHECK(tree_of(killed.path) == tree);
    auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 1}, {1, 0}}}).value();
    CHECK(all_texts(*store) == Texts{{"first"}, {}});
  }

  TEST_CASE("whatever is given up, the original is kept aside for good") {
    const Killed killed;
    const Closed closed;
    const auto name = killed.write_ahead();
    const auto last = killed.tree.at(name).rfind("text 5");
    auto torn = closed.tree;
    torn[names_in(closed.tree, "", ".log").back()] = "rubbish";
    for (const auto& tree : {with_flip(killed.tree, name, last, 1), torn}) {
      make_tree(killed.path, tree);
      auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 0}, {1, 0}}});
      REQUIRE(store.ok());
      CHECK_FALSE((*store)->report().given_up.empty());
      REQUIRE((*store)->close().ok());
      REQUIRE(open_rocks_store({.path = killed.path}).value()->close().ok());
      std::size_t kept = 0;
      for (const auto& [file, bytes] : tree_of(killed.path)) {
        if (!file.starts_with("aside-") || !file.ends_with(".log")) continue;
        CHECK(bytes == tree.at("db" + file.substr(file.find('/'))));
        ++kept;
      }
      CHECK(kept == names_in(tree, "", ".log").size());
    }
  }

  TEST_CASE("damage in the middle is passed over only when the loss is accepted") {
    const Killed killed;
    const auto name = killed.write_ahead();
    make_tree(killed.path, with_flip(killed.tree, name, killed.tree.at(name).size() - 10, 1));
    CHECK_FALSE(open_rocks_store({.path = killed.path}).ok());
    auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 0}, {1, 0}}}).value();
    CHECK(store->ends(0).last == 3);
    CHECK(store->ends(1).last == 2);
  }

  TEST_CASE("behind a file in which nothing whole stands, the next one is given up with it") {
    for (const bool before : {false, true}) {  // In data files; else nothing is left.
      CAPTURE(before);
      const FirstRotten store(before);
      make_tree(store.path, store.tree);
      CHECK(open_rocks_store({.path = store.path}).code() == Code::corrupt);
      const auto refused = open_rocks_store({.path = store.path, .accept_loss = {{0, 0}}});
      REQUIRE(refused.code() == Code::missing_data);
      const auto* values = before ? "(0, 0) (1, 1)" : "(0, 0) (1, 0)";
      CHECK(refused.error().message().find(values) != std::string::npos);
      CHECK(tree_of(store.path) == store.tree);
      TempFolder folder;
      CHECK(repair_store(store.path, folder / "copy").value().losses.size() == 2);
      CHECK(tree_of(store.path) == store.tree);

      auto opened = open_rocks_store({.path = store.path, .accept_loss = {{0, 0}, {1, 0}}}).value();
      CHECK(all_texts(*opened) == store.expected);
      const auto& report = opened->report();
      REQUIRE(report.given_up.size() == 2);
      CHECK("db/" + report.given_up[0].file == store.first);
      CHECK(report.given_up[0].bytes == store.tree.at(store.first).size());
      CHECK("db/" + report.given_up[1].file == store.next);
      CHECK(report.given_up[1].bytes == store.tree.at(store.next).size());
      CHECK(report.tail_bytes_dropped == 0);
      REQUIRE(report.seen_lost.size() == 2);
      CHECK(report.seen_lost[0].records == 2);  // Of shard 0 the first one is damaged.
      CHECK(report.seen_lost[1].records == 3);
      for (const auto& lost : report.seen_lost) CHECK(lost.last == (before ? 4 : 3));
      REQUIRE(append_one(*opened, 0, "again").ok());
      REQUIRE(opened->close().ok());
      for (const auto& name : {store.first, store.next}) {
        std::size_t kept = 0;
        for (const auto& [file, original] : tree_of(store.path)) {
          if (file.starts_with("aside-") && file.ends_with(name.substr(2))) {
            CHECK(original == store.tree.at(name));
            ++kept;
          }
        }
        CHECK(kept == 1);
      }
      Texts expected = store.expected;
      expected[0].emplace_back("again");
      CHECK(all_texts(*open_rocks_store({.path = store.path}).value()) == expected);
    }
  }

  TEST_CASE("a store without an anchor opens only when every shard is named") {
    const Closed closed;
    make_tree(closed.path, without(closed.tree, "anchor"));
    CHECK(open_rocks_store({.path = closed.path}).code() == Code::corrupt);
    CHECK(open_rocks_store({.path = closed.path, .accept_loss = {{0, 3}}}).code() ==
          Code::missing_data);
    CHECK(open_rocks_store({.path = closed.path, .accept_loss = {{0, 3}, {1, 4}}}).code() ==
          Code::missing_data);
    auto store = open_rocks_store({.path = closed.path, .accept_loss = {{0, 3}, {1, 3}}}).value();
    CHECK(all_texts(*store) == closed.expected);
    REQUIRE(store->close().ok());
    CHECK(open_rocks_store({.path = closed.path}).value()->report().clean);
  }

  TEST_CASE("an original that was kept aside stays, whatever the next one would be called") {
    const Killed killed;
    auto tree = without(killed.tree, "anchor");
    tree.at(killed.write_ahead()) += killed.tree.at(killed.write_ahead());
    tree["aside-0/original"] = "keep";
    make_tree(killed.path, tree);
    auto store = open_rocks_store({.path = killed.path, .accept_loss = {{0, 0}, {1, 0}}}).value();
    CHECK(all_texts(*store) == killed.expected);
    CHECK(read_bytes(killed.path + "/aside-0/original") == "keep");
    for (const auto& [name, bytes] : tree) {
      if (name.starts_with("db/"))
        CHECK(read_bytes(killed.path + "/aside-1" + name.substr(2)) == bytes);
    }
  }
}

}  // namespace reprise::journal

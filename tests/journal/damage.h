// Damaging a store on purpose, and judging what became of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/store_tree.h"
#include "tests/journal/store_fixture.h"

namespace reprise::journal::testing {

namespace fs = std::filesystem;
using test::make_tree;
using test::names_in;
using test::read_bytes;
using test::Tree;
using test::tree_of;
using test::with_flip;
using test::with_size;
using test::without;
using test::write_bytes;

using Texts = std::vector<std::vector<std::string>>;

/// The texts of every shard.
inline Texts all_texts(const Store& store) {
  Texts all;
  for (ShardId shard = 0; shard < store.header().shards; ++shard) {
    all.push_back(texts(store, shard, store.ends(shard).first));
  }
  return all;
}

/// A store of two shards as an orderly close left it.
struct Closed {
  TempFolder folder;
  std::string path = folder / "store";
  Tree tree;
  Texts expected;

  Closed() {
    auto store = open_rocks_store({.path = path, .shards = 2, .store_id = {1, 2}}).value();
    for (int i = 0; i < 6; ++i) {
      REQUIRE(append_one(*store, static_cast<ShardId>(i % 2), "text " + std::to_string(i)).ok());
    }
    expected = all_texts(*store);
    REQUIRE(store->close().ok());
    tree = tree_of(path);
  }
};

/// The same as a kill left it: the last records are only in the write-ahead file, and the anchor
/// claims all but `unclaimed` of them.
struct Killed {
  TempFolder folder;
  std::string path = folder / "store";
  Tree tree;
  Texts expected;

  explicit Killed(int unclaimed = 0) {
    auto store = open_rocks_store({.path = path, .shards = 2, .store_id = {1, 2}}).value();
    for (int i = 0; i < 6; ++i) {
      if (i == 6 - unclaimed) REQUIRE(store->renew_anchor().ok());
      REQUIRE(append_one(*store, static_cast<ShardId>(i % 2), "text " + std::to_string(i)).ok());
    }
    if (unclaimed == 0) REQUIRE(store->renew_anchor().ok());
    expected = all_texts(*store);
    tree = tree_of(path);
  }

  /// The write-ahead file with the records in it.
  [[nodiscard]] std::string write_ahead() const {
    std::string largest;
    for (const auto& name : names_in(tree, "", ".log")) {
      if (largest.empty() || tree.at(name).size() > tree.at(largest).size()) largest = name;
    }
    return largest;
  }
};

/// What opening a damaged store led to.
struct Verdict {
  Code code = Code::ok;  ///< Of the open, or of the first read that failed.
  bool opened = false;
  bool silent_loss = false;  ///< Opened, read without an error, and not what was written.
  bool changed = false;      ///< Refused, but not as it was.
  OpenReport report;
  std::string message;
};

/// Makes `store` hold `tree`, opens it and reads everything.
inline Verdict judge(const std::string& store, const Tree& tree, const Texts& expected) {
  make_tree(store, tree);
  Verdict verdict;
  auto opened = open_rocks_store({.path = store, .create = false});
  verdict.code = opened.code();
  if (!opened) {
    verdict.message = opened.error().message();
    verdict.changed = tree_of(store) != tree;
    return verdict;
  }
  verdict.opened = true;
  verdict.report = (*opened)->report();
  const auto found = all_texts(**opened);
  for (const auto& shard : found) {
    if (!shard.empty() && shard[0].starts_with("!")) verdict.code = Code::corrupt;
  }
  verdict.silent_loss = verdict.code == Code::ok && found != expected;
  return verdict;
}

}  // namespace reprise::journal::testing

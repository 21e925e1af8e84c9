// Damaging a store on purpose, and judging what became of it.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/journal/store_fixture.h"

namespace reprise::journal::testing {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

inline std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Every file of a store with its bytes, but the lock file and the quarantine folder.
inline Tree tree_of(const std::string& store) {
  Tree tree;
  for (const auto& file : fs::recursive_directory_iterator(store)) {
    const auto name = fs::relative(file.path(), store).string();
    if (file.is_regular_file() && name != "lock" && !name.starts_with("quarantine")) {
      tree[name] = read_bytes(file.path());
    }
  }
  return tree;
}

/// Makes `store` hold exactly `tree`, as a kill or a rotten disk would have left it.
inline void make_tree(const std::string& store, const Tree& tree) {
  fs::remove_all(store);
  for (const auto& [name, bytes] : tree) {
    const auto path = fs::path(store) / name;
    fs::create_directories(path.parent_path());
    write_bytes(path, bytes);
  }
}

/// Names in `tree` below db/ that start and end so.
inline std::vector<std::string> names_in(const Tree& tree, std::string_view start,
                                         std::string_view end) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : tree) {
    const auto file = fs::path(name).filename().string();
    if (name.starts_with("db/") && file.starts_with(start) && file.ends_with(end)) {
      names.push_back(name);
    }
  }
  return names;
}

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

inline Tree with_flip(Tree tree, const std::string& name, std::size_t byte, int bit) {
  auto& bytes = tree.at(name);
  bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
  return tree;
}

inline Tree with_size(Tree tree, const std::string& name, std::size_t size) {
  tree.at(name).resize(size);
  return tree;
}

inline Tree without(Tree tree, const std::string& name) {
  tree.erase(name);
  return tree;
}

}  // namespace reprise::journal::testing

// Damaging a store on purpose, and judging what became of it.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

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

/// The texts of every shard.
inline std::vector<std::vector<std::string>> all_texts(const Store& store) {
  std::vector<std::vector<std::string>> all;
  for (ShardId shard = 0; shard < store.header().shards; ++shard) {
    all.push_back(texts(store, shard, store.ends(shard).first));
  }
  return all;
}

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
inline Verdict judge(const std::string& store, const Tree& tree,
                     const std::vector<std::vector<std::string>>& expected) {
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

// A store's folder as a value: read whole, changed at will, written back.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::test {

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
    const auto name = file.path().lexically_relative(store).string();
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

}  // namespace reprise::test

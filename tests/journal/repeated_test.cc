// Write-ahead files that hold the same writes: RocksDB would abort the process.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "journal/copy.h"
#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

}  // namespace

TEST_SUITE("journal/repeated") {
  TEST_CASE("writes that are there twice are refused by every way in, with both files' names") {
    const Killed killed;
    const auto name = killed.write_ahead();
    for (const std::string copy : {"db/999999.log", "db/000001.log"}) {
      auto tree = killed.tree;
      tree[copy] = tree.at(name);
      make_tree(killed.path, tree);
      const auto refused = [&](const auto& result) {
        CHECK(result.code() == Code::corrupt);
        for (const auto& file : {name, copy}) {
          CHECK(result.error().message().find(file.substr(3)) != std::string::npos);
        }
      };
      using Losses = std::vector<std::pair<ShardId, Position>>;
      for (const auto& losses : {Losses{}, Losses{{0, 0}, {1, 0}}}) {
        for (const bool read_only : {false, true}) {
          refused(open_rocks_store(
              {.path = killed.path, .accept_loss = losses, .read_only = read_only}));
        }
      }
      refused(repair_store(killed.path, killed.path + "-repaired"));
      CHECK(tree_of(killed.path) == tree);
      std::filesystem::remove(killed.path + "/" + copy);
      CHECK(all_texts(*open_rocks_store({.path = killed.path}).value()) == killed.expected);
    }
  }
}

}  // namespace reprise::journal

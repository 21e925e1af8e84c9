// Looking into a store changes nothing of it, whatever state it was left in.
#include <doctest/doctest.h>

#include <unistd.h>

#include "journal/verify.h"
#include "support/other_process.h"
#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// What reading only led to; the same files with the same bytes are checked here.
struct Look {
  Code code = Code::ok;
  Texts texts;
  OpenReport report;
};

Look look(const std::string& store, const Tree& tree) {
  make_tree(store, tree);
  Look look;
  {
    auto opened = open_rocks_store({.path = store, .read_only = true});
    look.code = opened.code();
    if (opened) {
      look.texts = all_texts(**opened);
      look.report = (*opened)->report();
    }
  }
  CHECK(tree_of(store) == tree);
  CHECK_FALSE(fs::exists(store + "/quarantine"));
  return look;
}

}  // namespace

TEST_SUITE("journal/read_only") {
  TEST_CASE("a store that was closed in order is read, and no byte of it changes") {
    const Closed closed;
    const auto found = look(closed.path, closed.tree);
    CHECK(found.code == Code::ok);
    CHECK(found.texts == closed.expected);
    CHECK(found.report.clean);
  }

  TEST_CASE("a store as a kill left it is read, and no byte of it changes") {
    const Killed killed;
    const auto found = look(killed.path, killed.tree);
    CHECK(found.code == Code::ok);
    CHECK(found.texts == killed.expected);
    CHECK_FALSE(found.report.clean);
  }

  TEST_CASE("a torn tail is reported each time, and stays") {
    const Killed killed(2);
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    // What is left when the last append reached the disk in part, or as other bytes.
    auto garbled = killed.tree;
    garbled.at(name).replace(size - 20, 20, std::string(20, '\0'));
    for (const auto& torn : {with_size(killed.tree, name, size - 1), garbled}) {
      for (int i = 0; i < 2; ++i) {
        const auto found = look(killed.path, torn);
        CHECK(found.code == Code::ok);
        CHECK(found.report.tail_bytes_dropped > 0);
        CHECK(found.texts[0] == killed.expected[0]);
        CHECK(found.texts[1] == std::vector<std::string>{"text 1", "text 3"});
      }
      // The next open for writing finds what was seen, and reports the tail.
      const auto verdict = judge(killed.path, torn, {killed.expected[0], {"text 1", "text 3"}});
      CHECK_FALSE(verdict.silent_loss);
      CHECK(verdict.report.tail_bytes_dropped > 0);
    }
  }

  TEST_CASE("what an open for writing refuses is refused as well") {
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto cut = with_size(killed.tree, name, killed.tree.at(name).size() - 1);
    CHECK(look(killed.path, cut).code == Code::missing_data);
    const auto flipped = with_flip(killed.tree, name, killed.tree.at(name).size() / 2, 1);
    CHECK(look(killed.path, flipped).code == Code::corrupt);
    CHECK(look(killed.path, without(killed.tree, "anchor")).code == Code::corrupt);
  }

  TEST_CASE("damage in any byte of a write-ahead file is never read as something else") {
    const Killed killed(2);
    const auto name = killed.write_ahead();
    for (std::size_t byte = 0; byte < killed.tree.at(name).size(); byte += 7) {
      const auto found =
          look(killed.path, with_flip(killed.tree, name, byte, static_cast<int>(byte % 8)));
      for (std::size_t shard = 0; shard < found.texts.size(); ++shard) {
        auto expected = killed.expected[shard];
        if (expected.size() > found.texts[shard].size()) expected.resize(found.texts[shard].size());
        CHECK(found.texts[shard] == expected);
      }
    }
  }

  TEST_CASE("while it is read nobody else opens it, and whoever has it open is named") {
    TempFolder folder;
    const auto path = folder / "store";
    {
      auto store = open_rocks_store({.path = path}).value();
      const auto refused = open_rocks_store({.path = path, .read_only = true});
      CHECK(refused.code() == Code::store_locked);
      CHECK(refused.error().message().find("pid") != std::string::npos);
    }
    CHECK(test::open_elsewhere(path).code == Code::ok);
    auto reader = open_rocks_store({.path = path, .read_only = true}).value();
    CHECK(open_rocks_store({.path = path}).code() == Code::store_locked);
    const auto elsewhere = test::open_elsewhere(path);
    CHECK(elsewhere.code == Code::store_locked);
    CHECK(elsewhere.message.find(fmt::format("pid {} ", ::getpid())) != std::string::npos);
    REQUIRE(reader->close().ok());
    CHECK(open_rocks_store({.path = path}).ok());
  }

  TEST_CASE("nothing is made where there is no store, and nothing is written to one") {
    TempFolder folder;
    CHECK(open_rocks_store({.path = folder / "none", .read_only = true}).code() ==
          Code::store_unusable);
    CHECK_FALSE(fs::exists(folder / "none"));
    const Closed closed;
    auto store = open_rocks_store({.path = closed.path, .read_only = true}).value();
    CHECK(append_one(*store, 0, "a").code() == Code::invalid_argument);
    CHECK(store->trim(0, 2).code() == Code::invalid_argument);
    CHECK(store->renew_anchor().code() == Code::invalid_argument);
    CHECK(verify(*store).value().problems.empty());
  }
}

}  // namespace reprise::journal

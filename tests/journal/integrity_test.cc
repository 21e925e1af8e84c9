// Nothing that was acknowledged is ever missing in silence, and a refusal changes nothing.
#include <doctest/doctest.h>

#include "journal/anchor.h"
#include "journal/manifest.h"
#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

std::string manifest_in(const Tree& tree) { return names_in(tree, "MANIFEST-", "").at(0); }

/// A whole fragment but for its checksum: RocksDB refuses to open what ends so.
std::string refused_tail() { return std::string("sums\x1e\0\1", 7) + std::string(30, 'x'); }

/// Judges `tree` and checks what holds for every damage: no silent loss, no change by a refusal.
Verdict never_silent(const std::string& path, const Tree& tree, const Texts& expected) {
  auto verdict = judge(path, tree, expected);
  CHECK_FALSE(verdict.silent_loss);
  CHECK_FALSE(verdict.changed);
  return verdict;
}

}  // namespace

TEST_SUITE("journal/integrity") {
  TEST_CASE("an undamaged store opens: clean after a close, unclean after a kill") {
    const Closed closed;
    auto verdict = never_silent(closed.path, closed.tree, closed.expected);
    CHECK(verdict.code == Code::ok);
    CHECK(verdict.report.clean);
    CHECK(verdict.report.tail_bytes_dropped == 0);
    const Killed killed;
    verdict = never_silent(killed.path, killed.tree, killed.expected);
    CHECK(verdict.code == Code::ok);
    CHECK_FALSE(verdict.report.clean);
    CHECK(verdict.report.tail_bytes_dropped == 0);
  }

  TEST_CASE("after a close, one flipped bit in any byte of the MANIFEST is refused, unchanged") {
    const Closed closed;
    const auto name = manifest_in(closed.tree);
    for (std::size_t byte = 0; byte < closed.tree.at(name).size(); ++byte) {
      const auto flipped = with_flip(closed.tree, name, byte, static_cast<int>(byte % 8));
      const auto verdict = never_silent(closed.path, flipped, closed.expected);
      CHECK(verdict.code == Code::corrupt);
    }
  }

  TEST_CASE("after a kill, a flipped bit in any byte of the claimed MANIFEST is refused") {
    const Killed killed;
    const auto name = manifest_in(killed.tree);
    for (std::size_t byte = 0; byte < killed.tree.at(name).size(); ++byte) {
      const auto flipped = with_flip(killed.tree, name, byte, static_cast<int>(byte % 8));
      CHECK(never_silent(killed.path, flipped, killed.expected).code == Code::corrupt);
    }
  }

  TEST_CASE("a MANIFEST cut off at any byte of what is claimed is refused, unchanged") {
    const Closed closed;
    const auto name = manifest_in(closed.tree);
    for (std::size_t size = 0; size < closed.tree.at(name).size(); ++size) {
      const auto verdict =
          never_silent(closed.path, with_size(closed.tree, name, size), closed.expected);
      CHECK(verdict.code == Code::missing_data);
    }
  }

  TEST_CASE("a flipped bit in any byte of CURRENT is refused, unchanged") {
    const Closed closed;
    for (std::size_t byte = 0; byte < closed.tree.at("db/CURRENT").size(); ++byte) {
      for (int bit = 0; bit < 8; ++bit) {
        const auto flipped = with_flip(closed.tree, "db/CURRENT", byte, bit);
        CHECK_FALSE(never_silent(closed.path, flipped, closed.expected).opened);
      }
    }
  }

  TEST_CASE("a flipped bit in a data file is never a silent loss") {
    const Closed closed;
    for (const auto& name : names_in(closed.tree, "", ".sst")) {
      const auto size = closed.tree.at(name).size();
      for (std::size_t byte = 0; byte < size; byte += 29) {
        never_silent(closed.path, with_flip(closed.tree, name, byte, static_cast<int>(byte % 8)),
                     closed.expected);
      }
    }
  }

  TEST_CASE("a flipped bit in a write-ahead file that the anchor covers is refused, unchanged") {
    const Killed killed;
    const auto name = killed.write_ahead();
    for (std::size_t byte = 0; byte < killed.tree.at(name).size(); byte += 3) {
      const auto flipped = with_flip(killed.tree, name, byte, static_cast<int>(byte % 8));
      CHECK_FALSE(never_silent(killed.path, flipped, killed.expected).opened);
    }
  }

  TEST_CASE("a write-ahead file cut off below what the anchor claims names what is missing") {
    const Killed killed;
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    for (std::size_t left = 0; left < size; left += 11) {
      const auto verdict =
          never_silent(killed.path, with_size(killed.tree, name, left), killed.expected);
      CHECK(verdict.code == Code::missing_data);
    }
    const auto verdict =
        never_silent(killed.path, with_size(killed.tree, name, size - 1), killed.expected);
    CHECK(verdict.message.find("record 3 of shard 1") != std::string::npos);
  }

  TEST_CASE("a flipped bit in the anchor loses nothing, and the store opens with a note") {
    const Closed closed;
    for (std::size_t byte = 0; byte < closed.tree.at("anchor").size(); byte += 61) {
      const auto verdict =
          never_silent(closed.path, with_flip(closed.tree, "anchor", byte, 3), closed.expected);
      CHECK(verdict.code == Code::ok);
      CHECK(verdict.report.clean);
      CHECK_FALSE(verdict.report.notes.empty());
    }
  }

  TEST_CASE("a missing file is refused, unchanged") {
    const Closed closed;
    for (const auto& [name, bytes] : closed.tree) {
      const bool needed = name == "anchor" || name == "db/CURRENT" || name.ends_with(".sst") ||
                          name == manifest_in(closed.tree);
      const auto verdict = never_silent(closed.path, without(closed.tree, name), closed.expected);
      if (needed) {
        CHECK_FALSE(verdict.opened);
        CHECK((verdict.code == Code::missing_data || verdict.code == Code::corrupt));
      }
    }
    Tree anchor_only;
    anchor_only["anchor"] = closed.tree.at("anchor");
    CHECK(never_silent(closed.path, anchor_only, closed.expected).code == Code::missing_data);
    const Killed killed;
    CHECK(never_silent(killed.path, without(killed.tree, killed.write_ahead()), killed.expected)
              .code == Code::missing_data);
  }

  TEST_CASE("a torn tail after a kill is dropped and reported once") {
    const Killed killed(1);
    auto fewer = killed.expected;
    fewer[1].pop_back();
    const auto name = killed.write_ahead();
    const auto size = killed.tree.at(name).size();
    for (std::size_t cut = 1; cut < 60; cut += 7) {
      const auto verdict = judge(killed.path, with_size(killed.tree, name, size - cut), fewer);
      CHECK(verdict.code == Code::ok);
      CHECK_FALSE(verdict.silent_loss);
      CHECK_FALSE(verdict.report.clean);
      CHECK(verdict.report.tail_bytes_dropped > 0);
      CHECK_FALSE(verdict.report.notes.empty());
      auto again = open_rocks_store({.path = killed.path}).value();
      CHECK(again->report().tail_bytes_dropped == 0);
      CHECK(all_texts(*again) == fewer);
      CHECK(append_one(*again, 1, "on").ok());
    }
  }

  TEST_CASE("a tail of garbage is dropped, also one that RocksDB would refuse") {
    const Killed killed;
    const auto name = killed.write_ahead();
    for (const auto& tail : {std::string(500, '\0'), std::string(500, 'x'), refused_tail()}) {
      auto tree = killed.tree;
      tree.at(name) += tail;
      const auto verdict = judge(killed.path, tree, killed.expected);
      CHECK(verdict.code == Code::ok);
      CHECK_FALSE(verdict.silent_loss);
      CHECK(verdict.report.tail_bytes_dropped == tail.size());
      CHECK(verdict.report.given_up.empty());
      auto again = open_rocks_store({.path = killed.path}).value();
      CHECK(again->report().tail_bytes_dropped == 0);
      CHECK(all_texts(*again) == killed.expected);
    }
  }

  TEST_CASE("a torn file, and one that goes on from its whole records: both are kept") {
    const Killed killed(6);
    const auto name = killed.write_ahead();
    const auto& bytes = killed.tree.at(name);
    const auto cut = scan_framing(std::string_view(bytes).substr(0, bytes.find("text 5"))).end;
    // RocksDB drops what is missing of a record by itself, and refuses one of other bytes.
    for (const auto& tail : {bytes.substr(cut, 30), std::string(30, 'x')}) {
      auto tree = killed.tree;
      tree["db/999999.log"] = bytes.substr(cut);
      tree.at(name) = bytes.substr(0, cut) + tail;
      const auto verdict = judge(killed.path, tree, killed.expected);
      CHECK(verdict.code == Code::ok);
      CHECK_FALSE(verdict.silent_loss);
      CHECK(verdict.report.tail_bytes_dropped == 30);
      CHECK(verdict.report.given_up.empty());
    }
  }

  TEST_CASE("damage with whole records behind it is not taken for a torn tail") {
    const Killed killed(4);
    const auto name = killed.write_ahead();
    const auto verdict =
        never_silent(killed.path, with_flip(killed.tree, name, killed.tree.at(name).size() / 2, 2),
                     killed.expected);
    CHECK(verdict.code == Code::corrupt);
  }

  TEST_CASE("an older copy of the database beside a newer anchor is refused") {
    const Closed closed;
    make_tree(closed.path, closed.tree);
    {
      auto store = open_rocks_store({.path = closed.path}).value();
      REQUIRE(append_one(*store, 0, "newer").ok());
      REQUIRE(store->close().ok());
    }
    auto mixed = closed.tree;
    mixed.at("anchor") = read_bytes(closed.path + "/anchor");
    CHECK(never_silent(closed.path, mixed, closed.expected).code == Code::missing_data);
  }

  TEST_CASE("a copy that went on by itself is refused beside the anchor of the other one") {
    const Closed closed;
    const auto go_on = [&](const char* text) {
      auto store = open_rocks_store({.path = closed.path}).value();
      REQUIRE(append_one(*store, 0, text).ok());
      REQUIRE(store->close().ok());
    };
    make_tree(closed.path, closed.tree);
    go_on("here");
    const auto anchor = read_bytes(closed.path + "/anchor");
    make_tree(closed.path, closed.tree);
    go_on("there");
    // Opened once more its MANIFEST is newer than the claimed one: only the chain tells them apart.
    REQUIRE(open_rocks_store({.path = closed.path}).value()->close().ok());
    write_bytes(closed.path + "/anchor", anchor);
    CHECK(open_rocks_store({.path = closed.path}).code() == Code::corrupt);
  }

  TEST_CASE("what a trim keeps is claimed before anything goes") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path, .shards = 1}).value();
    for (const char* text : {"1", "2", "3", "4"}) REQUIRE(append_one(*store, 0, text).ok());
    auto killed = tree_of(path);
    REQUIRE(store->trim(0, 3).ok());
    killed.at("anchor") = read_bytes(path + "/anchor");
    REQUIRE(store->close().ok());
    for (const auto& name : names_in(killed, "", ".log")) {
      if (!killed.at(name).empty()) killed.at(name).pop_back();
    }
    make_tree(path, killed);
    CHECK(open_rocks_store({.path = path}).code() == Code::missing_data);
  }

  TEST_CASE("the anchor of another store is refused") {
    const Closed closed;
    TempFolder folder;
    const auto path = folder / "other";
    REQUIRE(
        open_rocks_store({.path = path, .shards = 2, .store_id = {8, 9}}).value()->close().ok());
    auto mixed = closed.tree;
    mixed.at("anchor") = read_bytes(path + "/anchor");
    CHECK(never_silent(closed.path, mixed, closed.expected).code == Code::corrupt);
  }

  TEST_CASE("a creation that was interrupted is begun again") {
    const Closed closed;
    Tree begun;
    Anchor anchor;
    anchor.creating = true;
    anchor.shards.resize(2);
    begun["anchor"] = encode_anchor(anchor) + encode_anchor(anchor);
    begun["db.new/rubbish"] = "half";
    begun["db.new/one/file"] = "";
    make_tree(closed.path, begun);
    for (const bool read_only : {false, true}) {
      const auto refused = open_rocks_store(
          {.path = closed.path, .shards = 2, .create = read_only, .read_only = read_only});
      CHECK(refused.code() == Code::store_unusable);
      CHECK(tree_of(closed.path) == begun);
    }
    auto store = open_rocks_store({.path = closed.path, .shards = 2}).value();
    CHECK(store->report().created);
    CHECK(append_one(*store, 0, "a").ok());
  }

  TEST_CASE("so is one that was interrupted before the anchor had its name") {
    const Closed closed;
    make_tree(closed.path, {{"lock", ""}, {"anchor.new", "half"}});
    {
      auto store = open_rocks_store({.path = closed.path, .shards = 2}).value();
      CHECK(store->report().created);
      CHECK_FALSE(fs::exists(closed.path + "/anchor.new"));
      CHECK(append_one(*store, 0, "a").ok());
    }
    CHECK(all_texts(*open_rocks_store({.path = closed.path}).value()) == Texts{{"a"}, {}});
  }

  TEST_CASE("a store of a newer format is refused before anything is read") {
    const Closed closed;
    auto tree = closed.tree;
    auto anchor = decode_anchor(tree.at("anchor").substr(0, 512)).value();
    anchor.format = 2;
    tree.at("anchor") = encode_anchor(anchor) + encode_anchor(anchor);
    tree.at("db/CURRENT") = "unreadable";
    CHECK(never_silent(closed.path, tree, closed.expected).code == Code::newer_format);
  }

  TEST_CASE("after an unclean stop the files are linked aside until the next orderly close") {
    const Killed killed;
    make_tree(killed.path, killed.tree);
    auto store = open_rocks_store({.path = killed.path}).value();
    std::size_t linked = 0;
    for (const auto& file : fs::recursive_directory_iterator(killed.path + "/quarantine")) {
      if (!file.is_regular_file()) continue;
      ++linked;
      CHECK(read_bytes(file.path()) == killed.tree.at("db/" + file.path().filename().string()));
    }
    CHECK(linked > 0);
    REQUIRE(store->close().ok());
    CHECK_FALSE(fs::exists(killed.path + "/quarantine"));
  }
}

}  // namespace reprise::journal

// Bytes of format version 1, as released: read for ever, and written just so.
//
// A failure here means that stores out there can no longer be read, or that new ones differ.
// Changing a golden file needs a page in docs/decisions/ and a new format version.
#include <doctest/doctest.h>

#include <cstdlib>

#include "journal/anchor.h"
#include "journal/sealed.h"
#include "journal/verify.h"
#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

fs::path root() { return REPRISE_SOURCE_DIR; }
fs::path golden() { return root() / "tests/golden/v1"; }

/// The record of the worked example in docs/format.md.
std::string example_record() {
  RecordBuilder builder;
  builder.add(RunId::make(3, 41), 1, "started");
  builder.add(RunId::make(3, 41), 2, "scheduled");
  builder.add(RunId::of_shard(3), 7, "mark");
  std::string bytes;
  builder.finish(3, 2, 10, Hash128{0x1111111111111111, 0x2222222222222222}, bytes);
  return bytes;
}

Anchor example_anchor() {
  Anchor anchor;
  anchor.generation = 5;
  anchor.clean = true;
  anchor.store_id[0] = 0x0102030405060708;
  anchor.store_id[1] = 0x1112131415161718;
  anchor.manifest = {42, 1000, 0xABCDEF};
  anchor.shards = {{10, 2, {1, 2}}, {0, 0, {}}, {7, 1, {3, 4}}};
  return anchor;
}

/// Every small value of the format by the name of its golden file.
Tree small_values() {
  Tree values;
  values["record.bin"] = example_record();
  values["anchor.bin"] = encode_anchor(example_anchor());
  StoreHeader header;
  header.store_id[0] = 1;
  header.store_id[1] = 2;
  header.shards = 8;
  values["header.bin"] = encode_header(header);
  values["trim.bin"] = encode_trim(3, {11, {5, 6}, 2});
  values["sum.bin"] = encode_sum(3, {12, {7, 8}});
  return values;
}

/// The bytes of the first ```hex block of a document.
std::string hex_block(const std::string& text) {
  const auto start = text.find("```hex\n") + 7;
  const auto block = text.substr(start, text.find("```", start) - start);
  std::string bytes;
  std::string digits;
  bool comment = false;
  for (const char c : block) {
    comment = c == '|' || (comment && c != '\n');
    if (!comment && std::isxdigit(static_cast<unsigned char>(c)) != 0) digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
    digits.clear();
  }
  return bytes;
}

void write_store(const std::string& path) {
  auto store = open_rocks_store({.path = path, .shards = 2, .store_id = {1, 2}}).value();
  for (int i = 0; i < 4; ++i) {
    auto part = one_record(*store, static_cast<ShardId>(i % 2), "text " + std::to_string(i));
    part.puts = {{Table::rows, "row " + std::to_string(i), "value"}};
    REQUIRE(store->append({&part, 1}, true).ok());
  }
  REQUIRE(store->close().ok());
}

}  // namespace

TEST_SUITE("journal/golden") {
  TEST_CASE("version 1 is written byte for byte as it was released") {
    for (const auto& [name, bytes] : small_values()) {
      CAPTURE(name);
      CHECK(read_bytes(golden() / name) == bytes);
    }
  }

  TEST_CASE("version 1 is read for ever") {
    const auto read = [](const char* name) { return read_bytes(golden() / name); };
    const auto record = read("record.bin");
    const auto frame = read_frame(record, 3, 10, Hash128{0x1111111111111111, 0x2222222222222222});
    REQUIRE(frame.ok());
    CHECK(frame->events == 3);
    CHECK(decode_anchor(read("anchor.bin")).value().shards == example_anchor().shards);
    CHECK(decode_header(read("header.bin")).value().shards == 8);
    CHECK(decode_trim(3, read("trim.bin")).value().first == 11);
    CHECK(decode_sum(3, read("sum.bin")).value() == RowSum{12, {7, 8}});
    CHECK(decode_sum(4, read("sum.bin")).code() == Code::corrupt);
  }

  TEST_CASE("a store of version 1 opens for ever") {
    TempFolder folder;
    const auto path = folder / "store";
    make_tree(path, tree_of((golden() / "store").string()));
    auto store = open_rocks_store({.path = path, .create = false}).value();
    CHECK(store->report().clean);
    CHECK(all_texts(*store) ==
          std::vector<std::vector<std::string>>{{"text 0", "text 2"}, {"text 1", "text 3"}});
    const auto report = verify(*store).value();
    CHECK(report.problems.empty());
    CHECK(report.rows == 4);
  }

  TEST_CASE("the worked example of docs/format.md is a record as it is written") {
    const auto bytes = hex_block(read_bytes(root() / "docs/format.md"));
    CHECK(bytes == example_record());
  }

  // Run by name with --no-skip, once for a new version.
  TEST_CASE("golden files are written anew" * doctest::skip()) {
    fs::create_directories(golden());
    for (const auto& [name, bytes] : small_values()) write_bytes(golden() / name, bytes);
    fs::remove_all(golden() / "store");
    write_store((golden() / "store").string());
    // Neither is needed to open it.
    for (const auto& name : {"lock", "db/LOCK"}) fs::remove(golden() / "store" / name);
    for (const auto& [name, bytes] : tree_of((golden() / "store").string())) {
      if (name.starts_with("db/OPTIONS")) fs::remove(golden() / "store" / name);
    }
  }
}

}  // namespace reprise::journal

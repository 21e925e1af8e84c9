// What every store promises (journal/store.h). A new store passes this before anything else.
#include <unistd.h>

#include <doctest/doctest.h>

#include <utility>

#include "journal/database.h"
#include "journal/file.h"
#include "journal/store.h"
#include "tests/journal/store_fixture.h"

#include <rocksdb/iostats_context.h>
#include <rocksdb/perf_level.h>

namespace reprise::journal {
namespace {

using testing::append_one;
using testing::one_record;
using testing::TempFolder;
using testing::texts;
using Texts = std::vector<std::string>;

struct InMemory {
  std::unique_ptr<Store> store = make_memory_store(4);
};

struct OnDisk {
  TempFolder folder;
  std::unique_ptr<Store> store =
      open_rocks_store({.path = folder / "store", .shards = 4, .store_id = {1, 2}}).value();
};

Put put(Table table, std::string key, std::string value) {
  return {table, std::move(key), std::move(value)};
}

std::string scanned(const Store& store, Table table, std::string_view from, std::string_view to) {
  std::string result;
  const auto scan = store.scan(table, from, to, [&](std::string_view key, std::string_view value) {
    result += std::string(key) + "=" + std::string(value) + " ";
    return true;
  });
  REQUIRE(scan.ok());
  return result;
}

}  // namespace

TEST_SUITE("journal/store") {
  TEST_CASE_TEMPLATE("a new store is empty in every shard", Kind, InMemory, OnDisk) {
    Kind kind;
    CHECK(kind.store->header().shards == 4);
    CHECK(kind.store->report().created);
    for (ShardId shard = 0; shard < 4; ++shard) {
      const auto ends = kind.store->ends(shard);
      CHECK(ends.first == 1);
      CHECK(ends.last == 0);
      CHECK(ends.epoch == 0);
      CHECK(ends.chain == Hash128{});
      CHECK(texts(*kind.store, shard).empty());
    }
  }

  TEST_CASE_TEMPLATE("records are read back in order, from any position", Kind, InMemory, OnDisk) {
    Kind kind;
    for (const auto* text : {"a", "b", "c"}) REQUIRE(append_one(*kind.store, 1, text).ok());
    REQUIRE(append_one(*kind.store, 2, "other").ok());
    CHECK(texts(*kind.store, 1) == Texts{"a", "b", "c"});
    CHECK(texts(*kind.store, 1, 2) == Texts{"b", "c"});
    CHECK(texts(*kind.store, 1, 3) == Texts{"c"});
    CHECK(texts(*kind.store, 1, 4).empty());
    CHECK(texts(*kind.store, 2) == Texts{"other"});
    CHECK(texts(*kind.store, 0).empty());
    CHECK(kind.store->ends(1).last == 3);
  }

  TEST_CASE_TEMPLATE("a group holds many records of many shards", Kind, InMemory, OnDisk) {
    Kind kind;
    std::vector<ShardAppend> group;
    for (ShardId shard = 0; shard < 4; ++shard) {
      ShardAppend part;
      part.shard = shard;
      auto ends = kind.store->ends(shard);
      for (Seq seq = 1; seq <= 5; ++seq) {
        testing::add_record(part, ends, 1, {{RunId::make(shard, 1).value, seq, "x"}});
      }
      group.push_back(part);
    }
    REQUIRE(kind.store->append(group, true).ok());
    for (ShardId shard = 0; shard < 4; ++shard) {
      CHECK(texts(*kind.store, shard).size() == 5);
      CHECK(texts(*kind.store, shard, 4).size() == 2);
      CHECK(kind.store->ends(shard).last == 5);
      CHECK(kind.store->ends(shard).chain == group[shard].chain_after);
    }
  }

  TEST_CASE_TEMPLATE("a sink that has seen enough stops the read", Kind, InMemory, OnDisk) {
    Kind kind;
    for (const auto* text : {"a", "b", "c"}) REQUIRE(append_one(*kind.store, 0, text).ok());
    Position seen = 0;
    REQUIRE(kind.store
                ->read(0, 1,
                       [&](Position position, Epoch, std::string_view) {
                         seen = position;
                         return position < 2;
                       })
                .ok());
    CHECK(seen == 2);
  }

  TEST_CASE_TEMPLATE("a gap, a repeat or a broken chain is refused and changes nothing", Kind,
                     InMemory, OnDisk) {
    Kind kind;
    REQUIRE(append_one(*kind.store, 0, "a").ok());
    auto repeat = one_record(*kind.store, 0, "b");
    REQUIRE(append_one(*kind.store, 0, "b").ok());
    // Each is whole in itself, and wrong in one thing only.
    ShardAppend gap;
    ShardEnds ahead = kind.store->ends(0);
    ahead.last += 1;
    testing::add_record(gap, ahead, 1, {{1, 1, "c"}});
    ShardAppend unchained;
    ShardEnds elsewhere = kind.store->ends(0);
    elsewhere.chain.low ^= 1;
    testing::add_record(unchained, elsewhere, 1, {{1, 1, "d"}});
    for (auto* part : {&repeat, &gap, &unchained}) {
      CHECK(kind.store->append({part, 1}, true).code() == Code::invalid_argument);
    }
    auto none = one_record(*kind.store, 0, "e");
    none.shard = 9;
    CHECK(kind.store->append({&none, 1}, true).code() == Code::invalid_argument);
    CHECK(texts(*kind.store, 0) == Texts{"a", "b"});
    CHECK(append_one(*kind.store, 0, "c").ok());
  }

  TEST_CASE_TEMPLATE("an older epoch is fenced, a newer one takes over", Kind, InMemory, OnDisk) {
    Kind kind;
    REQUIRE(append_one(*kind.store, 0, "a", 3).ok());
    CHECK(kind.store->ends(0).epoch == 3);
    CHECK(append_one(*kind.store, 0, "b", 2).code() == Code::fenced);
    CHECK(append_one(*kind.store, 0, "c", 4).ok());
    CHECK(append_one(*kind.store, 0, "d", 3).code() == Code::fenced);
    CHECK(texts(*kind.store, 0) == Texts{"a", "c"});
  }

  TEST_CASE_TEMPLATE("rows come with their record, are read, scanned and deleted", Kind, InMemory,
                     OnDisk) {
    Kind kind;
    auto part = one_record(*kind.store, 0, "a");
    part.puts = {put(Table::rows, "r2", "two"), put(Table::rows, "r1", "one"),
                 put(Table::index, "r1", "elsewhere"), put(Table::rows, "s", "three")};
    REQUIRE(kind.store->append({&part, 1}, true).ok());
    CHECK(kind.store->get(Table::rows, "r1").value() == "one");
    CHECK(kind.store->get(Table::index, "r1").value() == "elsewhere");
    CHECK(kind.store->get(Table::rows, "r").value() == std::nullopt);
    CHECK(scanned(*kind.store, Table::rows, "", "") == "r1=one r2=two s=three ");
    CHECK(scanned(*kind.store, Table::rows, "r", "s") == "r1=one r2=two ");

    ShardAppend rows_only;
    rows_only.epoch = 1;
    rows_only.puts = {{Table::rows, "r1", std::nullopt}, put(Table::rows, "s", "new")};
    REQUIRE(kind.store->append({&rows_only, 1}, false).ok());
    CHECK(scanned(*kind.store, Table::rows, "", "") == "r2=two s=new ");
    CHECK(texts(*kind.store, 0) == Texts{"a"});
  }

  TEST_CASE_TEMPLATE("a trim forgets whole keys below, never above, and never all", Kind, InMemory,
                     OnDisk) {
    Kind kind;
    for (int i = 1; i <= 6; ++i) REQUIRE(append_one(*kind.store, 0, std::to_string(i)).ok());
    REQUIRE(kind.store->trim(0, 4).ok());
    CHECK(kind.store->ends(0).first == 4);
    CHECK(texts(*kind.store, 0, 4) == Texts{"4", "5", "6"});
    CHECK(texts(*kind.store, 0, 3) == Texts{"!invalid_argument"});
    CHECK(kind.store->trim(0, 2).ok());
    CHECK(kind.store->trim(0, 8).code() == Code::invalid_argument);
    REQUIRE(kind.store->trim(0, 7).ok());
    CHECK(texts(*kind.store, 0, 6) == Texts{"6"});
    CHECK(kind.store->trim(1, 1).ok());
    REQUIRE(append_one(*kind.store, 0, "7").ok());
    CHECK(texts(*kind.store, 0, 6) == Texts{"6", "7"});
  }

  TEST_CASE("a store on disk is the same after it was closed and opened") {
    TempFolder folder;
    const OpenOptions options{.path = folder / "store", .shards = 2, .store_id = {7, 8}};
    ShardEnds ends;
    {
      auto store = open_rocks_store(options).value();
      for (int i = 1; i <= 4; ++i) REQUIRE(append_one(*store, 1, std::to_string(i), 2).ok());
      auto part = one_record(*store, 1, "5", 2);
      part.puts = {put(Table::rows, "k", "v")};
      REQUIRE(store->append({&part, 1}, true).ok());
      REQUIRE(store->trim(1, 3).ok());
      ends = store->ends(1);
      REQUIRE(store->close().ok());
      CHECK(store->close().ok());
      CHECK(append_one(*store, 1, "6", 2).code() == Code::engine_failed);
    }
    auto store = open_rocks_store(options).value();
    CHECK_FALSE(store->report().created);
    CHECK(store->header().store_id[0] == 7);
    CHECK(store->header().store_id[1] == 8);
    CHECK(store->ends(1).first == 3);
    CHECK(store->ends(1).last == 5);
    CHECK(store->ends(1).epoch == 2);
    CHECK(store->ends(1).chain == ends.chain);
    CHECK(texts(*store, 1, 3) == Texts{"3", "4", "5"});
    CHECK(store->get(Table::rows, "k").value() == "v");
    REQUIRE(append_one(*store, 1, "6", 3).ok());
    CHECK(texts(*store, 1, 5) == Texts{"5", "6"});
  }

  TEST_CASE("an append has been synced when it returns, with records or without") {
    TempFolder folder;
    auto store = open_rocks_store({.path = folder / "store"}).value();
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTime);
    auto syncs = [before = rocksdb::get_iostats_context()->fsync_nanos]() mutable {
      const auto seen = std::exchange(before, rocksdb::get_iostats_context()->fsync_nanos);
      return before > seen;
    };
    CHECK(append_one(*store, 0, "a").ok());
    CHECK(syncs());
    ShardAppend rows_only;
    rows_only.epoch = 1;
    rows_only.puts = {put(Table::rows, "r", "one")};
    CHECK(store->append({&rows_only, 1}, true).ok());
    CHECK(syncs());
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  }

  TEST_CASE("a journal that ends before its known end is damaged, and not shorter") {
    TempFolder folder;
    auto store = open_rocks_store({.path = folder / "store"}).value();
    for (const char* text : {"a", "b", "c"}) REQUIRE(append_one(*store, 0, text).ok());
    REQUIRE(store->close().ok());
    const auto database =
        Database::open(real_files(), folder / "store/db", Access::read_only).value();
    const auto any = [](const RecordFrame&) { return true; };
    CHECK(database->read(0, 1, 3, any).ok());
    CHECK(database->read(0, 1, 4, any).code() == Code::corrupt);
    CHECK(database->read(0, 4, 4, any).code() == Code::corrupt);
  }

  TEST_CASE("a store that is open is refused, and the refusal names the holder") {
    TempFolder folder;
    auto store = open_rocks_store({.path = folder / "store"}).value();
    auto second = open_rocks_store({.path = folder / "store"});
    REQUIRE(second.code() == Code::store_locked);
    CHECK(second.error().message().find("pid " + std::to_string(::getpid())) != std::string::npos);
    REQUIRE(store->close().ok());
    CHECK(open_rocks_store({.path = folder / "store"}).ok());
  }
}

}  // namespace reprise::journal

#include "journal/verify.h"

#include <doctest/doctest.h>

#include "journal/anchor.h"
#include "journal/database.h"
#include "tests/journal/damage.h"
#include "tests/support/faulty_store.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

void put_rows(Store& store, ShardId shard, std::vector<Put> puts) {
  auto part = one_record(store, shard, "with rows");
  part.puts = std::move(puts);
  REQUIRE(store.append({&part, 1}, true).ok());
}

/// Rows put, put again, deleted, and touched twice in one group.
void fill(Store& store) {
  put_rows(store, 0, {{Table::rows, "a", "1"}, {Table::rows, "b", "2"}, {Table::index, "a", "x"}});
  put_rows(store, 1,
           {{Table::rows, "c", "3"}, {Table::chunks, "c", "y"}, {Table::blobs, "h", "z"}});
  put_rows(store, 0, {{Table::rows, "a", "4"}, {Table::rows, "b", std::nullopt}});
  put_rows(store, 1,
           {{Table::rows, "d", "5"},
            {Table::rows, "d", "6"},
            {Table::rows, "e", "7"},
            {Table::rows, "e", std::nullopt},
            {Table::rows, "none", std::nullopt},
            {Table::meta, "position/1", "p"}});
}

/// Changes a row behind the store's back.
void change_row(const std::string& path, std::string_view key, std::optional<std::string> value) {
  auto database = Database::open(real_files(), path + "/db", Access::read_write).value();
  auto& db = database->db();
  auto* rows = database->of(Table::rows);
  const rocksdb::Slice slice(key.data(), key.size());
  const auto status =
      value ? db.Put({}, rows, slice, *value) : db.Delete(rocksdb::WriteOptions(), rows, slice);
  REQUIRE(status.ok());
  REQUIRE(database->close().ok());
}

}  // namespace

TEST_SUITE("journal/verify") {
  TEST_CASE("a sound store has no problems, and is counted") {
    TempFolder folder;
    auto disk = open_rocks_store({.path = folder / "store", .shards = 2}).value();
    const auto memory = make_memory_store(2);
    for (Store* store : {disk.get(), memory.get()}) {
      fill(*store);
      const auto report = verify(*store).value();
      CHECK(report.problems.empty());
      CHECK(report.records == 4);
      CHECK(report.events == 4);
      CHECK(report.rows == 6);
      REQUIRE(report.shards.size() == 2);
      CHECK(report.shards[1].first == 1);
      CHECK(report.shards[1].last == 2);
      CHECK(report.shards[1].records == 2);
    }
    // The same writes add up to the same sums in every store.
    for (const auto* key : {"sum/0", "sum/1"}) {
      const auto sum = disk->get(Table::meta, key).value();
      CHECK(sum.has_value());
      CHECK(sum == memory->get(Table::meta, key).value());
    }
  }

  TEST_CASE("sums go on where they were after the store was opened again") {
    TempFolder folder;
    const auto path = folder / "store";
    for (int i = 0; i < 3; ++i) {
      auto store = open_rocks_store({.path = path, .shards = 2}).value();
      fill(*store);
      put_rows(*store, 0, {{Table::rows, "n" + std::to_string(i), "1"}});
      CHECK(verify(*store).value().problems.empty());
    }
  }

  TEST_CASE("a row that vanished, changed or appeared is noticed") {
    const std::vector<std::pair<std::string, std::optional<std::string>>> changes = {
        {"a", std::nullopt}, {"a", "5"}, {"zz", "new"}};
    for (const auto& [key, value] : changes) {
      TempFolder folder;
      const auto path = folder / "store";
      {
        auto store = open_rocks_store({.path = path, .shards = 2}).value();
        fill(*store);
        REQUIRE(store->close().ok());
      }
      change_row(path, key, value);
      auto store = open_rocks_store({.path = path}).value();
      CHECK(verify(*store).value().problems.size() == 1);
    }
  }

  TEST_CASE("the sums are the store's own: nobody else may put them") {
    const auto store = make_memory_store(1);
    auto part = one_record(*store, 0, "a");
    part.puts = {{Table::meta, "sum/0", "mine"}};
    CHECK(store->append({&part, 1}, true).code() == Code::invalid_argument);
  }
}

TEST_SUITE("journal/backup") {
  TEST_CASE("a backup taken while running opens as the store was then") {
    TempFolder folder;
    auto store =
        open_rocks_store({.path = folder / "store", .shards = 2, .store_id = {3, 4}}).value();
    fill(*store);
    REQUIRE(store->trim(0, 2).ok());
    const auto expected = all_texts(*store);
    REQUIRE(store->backup(folder / "copy").ok());
    CHECK(store->backup(folder / "copy").code() == Code::invalid_argument);
    REQUIRE(append_one(*store, 0, "after the backup").ok());

    auto copy = open_rocks_store({.path = folder / "copy", .create = false}).value();
    CHECK(copy->report().clean);
    CHECK(copy->header().store_id[0] == 3);
    CHECK(all_texts(*copy) == expected);
    CHECK(verify(*copy).value().problems.empty());
    CHECK(append_one(*copy, 0, "its own way").ok());
    CHECK(all_texts(*store) != all_texts(*copy));
  }

  TEST_CASE("a backup that cannot be made leaves nothing behind and the store as it was") {
    TempFolder folder;
    auto store = open_rocks_store({.path = folder / "store"}).value();
    CHECK_FALSE(store->backup(folder / "none/copy").ok());
    CHECK_FALSE(fs::exists(folder / "none"));
    CHECK(append_one(*store, 0, "on").ok());
  }
}

TEST_SUITE("support/faulty_store") {
  TEST_CASE("an append that fails before, after or between its shards leaves just that") {
    using Fault = FaultyStore::Fault;
    for (const auto& [fault, first, second] :
         std::vector<std::tuple<Fault, std::size_t, std::size_t>>{
             {Fault::before, 1, 0}, {Fault::after, 2, 1}, {Fault::torn, 2, 0}}) {
      const std::shared_ptr<Store> disk = make_memory_store(2);
      FaultyStore store(disk);
      REQUIRE(append_one(store, 0, "a").ok());
      store.fail_append(1, fault);
      std::vector<ShardAppend> group = {one_record(store, 0, "b"), one_record(store, 1, "c")};
      CHECK(store.append(group, true).code() == Code::outcome_unknown);
      CHECK(store.failed());
      CHECK(append_one(store, 0, "d").code() == Code::engine_failed);
      CHECK(texts(store, 0).size() == 1);
      CHECK(store.ends(0).last == 1);
      CHECK(texts(*disk, 0).size() == first);
      CHECK(texts(*disk, 1).size() == second);
    }
  }

  TEST_CASE("a full disk is said once and is not the end") {
    FaultyStore store(make_memory_store(1));
    store.fail_append(2, FaultyStore::Fault::no_space);
    CHECK(append_one(store, 0, "a").ok());
    CHECK(append_one(store, 0, "b").code() == Code::no_space);
    CHECK(append_one(store, 0, "b").ok());
    CHECK(store.appends() == 3);
  }
}

}  // namespace reprise::journal

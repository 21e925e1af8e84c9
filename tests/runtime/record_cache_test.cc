#include "runtime/record_cache.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "journal/record.h"

using namespace reprise;
using namespace reprise::runtime;

namespace {

using Read = std::vector<std::pair<Seq, std::string>>;

/// A journal whose records hold events of many runs, in turns and in rows.
struct Journal {
  static constexpr Position records = 400;
  static constexpr std::uint64_t runs = 30;

  Journal() {
    journal::RecordBuilder builder;
    Hash128 chain;
    for (Position at = 1; at <= records; ++at) {
      for (std::uint64_t i = 0; i < 60; ++i) {
        const RunId run = RunId::make(0, 1 + (i * at + i / 7) % runs);
        const Seq seq = ++last[run];
        const std::string event = fmt::format("event {} of run {:x}", seq, run.value);
        builder.add(run, seq, event);
        events[{at, run}].emplace_back(seq, event);
      }
      journal::ShardAppend append;
      append.epoch = 1;
      append.first = at;
      append.count = 1;
      chain = builder.finish(0, 1, at, chain, append.bytes);
      append.chain_after = chain;
      REQUIRE(store->append({&append, 1}, true).ok());
    }
  }

  std::unique_ptr<journal::Store> store = journal::make_memory_store(1);
  std::map<RunId, Seq> last;
  std::map<std::pair<Position, RunId>, Read> events;
};

Read read(RecordCache& cache, std::vector<Position> at, RunId run) {
  Read found;
  const auto done = cache.read(0, at, run, [&](Epoch epoch, Seq seq, std::string_view event) {
    CHECK(epoch == 1);
    found.emplace_back(seq, event);
    return true;
  });
  REQUIRE(done.ok());
  return found;
}

}  // namespace

TEST_SUITE("runtime/record_cache") {
  TEST_CASE("what is kept stays within the budget, and goes with the snapshot") {
    Journal journal;
    constexpr std::size_t budget = 20'000;  // Of some four of its records.
    RecordCache cache(*journal.store, budget);
    std::size_t most = 0;
    for (int round = 0; round < 2; ++round) {
      for (Position at = 1; at <= Journal::records; ++at) {
        // The second look sorts a record, which takes more.
        for (std::uint64_t i = 1; i <= 2; ++i) (void)read(cache, {at}, RunId::make(0, i));
        CHECK(cache.bytes() <= budget);
        most = std::max(most, cache.bytes());
      }
    }
    CHECK(most > budget / 2);
    cache.forget(Journal::records - 1);
    const std::size_t last = cache.bytes();
    CHECK(last > 0);
    CHECK(last < budget / 2);
    cache.forget(Journal::records);
    CHECK(cache.bytes() == 0);
  }

  TEST_CASE("a record larger than the budget is read, and not kept") {
    Journal journal;
    RecordCache cache(*journal.store, 100);
    const RunId run = RunId::make(0, 1);
    for (int i = 0; i < 3; ++i) CHECK(read(cache, {7}, run) == journal.events[{7, run}]);
    CHECK(cache.bytes() == 0);
  }

  TEST_CASE("a record gives a run its own events, in order, however often it was read") {
    Journal journal;
    RecordCache cache(*journal.store, 1u << 20);
    for (int round = 0; round < 3; ++round) {
      for (Position at = 1; at <= Journal::records; ++at) {
        for (std::uint64_t i = 1; i <= Journal::runs; ++i) {
          const RunId run = RunId::make(0, i);
          CHECK(read(cache, {at}, run) == journal.events[{at, run}]);
        }
        CHECK(read(cache, {at}, RunId::make(0, Journal::runs + 1)).empty());
      }
    }
  }

  TEST_CASE("more records than are kept are read again") {
    Journal journal;
    RecordCache cache(*journal.store, 1u << 20);
    const RunId run = RunId::make(0, 3);
    for (int round = 0; round < 3; ++round) {
      for (Position at = 1; at <= Journal::records; ++at) {
        CHECK(read(cache, {at}, run) == journal.events[{at, run}]);
      }
    }
  }

  TEST_CASE("records near each other and far apart, kept and not, come in order") {
    Journal journal;
    RecordCache cache(*journal.store, 1u << 20);
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
      const RunId run = RunId::make(0, 1 + random() % Journal::runs);
      std::vector<Position> positions;
      Read expected;
      Position at = random() % 300;
      while ((at += 1 + (random() % 4 == 0 ? random() % 100 : random() % 3)) <= Journal::records) {
        positions.push_back(at);
        const Read& events = journal.events[{at, run}];
        expected.insert(expected.end(), events.begin(), events.end());
      }
      CHECK(read(cache, positions, run) == expected);
    }
    CHECK(read(cache, {}, RunId::make(0, 1)).empty());
  }

  TEST_CASE("a position that the journal has not got is an error, kept records or not") {
    Journal journal;
    RecordCache cache(*journal.store, 1u << 20);
    const std::vector<Position> past = {Journal::records, Journal::records + 1};
    for (int i = 0; i < 2; ++i) {
      const auto done =
          cache.read(0, past, RunId::make(0, 1), [](Epoch, Seq, std::string_view) { return true; });
      CHECK(done.code() == Code::corrupt);
    }
  }

  TEST_CASE("a sink that has enough ends the reading") {
    Journal journal;
    RecordCache cache(*journal.store, 1u << 20);
    const RunId run = RunId::make(0, 3);
    for (int i = 0; i < 3; ++i) {
      int seen = 0;
      const std::vector<Position> two = {2, 3};
      const auto done = cache.read(0, two, run, [&](Epoch, Seq, std::string_view) {
        ++seen;
        return false;
      });
      CHECK(done.ok());
      CHECK(seen == 1);
    }
  }
}

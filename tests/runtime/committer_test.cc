// The committer by itself: what goes into one group.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "journal/store.h"
#include "runtime/committer.h"
#include "runtime/simulation.h"

namespace {

using namespace reprise;

journal::ShardAppend blobs(ShardId shard, int number, std::size_t size) {
  journal::ShardAppend append;
  append.shard = shard;
  append.epoch = 1;
  append.first = 1;
  append.puts.push_back(
      {journal::Table::blobs, "key " + std::to_string(number), std::string(size, 'x')});
  return append;
}

}  // namespace

TEST_SUITE("runtime/committer") {
  TEST_CASE("what gathers becomes groups of at most 16 MiB, in the order submitted") {
    const auto store = journal::make_memory_store(2);
    const runtime::SimulatedClock clock;
    const runtime::Logger log(LogOptions{.level = {}}, clock);
    std::vector<std::pair<ShardId, std::uint64_t>> told;
    runtime::Committer committer(
        *store, clock, log,
        [&](ShardId shard, Position, std::uint64_t ticket) { told.emplace_back(shard, ticket); },
        [](const Error& error) { FAIL(error.message()); });
    constexpr std::size_t mib = std::size_t{1} << 20;
    for (int i = 0; i < 20; ++i) {
      committer.submit(blobs(static_cast<ShardId>(i % 2), i, mib), static_cast<std::uint64_t>(i));
    }
    committer.submit(blobs(0, 20, 20 * mib), 20);
    committer.submit(blobs(0, 21, 1), 21);
    CHECK(committer.undurable() == 40 * mib + 1);
    while (committer.poll()) {
    }
    CHECK(committer.idle());
    CHECK(committer.undurable() == 0);
    CHECK(committer.metrics().commits.value() == 4);
    const std::vector<std::pair<ShardId, std::uint64_t>> expected{{0, 14}, {1, 15}, {0, 18},
                                                                  {1, 19}, {0, 20}, {0, 21}};
    CHECK(told == expected);
    for (int i = 0; i < 22; ++i) {
      CHECK(store->get(journal::Table::blobs, "key " + std::to_string(i)).value().has_value());
    }
  }
}

// What a snapshot sets apart, and what is touched meanwhile.
#include "runtime/tail_index.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace {

using namespace reprise;
using runtime::TailIndex;
using Positions = std::vector<Position>;

RunId run(std::uint64_t number) { return RunId::make(0, number); }

std::vector<RunId> apart(TailIndex& tail) {
  std::vector<RunId> runs;
  while (const auto next = tail.next_apart()) {
    CHECK(tail.next_apart() == next);  // Until it is done with.
    if (tail.is_apart(*next)) runs.push_back(*next);
    tail.pop_apart();
  }
  return runs;
}

}  // namespace

TEST_SUITE("runtime/tail_index") {
  TEST_CASE("positions are kept once each, and told from where they are asked for") {
    TailIndex tail;
    tail.touch(run(1), 3);
    tail.touch(run(1), 3);
    tail.touch(run(1), 5);
    tail.set_apart();
    tail.touch(run(1), 8);
    CHECK(tail.positions(run(1), 0) == Positions{3, 5, 8});
    CHECK(tail.positions(run(1), 4) == Positions{5, 8});
    CHECK(tail.positions(run(1), 8) == Positions{8});
    CHECK(tail.positions(run(2), 0).empty());
  }

  TEST_CASE("a snapshot sees what was touched before it, and only that goes with it") {
    TailIndex tail;
    const InstanceKey a = {"", "a"};
    const InstanceKey b = {"", "b"};
    tail.started(a, run(1));
    tail.touch(run(1), 1);
    tail.touch(run(2), 1);
    tail.set_apart();
    tail.touch(run(2), 2);
    tail.started(b, run(3));
    tail.touch(run(3), 2);
    CHECK(apart(tail) == std::vector{run(1), run(2)});
    CHECK(tail.find(a) == run(1));
    auto all = tail.runs();
    std::sort(all.begin(), all.end());
    CHECK(all == std::vector{run(1), run(2), run(3)});
    tail.forget_apart();
    CHECK_FALSE(tail.touched(run(1)));
    CHECK_FALSE(tail.find(a).has_value());
    CHECK(tail.find(b) == run(3));
    CHECK(tail.positions(run(2), 0) == Positions{2});
    CHECK_FALSE(tail.next_apart().has_value());
    tail.tidy();
    tail.set_apart();
    CHECK(apart(tail) == std::vector{run(2), run(3)});
  }

  TEST_CASE("a snapshot that came to nothing is part of the next one") {
    TailIndex tail;
    tail.touch(run(1), 1);
    tail.touch(run(2), 1);
    tail.set_apart();
    tail.pop_apart();
    tail.touch(run(1), 4);
    tail.touch(run(3), 4);
    tail.set_apart();
    auto runs = apart(tail);
    std::sort(runs.begin(), runs.end());
    CHECK(runs == std::vector{run(1), run(2), run(3)});
    CHECK(tail.positions(run(1), 0) == Positions{1, 4});
    tail.forget_apart();
    CHECK(tail.runs().empty());
  }

  TEST_CASE("what is erased is in no snapshot, and its id is free, unless a newer run has it") {
    TailIndex tail;
    const InstanceKey key = {"space", "a"};
    tail.started(key, run(1));
    tail.touch(run(1), 1);
    tail.touch(run(2), 1);
    tail.set_apart();
    tail.started(key, run(3));
    tail.touch(run(3), 2);
    CHECK(tail.find(key) == run(3));
    tail.erase(run(1), key);
    CHECK(tail.find(key) == run(3));
    CHECK(apart(tail) == std::vector{run(2)});
    tail.erase(run(3), key);
    CHECK_FALSE(tail.find(key).has_value());
  }

  TEST_CASE("thousands that are forgotten go a little at a time") {
    TailIndex tail;
    for (std::uint64_t i = 1; i <= 5000; ++i) tail.touch(run(i), 1);
    tail.set_apart();
    tail.forget_apart();
    CHECK(tail.runs().empty());
    int times = 0;
    while (tail.tidy()) ++times;
    CHECK(times > 10);
    CHECK(times < 30);
    tail.touch(run(1), 2);
    CHECK(tail.runs() == std::vector{run(1)});
  }
}

// The store on a simulated disk that fails: at each operation, in each way, once and for good.
#include <doctest/doctest.h>

#include "tests/faults/crash.h"
#include "tests/faults/failing.h"

namespace reprise::faults {
namespace {

constexpr std::size_t calls = 8;

/// How many runs there were.
std::size_t fail_everywhere(std::uint64_t seed, std::size_t stride) {
  const Script script = make_script(seed, calls);
  const Run run = record(script);
  std::size_t runs = 0;
  for (const Fault fault : all_faults) {
    const std::uint64_t last = fault == Fault::read_error ? run.reads : run.ops.size();
    const std::size_t before = runs;
    // Not the same operations for every fault, and the next one that it hits.
    for (std::uint64_t at = static_cast<std::uint64_t>(fault) * 7 % stride; at < last;
         at += stride) {
      while (fault != Fault::read_error && at < last && !hits(fault, run.ops[at])) ++at;
      if (at == last) break;
      for (const bool sticky : {false, true}) {
        if (fault == Fault::full && !sticky) continue;  // Once, it is the same as no_space.
        const auto outcome = run_failing(script, {fault, at, sticky});
        ++runs;
        CHECK_MESSAGE(outcome.violation.empty(), "--seed ", seed, " --calls ", calls, " --fault ",
                      name(fault), " --at ", at, std::string_view(sticky ? " --sticky" : ""), ": ",
                      outcome.violation);
        CHECK(outcome.faults > 0);
      }
    }
    CHECK_MESSAGE(runs > before, "none met ", name(fault));
  }
  MESSAGE("seed ", seed, ": ", run.ops.size(), " operations, ", runs, " runs");
  return runs;
}

}  // namespace

TEST_SUITE("faults/failing") {
  TEST_CASE("a disk that fails at any operation loses nothing that was acknowledged") {
    CHECK(fail_everywhere(1, 97) > 20);
    CHECK(fail_everywhere(2, 131) > 20);
  }

  TEST_CASE(
      "a disk that fails while a store is made takes nobody down, and the store is made later") {
    const Run made = record({});
    REQUIRE(made.marks.front().acknowledged > 60);
    for (std::uint64_t at = 0; at < made.marks.front().acknowledged; at += 3) {
      CAPTURE(at);
      const auto outcome = run_failing({}, {Fault::io_error, at, false});
      CHECK(outcome.violation == "");
      CHECK(outcome.faults == 1);
    }
  }
}

}  // namespace reprise::faults

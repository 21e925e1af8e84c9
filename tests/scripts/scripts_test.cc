// Short scripts, crashed everywhere.
#include <doctest/doctest.h>

#include "tests/scripts/run.h"

namespace {

using namespace reprise::scripts;

}  // namespace

TEST_SUITE("scripts") {
  TEST_CASE("every operation alone, crashed everywhere") {
    std::size_t judged = 0;
    for (std::size_t op = 0; op < op_count; ++op) {
      const Script script{{static_cast<Op>(op)}};
      CAPTURE(to_text(script));
      const Outcome whole = run(script);
      CHECK(whole.violation == "");
      for (const Crash& crash : crashes_of(whole, 0)) {
        CAPTURE(to_text(crash));
        CHECK(run(script, crash).violation == "");
        ++judged;
      }
    }
    MESSAGE(judged);
  }
}

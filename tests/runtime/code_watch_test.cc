#include "runtime/code_watch.h"

#include <doctest/doctest.h>

#include <optional>

using namespace reprise;
using namespace reprise::runtime;

TEST_SUITE("runtime/code_watch") {
  TEST_CASE("code that still runs at the second look is told of, once") {
    CodeWatch watch;
    CHECK(!watch.look());
    {
      const CodeWatch::Scope scope(watch, RunId::make(1, 7));
      CHECK(!watch.look());
      CHECK(watch.look() == RunId::make(1, 7));
      CHECK(!watch.look());
    }
    CHECK(!watch.look());
    {
      const CodeWatch::Scope scope(watch, RunId::make(1, 8));
      CHECK(!watch.look());
      CHECK(watch.look() == RunId::make(1, 8));
    }
  }

  TEST_CASE("code that blocks between looks is not told of, however busy the shard is") {
    CodeWatch watch;
    for (std::uint64_t i = 1; i < 100; ++i) {
      const CodeWatch::Scope scope(watch, RunId::make(1, i));
      CHECK(!watch.look());
    }
    CHECK(!watch.look());
    CHECK(!watch.look());
  }
}

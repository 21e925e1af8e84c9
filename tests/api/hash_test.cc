#include <doctest/doctest.h>
#include <reprise/hash.h>
#include <reprise/result.h>

TEST_SUITE("api/hash") {
  TEST_CASE("a chain depends on its previous head and on every byte") {
    const reprise::Hash128 start;
    const auto a = reprise::chain(start, "one");
    CHECK(a != start);
    CHECK(reprise::chain(a, "two") != reprise::chain(start, "two"));
    CHECK(reprise::chain(a, "two") != reprise::chain(a, "twp"));
    CHECK(reprise::chain(start, "on", "e") == a);
  }

  TEST_CASE("the hash is the one that files on disk were written with") {
    // XXH3_64bits of the empty input, from the xxHash specification.
    CHECK(reprise::hash64("") == 0x2D06800538D394C2ULL);
  }
}

TEST_SUITE("api/result") {
  TEST_CASE("a result is a value or an error, and value() throws the error") {
    reprise::Result<int> good = 7;
    CHECK(good.ok());
    CHECK(*good == 7);
    reprise::Result<int> bad = reprise::Error(reprise::Code::not_found, "no such thing");
    CHECK(bad.code() == reprise::Code::not_found);
    CHECK_THROWS_AS((void)bad.value(), reprise::Error);
  }
}

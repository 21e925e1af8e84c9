// The search says yes to what one register can have answered, and no to what it can't.
#include "tests/support/linearizable.h"

#include <doctest/doctest.h>

namespace {

using reprise::test::explain;
using reprise::test::Observed;

struct Access {
  bool writes = false;
  int value = 0;
};
using Calls = std::vector<Observed<Access>>;

struct Register {
  using State = int;
  mutable std::size_t asked = 0;

  [[nodiscard]] int first() const { return 0; }
  [[nodiscard]] std::vector<int> after(int state, const Access& access) const {
    ++asked;
    if (access.writes) return {access.value};
    return access.value == state ? std::vector{state} : std::vector<int>();
  }
};

Observed<Access> write(int value, std::uint64_t from, std::uint64_t until) {
  return {{true, value}, from, until};
}
Observed<Access> lost_write(int value, std::uint64_t from, std::uint64_t until) {
  return {{true, value}, from, until, false};
}
Observed<Access> read(int value, std::uint64_t from, std::uint64_t until) {
  return {{false, value}, from, until};
}

bool possible(const Calls& calls) { return explain(Register(), calls).found; }

}  // namespace

TEST_SUITE("scripts/linearizable") {
  TEST_CASE("one caller after the other sees what was written last") {
    CHECK(possible({}));
    CHECK(possible({write(1, 1, 2), read(1, 3, 4), write(2, 5, 6), read(2, 7, 8)}));
    CHECK_FALSE(possible({write(1, 1, 2), read(0, 3, 4)}));
    CHECK_FALSE(possible({read(1, 1, 2), write(1, 3, 4)}));
    CHECK_FALSE(possible({write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)}));
  }

  TEST_CASE("callers at the same time may come in either order, but all see the same one") {
    CHECK(possible({write(1, 1, 4), read(0, 2, 3)}));
    CHECK(possible({write(1, 1, 4), read(1, 2, 3)}));
    CHECK(possible({write(1, 1, 6), read(0, 2, 3), read(1, 4, 5)}));
    CHECK_FALSE(possible({write(1, 1, 6), read(1, 2, 3), read(0, 4, 5)}));
    CHECK(possible({write(1, 1, 4), write(2, 2, 3), read(1, 5, 6), read(1, 7, 8)}));
    CHECK_FALSE(possible({write(1, 1, 4), write(2, 2, 3), read(1, 5, 6), read(2, 7, 8)}));
  }

  TEST_CASE("a call nobody was answered may have taken place or not, once, in its time") {
    CHECK(possible({lost_write(1, 1, 2), read(0, 3, 4)}));
    CHECK(possible({lost_write(1, 1, 2), read(1, 3, 4)}));
    CHECK_FALSE(possible({lost_write(1, 1, 2), read(0, 3, 4), read(1, 5, 6)}));
    CHECK_FALSE(possible({lost_write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)}));
    CHECK(possible({lost_write(1, 1, 6), write(2, 3, 4), read(1, 7, 8)}));
    CHECK_FALSE(possible({lost_write(1, 5, 6), read(1, 1, 2)}));
    CHECK(possible({lost_write(1, 1, 9), read(1, 2, 3), write(0, 4, 5), read(0, 6, 7)}));
    CHECK_FALSE(possible({lost_write(1, 1, 9), read(1, 2, 3), write(0, 4, 5), read(1, 6, 7)}));
  }

  TEST_CASE("the order that is told explains as much as can be explained") {
    const auto found = explain(Register(), Calls{write(1, 1, 4), read(0, 2, 3), read(1, 5, 6)});
    CHECK(found.order == std::vector<std::size_t>{1, 0, 2});
    const auto lost = explain(Register(), Calls{write(1, 1, 2), read(1, 3, 4), read(2, 5, 6)});
    CHECK_FALSE(lost.found);
    CHECK(lost.order == std::vector<std::size_t>{0, 1});
  }

  TEST_CASE("what was tried is not tried again: many callers at once are judged soon") {
    Calls calls;
    for (int i = 0; i < 12; ++i) calls.push_back(write(i % 3, 1, 100));
    calls.push_back(read(7, 101, 102));
    const Register model;
    CHECK_FALSE(explain(model, calls).found);
    CHECK(model.asked < 3 * 4096 * 13);  // 12! orders are 479 million.
  }
}

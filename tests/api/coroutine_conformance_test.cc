// The forms of await that documentation allows, each checked for what it gives and for balanced
// lifetimes. A compiler proves itself here before it is listed as supported.
#include <doctest/doctest.h>

#include "support/fake_driver.h"

using namespace std::chrono_literals;
using reprise::Context;
using reprise::Workflow;
using reprise::testing::FakeDriver;

namespace {

/// Counts its living objects: a double or missing destruction shows.
struct Counted {
  static inline int alive = 0;
  std::string text = "a text that is too long to be stored without an allocation";
  Counted() { ++alive; }
  explicit Counted(std::string given) : text(std::move(given)) { ++alive; }
  Counted(const Counted& other) : text(other.text) { ++alive; }
  Counted(Counted&& other) noexcept : text(std::move(other.text)) { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --alive; }
};
void to_json(nlohmann::json& json, const Counted& value) { json = value.text; }
void from_json(const nlohmann::json& json, Counted& value) { json.get_to(value.text); }

Counted make(const Counted& given) { return given; }
int add_one(int number) { return number + 1; }

Workflow<Counted> helper(Context ctx, Counted value) {
  auto made = co_await ctx.step("make", make, value);
  co_return made;
}
Workflow<int> ready_helper(Context /*ctx*/, int number) { co_return number + 1; }
Workflow<void> throwing_helper(Context ctx, bool wait) {
  Counted local;
  if (wait) co_await ctx.sleep(1us);
  throw std::runtime_error(local.text);
}
Workflow<int> deep(Context ctx, int levels) {
  if (levels == 0) {
    auto value = co_await ctx.step("bottom", add_one, 0);
    co_return value;
  }
  auto below = co_await deep(ctx, levels - 1);
  co_return below + 1;
}

Workflow<std::string> await_forms(Context ctx, Counted value) {
  const Counted local = value;
  auto by_name = co_await ctx.step("1", make, local);
  auto by_move = co_await ctx.step("2", make, std::move(value));
  auto in_place = co_await ctx.step("3", [&] { return local; });
  auto optional = co_await ctx.signal<Counted>("4").within(1h);
  // tidy: allow await_places, this form is what is tested
  if (auto bound = co_await ctx.try_step("6", make, local); bound) by_name = *bound;
  auto from_helper = co_await helper(ctx, local);
  auto held = helper(ctx, local);
  auto from_held = co_await std::move(held);
  auto with_options = co_await ctx.step("o", {.timeout = 5s, .attempts = 3}, make, Counted("tmp"));
  auto a = ctx.step("a", make, local);
  auto b = ctx.step("b", make, local);
  auto both = co_await ctx.all(a, b);
  auto c = ctx.step("c", make, local);
  auto d = ctx.sleep(1h);
  auto either = co_await ctx.any(c, d);
  for (int i = 0; i < 2; ++i) {
    auto repeated = co_await ctx.step("loop", make, local);
    by_move = repeated;
  }
  co_return by_name.text + by_move.text + in_place.text + optional->text + from_helper.text +
      from_held.text + with_options.text + std::get<1>(both).text + std::get<0>(either).text;
}

Workflow<std::string> catches_helper(Context ctx, bool wait) {
  std::string caught;
  try {
    co_await throwing_helper(ctx, wait);
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  // A handler cannot await: it sets a flag, and the await comes after it.
  co_await ctx.sleep(1us);
  co_return caught;
}

Workflow<void> throws_with_open_operations(Context ctx) {
  Counted local;
  auto open = ctx.sleep(1h);
  co_await ctx.sleep(1us);
  throw std::runtime_error(local.text);
}

Workflow<void> falls_off_its_end(Context ctx) {
  co_await ctx.sleep(1us);
  auto open = ctx.sleep(1h);
}

Workflow<int> many_awaits(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto one = co_await ctx.signal<int>("one");
    sum += one;
  }
  co_return sum;
}

Workflow<int> many_helpers(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto next = co_await ready_helper(ctx, sum);
    sum = next;
  }
  co_return sum;
}

const reprise::Payload text = reprise::detail::encode_value(Counted("x")).value();

}  // namespace

TEST_SUITE("api/coroutine_conformance") {
  TEST_CASE("every allowed form of await gives its value and destroys what it made") {
    const int before = Counted::alive;
    {
      FakeDriver driver;
      driver.start(await_forms, Counted("x"));
      while (driver.waiting()) driver.answer_next(text);
      CHECK(driver.result<std::string>() == "xxxxxxtmpxx");

      FakeDriver replayed;
      for (const auto& [op, outcome] : driver.history) replayed.record(op, outcome);
      replayed.start(await_forms, Counted("x"));
      CHECK(replayed.parks() == 0);
      CHECK(replayed.result<std::string>() == "xxxxxxtmpxx");
      CHECK(replayed.trace() == driver.trace());
    }
    CHECK(Counted::alive == before);
  }

  TEST_CASE("frames may be destroyed at every place where they wait") {
    const int before = Counted::alive;
    bool ended = false;
    for (std::size_t stop_after = 0; !ended; ++stop_after) {
      FakeDriver driver;
      driver.start(await_forms, Counted("x"));
      for (std::size_t i = 0; i < stop_after && driver.waiting(); ++i) driver.answer_next(text);
      ended = !driver.waiting();
      const auto commands = driver.trace().size();
      driver.destroy();
      CHECK(driver.trace().size() == commands);
    }
    CHECK(Counted::alive == before);
  }

  TEST_CASE("an exception leaves a helper before and after it has waited") {
    const int before = Counted::alive;
    for (const bool wait : {false, true}) {
      FakeDriver driver;
      driver.start(catches_helper, wait);
      while (driver.waiting()) driver.answer_next(text);
      CHECK(driver.result<std::string>() == Counted().text);
    }
    CHECK(Counted::alive == before);
  }

  TEST_CASE("an exception that leaves the workflow destroys its locals") {
    const int before = Counted::alive;
    {
      FakeDriver driver;
      driver.start(throws_with_open_operations);
      driver.fire(2);
      CHECK(driver.failure().message == Counted().text);
    }
    CHECK(Counted::alive == before);
  }

  TEST_CASE("a workflow that falls off its end has destroyed its locals before it completes") {
    // Unlike co_return. What matters is that every compiler issues the same commands.
    FakeDriver driver;
    driver.start(falls_off_its_end);
    driver.fire(1);
    CHECK(driver.finished());
    CHECK(driver.trace() == std::vector<std::string>{"1 timer", "2 timer", "cancel 2"});
  }

  TEST_CASE("helpers nest deeper than they are started on the stack") {
    FakeDriver live;
    live.start(deep, 1'000);
    while (live.waiting()) live.answer_next(text);
    CHECK(live.result<int>() == 1'001);
    FakeDriver replayed;
    replayed.record_value(1, 1);
    replayed.start(deep, 1'000);
    CHECK(replayed.result<int>() == 1'001);
    FakeDriver destroyed;
    destroyed.start(deep, 1'000);
    destroyed.destroy();
  }

  TEST_CASE("a million ready awaits use no stack") {
    FakeDriver driver;
    driver.instant = reprise::detail::encode_value(1).value();
    driver.start(many_awaits, 1'000'000);
    CHECK(driver.result<int>() == 1'000'000);
    CHECK(driver.parks() == 0);
  }

  TEST_CASE("a million helpers that never wait use no stack") {
    FakeDriver driver;
    driver.start(many_helpers, 1'000'000);
    CHECK(driver.result<int>() == 1'000'000);
  }
}

#include <set>

#include <doctest/doctest.h>

#include "support/fake_driver.h"

using namespace std::chrono_literals;
using reprise::Code;
using reprise::Context;
using reprise::Workflow;
using reprise::testing::FakeDriver;

namespace {

void nothing() {}

Workflow<std::string> knows(Context ctx) {
  co_return ctx.space() + "/" + ctx.id() + "/" + std::to_string(ctx.run().counter()) + "/" +
      std::to_string(ctx.now().time_since_epoch().count());
}

Workflow<std::vector<std::uint64_t>> dice(Context ctx) {
  std::vector<std::uint64_t> rolls;
  for (int i = 0; i < 100; ++i) rolls.push_back(ctx.random(1, 6));
  co_return rolls;
}

Workflow<std::uint64_t> wrong_range(Context ctx) { co_return ctx.random(2, 1); }

Workflow<void> logs(Context ctx) {
  ctx.log("charged {} cents", 1999);
  ctx.log(reprise::LogLevel::warning, "plain");
  co_return;
}

Workflow<int> versions(Context ctx) { co_return ctx.version("new-flow", 1, 3); }

Workflow<void> shields(Context ctx) {
  {
    auto shield = ctx.shield();
    co_await ctx.step("clean up", nothing);
  }
  co_await ctx.sleep(1us);
}

Workflow<bool> asks(Context ctx) {
  co_await ctx.sleep(1us);
  co_return ctx.cancel_requested();
}

Workflow<void> names_badly(Context ctx, std::string name) { co_await ctx.step(name, nothing); }

Workflow<void> options(Context ctx, int which) {
  if (which == 0) co_await ctx.step("a", {.timeout = -1s}, nothing);
  if (which == 1) co_await ctx.step("a", {.backoff_factor = 0.5}, nothing);
  if (which == 2) co_await ctx.step("a", {.jitter = 1.5}, nothing);
}

Workflow<void> sleeps_for_ever(Context ctx) { co_await ctx.sleep(std::chrono::nanoseconds::max()); }

Workflow<void> sleeps_until(Context ctx) {
  co_await ctx.sleep_until(ctx.now() + 5us);
  auto slept = co_await ctx.try_sleep(1us);
  if (!slept) co_return;
  co_await ctx.step("after", nothing);
}

}  // namespace

TEST_SUITE("api/context") {
  TEST_CASE("a workflow knows its id, namespace, run and the time of its event") {
    FakeDriver driver;
    driver.start(knows);
    CHECK(driver.result<std::string>() == "shop/order-42/7/1000");
  }

  TEST_CASE("random stays within its range, reaches all of it, and skips uneven draws") {
    FakeDriver driver;
    driver.start(dice);
    const auto rolls = driver.result<std::vector<std::uint64_t>>();
    CHECK(std::set(rolls.begin(), rolls.end()) == std::set<std::uint64_t>{1, 2, 3, 4, 5, 6});
    FakeDriver high;
    high.next_draw = ~std::uint64_t{0} - 1;  // The last four draws of 2^64 would favour 1 to 4.
    high.start(dice);
    CHECK(high.next_draw == 100);
    FakeDriver wrong;
    wrong.start(wrong_range);
    CHECK(wrong.failure().message == "random(low, high) with low above high");
  }

  TEST_CASE("a uuid is of version 4 and takes two draws") {
    FakeDriver driver;
    driver.next_draw = 0x0123456789abcdefULL;
    const Context ctx(driver.execution());
    reprise::detail::DriverScope scope(&driver);
    CHECK(ctx.uuid() == "01234567-89ab-4def-8123-456789abcdf0");
  }

  TEST_CASE("log lines are silent while history is replayed") {
    FakeDriver live;
    live.start(logs);
    CHECK(live.lines == std::vector<std::string>{"charged 1999 cents", "plain"});
    FakeDriver replayed;
    replayed.is_replaying = true;
    replayed.start(logs);
    CHECK(replayed.lines.empty());
  }

  TEST_CASE("a version is the driver's choice") {
    FakeDriver driver;
    driver.start(versions);
    CHECK(driver.result<int>() == 3);
  }

  TEST_CASE("a shield lasts for its scope") {
    FakeDriver driver;
    driver.start(shields);
    CHECK(driver.shields == 1);
    driver.run_step(1);
    CHECK(driver.shields == 0);
  }

  TEST_CASE("a workflow can ask whether it is to be cancelled") {
    FakeDriver driver;
    driver.start(asks);
    driver.cancelling = true;
    driver.fire(1);
    CHECK(driver.result<bool>());
  }

  TEST_CASE("names and options out of range throw before anything is issued") {
    for (const std::string& name : {std::string(), std::string(256, 'x'), std::string("\0", 1)}) {
      FakeDriver driver;
      driver.start(names_badly, name);
      CHECK(driver.failure().message.starts_with("a step's name"));
      CHECK(driver.trace().empty());
    }
    for (const int which : {0, 1, 2}) {
      FakeDriver driver;
      driver.start(options, which);
      CHECK(driver.failure().message.starts_with("a step's "));
      CHECK(driver.trace().empty());
    }
  }

  TEST_CASE("a due time beyond the end of time is the end of time") {
    FakeDriver driver;
    driver.start(sleeps_for_ever);
    CHECK(driver.at(1).command.due == std::numeric_limits<reprise::Nanos>::max());
  }

  TEST_CASE("sleep_until takes a time, and the try twin of sleep does not throw") {
    FakeDriver driver;
    driver.start(sleeps_until);
    CHECK(driver.at(1).command.due == 6'000);
    driver.fire(1);
    driver.fail(2, Code::operation_cancelled, "cancelled");
    REQUIRE(driver.finished());
    CHECK(std::holds_alternative<reprise::Payload>(*driver.finished()));
  }
}

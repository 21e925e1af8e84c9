// `explain`: what an instance waits for, what woke it, how often its bodies ran.
#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using namespace std::chrono_literals;

std::string fails(std::string) { throw std::runtime_error("busy"); }

Workflow<std::string> waits(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card);
  auto never = ctx.step("post", {.attempts = 5, .backoff = 1h, .backoff_max = 9h}, fails, receipt);
  auto signal = ctx.signal<std::string>("approve");
  auto day = ctx.sleep(24h);
  co_await ctx.any(never, signal, day);
  co_return receipt;
}

Registry registry() {
  Registry workflows;
  workflows.add("waits", waits);
  return workflows;
}

}  // namespace

TEST_SUITE("tools/explain") {
  TEST_CASE("each wait with what ends it, what woke it, and bodies that did not run once") {
    const journal::testing::TempFolder folder;
    const std::string path = folder / "store";
    {
      auto engine = open_engine(path, 100'000, registry()).value();
      auto run = engine.start(waits, "one", "card").value();
      CHECK(run.result(90min).code() == Code::timed_out);
      REQUIRE(engine.shutdown(10s).ok());
    }
    const auto told = tell({"explain", path, "one"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "one  waits  Waiting\n"));
    CHECK_FALSE(has(told.out, "first"));
    CHECK(has(told.out, "the time of attempt 3"));
    CHECK(has(told.out, "a signal of that name"));
    CHECK(has(told.out, "its time to come"));
    CHECK(has(told.out, "explain_test.cc:"));
    CHECK(has(told.out, "step_completed"));
    CHECK(has(told.out, "1 of 2 bodies ran exactly once\n"));
    CHECK(has(told.out, "0 to 2 times"));
    const auto json = nlohmann::json::parse(tell({"explain", path, "one", "--json"}).out);
    CHECK(json.at("waits").size() == 3);
    CHECK(json.at("waits").at(0).at("name") == "post");
    CHECK(json.at("waits").at(0).at("failures_left") == 3);
    REQUIRE(json.at("woken").size() == 2);
    CHECK(json.at("woken").at(1).at("kind") == "step_completed");
    CHECK(json.at("woken").at(1).at("name") == "charge");
    CHECK(json.at("bodies").at(0).at("ran") == "once");
    CHECK(json.at("bodies").at(1).at("threw") == 2);
  }

  TEST_CASE("a pause comes first; of what has ended nothing is waited for") {
    const FilledStore store;
    const auto held = tell({"explain", store.path, "held"});
    CHECK(has(held.out, "held  order  paused (user)\n"));
    CHECK(has(held.out, "  first   paused on request; resume it to go on\n"));
    const auto done = tell({"explain", store.path, "done"});
    CHECK(done.code == 0);
    CHECK_FALSE(has(done.out, "WAITS FOR"));
    CHECK(has(done.out, "1 of 1 body ran exactly once\n"));
    const auto poor = tell({"explain", store.path, "poor"});
    CHECK(has(poor.out, "once or not at all"));
    CHECK(tell({"explain", store.path, "nobody"}).code == 66);
  }
}

}  // namespace reprise

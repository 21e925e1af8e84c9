// What makes code depend on more than its history, one kind at a time: where `replay` finds it, and
// what it can't find.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// The recorded run is the first one, the replay the second: what the code should not know.
bool again = false;
/// Of the call that differs, as the workflow says just before it.
int line = 0;

std::string echo(std::string text) { return text; }

using Flow = Workflow<std::string> (*)(Context);

Workflow<std::string> clock(Context ctx) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  line = __LINE__ + 1;
  co_return co_await ctx.step("stamp", echo, std::to_string(now));
}

Workflow<std::string> random(Context ctx) {
  std::random_device device;
  const std::uint64_t drawn = (std::uint64_t{device()} << 32) | device();
  line = __LINE__ + 1;
  co_return co_await ctx.step("draw", echo, std::to_string(drawn));
}

/// As a standard library whose table grows in another way would have it.
std::vector<std::string> unordered_items(bool other) {
  std::unordered_set<std::string> items(other ? 1021 : 7);
  for (int i = 0; i < 12; ++i) items.insert("item " + std::to_string(i * i));
  return {items.begin(), items.end()};
}
/// The first item that comes earlier or later then.
int first_moved() {
  const auto before = unordered_items(false);
  const auto after = unordered_items(true);
  return static_cast<int>(std::mismatch(before.begin(), before.end(), after.begin()).first -
                          before.begin());
}

Workflow<std::string> unordered(Context ctx) {
  std::string all;
  for (const auto& item : unordered_items(again)) {
    line = __LINE__ + 1;
    all += co_await ctx.step("pack", echo, item);
  }
  co_return all;
}

/// As an allocator that hands out other addresses would have it.
Workflow<std::string> pointers(Context ctx) {
  const auto both = std::make_unique<std::string[]>(2);
  both[again ? 1 : 0] = "left";
  both[again ? 0 : 1] = "right";
  const std::set<const std::string*> sorted = {both.get(), both.get() + 1};
  std::string all;
  for (const auto* item : sorted) {
    line = __LINE__ + 1;
    all += co_await ctx.step("pack", echo, *item);
  }
  co_return all;
}

Workflow<std::string> added(Context ctx) {
  std::string all = co_await ctx.step("charge", echo, std::string("card"));
  if (again) {
    line = __LINE__ + 1;
    all += co_await ctx.step("audit", echo, all);
  }
  co_return all + co_await ctx.step("ship", echo, all);
}

Workflow<std::string> removed(Context ctx) {
  std::string all;
  if (!again) all = co_await ctx.step("audit", echo, std::string("card"));
  line = __LINE__ + 1;
  co_return all + co_await ctx.step("ship", echo, std::string("parcel"));
}

Workflow<std::string> reordered(Context ctx) {
  std::string all;
  for (const bool charges : {!again, again}) {
    const std::string name = charges ? "charge" : "reserve";
    line = __LINE__ + 1;
    all += co_await ctx.step(name, echo, std::string("item"));
  }
  co_return all;
}

Workflow<std::string> renamed(Context ctx) {
  const std::string name = again ? "debit" : "charge";
  line = __LINE__ + 1;
  co_return co_await ctx.step(name, echo, std::string("card"));
}

Workflow<std::string> argument(Context ctx) {
  const std::string amount = again ? "12 EUR" : "12";
  line = __LINE__ + 1;
  co_return co_await ctx.step("charge", echo, amount);
}

/// A body does not run again: what it would return now, nobody gets to see.
Workflow<std::string> lambda(Context ctx) {
  line = __LINE__ + 1;
  co_return co_await ctx.step("price", [] { return std::string(again ? "12 EUR" : "12"); });
}

/// What a changed lambda computes in the workflow's own code, and a step's body takes from there.
Workflow<std::string> hidden(Context ctx) {
  const auto price = [](int tax) { return 100 + tax; };
  co_await ctx.step("reserve", echo, std::string("item"));
  const int cents = price(again ? 7 : 19);
  line = __LINE__ + 1;
  co_return co_await ctx.step("charge", [&] { return std::to_string(cents); });
}
Workflow<std::string> hidden_but_watched(Context ctx) {
  const auto price = [](int tax) { return 100 + tax; };
  int cents = 0;
  const std::string currency = "EUR";
  const auto amount = ctx.watch("cents", cents);
  const auto coin = ctx.watch("currency", currency);
  co_await ctx.step("reserve", echo, std::string("item"));
  cents = price(again ? 7 : 19);
  line = __LINE__ + 1;
  co_return co_await ctx.step("charge", [&] { return std::to_string(cents); });
}

/// A body that writes to the workflow's locals, which it must not: no replay has that value.
Workflow<std::string> written(Context ctx) {
  int charged = 0;
  const auto watched = ctx.watch("charged", charged);
  co_await ctx.step("charge", [&] { ++charged; });
  line = __LINE__ + 1;
  co_return co_await ctx.step("thank", echo, std::string("you"));
}

Workflow<std::string> settings(Context ctx) {
  line = __LINE__ + 1;
  const StepOptions options{.timeout = std::chrono::seconds(again ? 2 : 1),
                            .attempts = again ? 7U : 3U};
  co_return co_await ctx.step("charge", options, echo, std::string("card"));
}

/// What `replay --json` says of a run that the same code made, in its first life.
nlohmann::json verdict_on(Flow flow) {
  Registry workflows;
  workflows.add("flow", flow);
  const journal::testing::TempFolder folder;
  const std::string path = folder / "store";
  again = false;
  {
    auto engine = open_engine(path, 100'000, workflows).value();
    REQUIRE(engine.start(flow, "one").value().result().ok());
    REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
  }
  again = true;
  const auto told = tell({"replay", path, "--json"}, workflows);
  again = false;
  auto verdict = nlohmann::json::parse(told.out);
  CHECK(told.code == (verdict.at("replays") == true ? 0 : 1));
  return verdict;
}

std::string here() { return "tests/tools/replay_causes_test.cc:" + std::to_string(line); }

}  // namespace

TEST_SUITE("tools/replay") {
  TEST_CASE("each kind of dependence on more than history is found at its event and its line") {
    struct Kind {
      Flow flow;
      int seq;
      std::string field;
      std::string issued;
    };
    const int moved = first_moved();
    REQUIRE(moved < 12);
    const std::vector<Kind> kinds = {
        {clock, 2, "arguments", "schedule_step \"stamp\" (op 1)"},
        {random, 2, "arguments", "schedule_step \"draw\" (op 1)"},
        {unordered, 2 + 2 * moved, "arguments",
         "schedule_step \"pack\" (op " + std::to_string(moved + 1) + ")"},
        {pointers, 2, "arguments", "schedule_step \"pack\" (op 1)"},
        {added, 4, "name", "schedule_step \"audit\" (op 2)"},
        {removed, 2, "name", "schedule_step \"ship\" (op 1)"},
        {reordered, 2, "name", "schedule_step \"reserve\" (op 1)"},
        {renamed, 2, "name", "schedule_step \"debit\" (op 1)"},
        {argument, 2, "arguments", "schedule_step \"charge\" (op 1)"},
    };
    for (const auto& kind : kinds) {
      const auto verdict = verdict_on(kind.flow);
      CAPTURE(kind.issued);
      REQUIRE(verdict.contains("mismatch"));
      const auto& mismatch = verdict.at("mismatch");
      CHECK(mismatch.at("seq") == kind.seq);
      CHECK(mismatch.at("field") == kind.field);
      CHECK(mismatch.at("issued") == kind.issued);
      CHECK(mismatch.at("issued_site").get<std::string>().ends_with(here()));
      CHECK(verdict.at("at") == kind.seq - 1);
    }
  }

  TEST_CASE("of a lambda whose result would differ it says that it can't tell") {
    const auto verdict = verdict_on(lambda);
    CHECK(verdict.at("replays") == true);
    REQUIRE(verdict.at("notes").size() == 1);
    const auto& note = verdict.at("notes").at(0);
    CHECK(note.at("seq") == 2);
    CHECK(has(note.at("text"), "step \"price\" has no arguments to compare"));
    CHECK(note.at("site").get<std::string>().ends_with(here()));
  }

  TEST_CASE("what a lambda hides is found where it is watched, at the first command behind it") {
    const auto unseen = verdict_on(hidden);
    CHECK(unseen.at("replays") == true);
    REQUIRE(unseen.at("notes").size() == 1);
    CHECK(unseen.at("notes").at(0).at("seq") == 4);
    CHECK(has(unseen.at("notes").at(0).at("text"), "step \"charge\" has no arguments to compare"));

    const auto verdict = verdict_on(hidden_but_watched);
    REQUIRE(verdict.contains("mismatch"));
    const auto& mismatch = verdict.at("mismatch");
    CHECK(mismatch.at("seq") == 4);
    CHECK(mismatch.at("field") == "state");
    CHECK(mismatch.at("issued") == "schedule_step \"charge\" (op 2)");
    CHECK(mismatch.at("issued_site").get<std::string>().ends_with(here()));
    CHECK(mismatch.at("recorded_site") == mismatch.at("issued_site"));
    CHECK(mismatch.at("watched") ==
          nlohmann::json::parse(R"([{"name": "cents", "now": "107", "differs": true},
                                    {"name": "currency", "now": "\"EUR\"", "differs": false}])"));
    CHECK(verdict.at("at") == 3);
    CHECK(verdict.at("notes").size() == 1);  // That of the lambda.
  }

  TEST_CASE("what a step's body writes to the workflow's locals is found at the next command") {
    const auto verdict = verdict_on(written);
    REQUIRE(verdict.contains("mismatch"));
    CHECK(verdict.at("mismatch").at("seq") == 4);
    CHECK(verdict.at("mismatch").at("field") == "state");
    CHECK(verdict.at("mismatch").at("watched").at(0).at("now") == "0");
    CHECK(verdict.at("mismatch").at("issued_site").get<std::string>().ends_with(here()));
  }

  TEST_CASE("a timeout and a number of attempts that changed are a note") {
    const auto verdict = verdict_on(settings);
    CHECK(verdict.at("replays") == true);
    REQUIRE(verdict.at("notes").size() == 1);
    CHECK(verdict.at("notes").at(0).at("text") ==
          "step \"charge\": timeout was 1s and is 2s, attempts was 3 and is 7");
  }
}

}  // namespace reprise

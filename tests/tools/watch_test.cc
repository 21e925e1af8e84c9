// What code watches, as the commands tell it.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// What the second life of the code computes otherwise.
int tax = 19;

std::string pay(std::string card) { return card; }

Workflow<int> buy(Context ctx, std::string card) {
  int total = 0;
  std::string note = "\x1b[31mred";
  const auto sum = ctx.watch("total", total);
  const auto words = ctx.watch("note\x1b[31m", note);
  total = 100 + tax;
  co_await ctx.step("pay", pay, card);
  co_return 1;
}
Workflow<int> buy_unwatched(Context ctx, std::string card) {
  co_await ctx.step("pay", pay, card);
  co_return 1;
}

Registry with(Workflow<int> (*flow)(Context, std::string)) {
  Registry workflows;
  workflows.add("buy", flow);
  return workflows;
}

struct Bought {
  journal::testing::TempFolder folder;
  std::string path = folder / "store";

  Bought() {
    auto engine = open_engine(path, 100'000, with(buy)).value();
    for (const char* id : {"a", "b"}) {
      tax = id[0] == 'a' ? 19 : 7;
      REQUIRE(engine.start(buy, id, std::string("card")).value().result().ok());
    }
    tax = 19;
    REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
  }
};

}  // namespace

TEST_SUITE("tools/watch") {
  TEST_CASE("replay tells the value that differs, and those beside it") {
    const Bought store;
    const auto told = tell({"replay", store.path, "--check"}, with(buy));
    CHECK(told.code == 1);
    CHECK(has(told.out,
              "b  buy  4 events  differs at event 2\n"
              "  - recorded  step_scheduled \"pay\" (op 1)  at "));
    CHECK(has(told.out, "  + issued    schedule_step \"pay\" (op 1)  at "));
    CHECK(has(told.out,
              "    differs   state\n"
              "    watched   total: 119 now, another value then\n"
              "    watched   note"));
    CHECK(has(told.out, "[31mred\", now and then\n"));
    CHECK(has(told.out, "    often     no command differs yet"));
    CHECK(has(told.out, "2 histories: 1 does not replay\n"));
    CHECK_FALSE(has(told.out, "\x1b"));
  }

  TEST_CASE("a watch that is gone is a note, and the history is sound") {
    const Bought store;
    const auto told = tell({"replay", store.path, "--check"}, with(buy_unwatched));
    CHECK(told.code == 0);
    CHECK(has(told.out, "note  what was watched when this was recorded is not now"));
    CHECK(has(told.out, ", in 2 histories\n2 histories: all replay\n"));
  }

  TEST_CASE("a suite of histories fails where the state differs") {
    const Bought store;
    const std::string corpus = store.folder / "corpus";
    REQUIRE(tell({"corpus", "add", corpus, store.path, "a", "b"}).code == 0);
    const auto told = tell({"corpus", "run", corpus}, with(buy));
    CHECK(told.code == 1);
    CHECK(has(told.out, "differs at event 2\n"));
    CHECK(has(told.out, "    watched   total: 119 now, another value then\n"));
    CHECK(has(told.out, "2 histories in 2 files: 1 file does not"));
  }

  TEST_CASE("a history as JSON has the hashes, where there are any") {
    const Bought store;
    const auto events = lines(tell({"history", store.path, "a", "--json"}).out);
    REQUIRE(events.size() == 4);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto event = nlohmann::json::parse(events[i]);
      CHECK(event.contains("state") == (i == 1 || i == 3));
      if (i == 1) CHECK(event.at("state").get<std::string>().size() == 16 + 1 + 16);
    }
  }

  TEST_CASE("two histories differ in what was watched, where both watched something") {
    const Bought store;
    const auto told = tell({"diff", store.path, store.path, "--id", "a", "--other-id", "b"});
    CHECK(told.code == 1);
    CHECK(has(told.out, "  - event 2  step_scheduled \"pay\" (op 1)"));
    CHECK(has(told.out, "    state: "));
    const Bought other;
    {
      auto engine = open_engine(other.path, 100'000, with(buy_unwatched)).value();
      auto run = engine.start(buy_unwatched, "c", std::string("card")).value();
      REQUIRE(run.result().ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto one_side = tell({"diff", store.path, other.path, "--id", "a", "--other-id", "c"});
    CHECK(one_side.code == 0);
  }
}

}  // namespace reprise

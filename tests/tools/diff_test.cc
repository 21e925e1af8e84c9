// `diff`: two histories, and where they part.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using namespace std::chrono_literals;

using Bill = std::map<std::string, int>;

Bill price(std::string card) { return {{"net", 10}, {"total", card == "gold" ? 12 : 13}}; }

Workflow<int> buy(Context ctx, std::string card) {
  auto bill = co_await ctx.step("price", price, card);
  auto asked = ctx.signal<std::string>("asked");
  auto paid = ctx.signal<std::string>("paid");
  co_await ctx.all(asked, paid);
  if (card == "late") co_await ctx.sleep(1h);
  co_return bill.at("total");
}

/// Two instances in one store: "a", and "b" with this card, signalled in this order.
struct Two {
  journal::testing::TempFolder folder;
  std::string path = folder / "store";

  explicit Two(const std::string& card, bool paid_first = false) {
    Registry workflows;
    workflows.add("buy", buy);
    auto engine = open_engine(path, 100'000, workflows).value();
    const auto run = [&](const std::string& id, const std::string& with, bool turned) {
      auto started = engine.start(buy, id, with).value();
      for (const bool second : {turned, !turned}) {
        REQUIRE(engine.signal(id, second ? "paid" : "asked", std::string("yes")).ok());
      }
      REQUIRE(started.result().ok());
    };
    run("a", "gold", false);
    run("b", card, paid_first);
    REQUIRE(engine.shutdown(10s).ok());
  }
  [[nodiscard]] Told told(std::vector<std::string> more = {}) const {
    std::vector<std::string> args = {"diff", path, path, "--id", "a", "--other-id", "b"};
    args.insert(args.end(), more.begin(), more.end());
    return tell(args);
  }
};

}  // namespace

TEST_SUITE("tools/diff") {
  TEST_CASE("histories of the same input, at other times, are the same") {
    const Two two("gold");
    const auto same = two.told();
    CHECK(same.code == 0);
    CHECK(same.out == "the same, event for event: 8 events\n");
    CHECK(two.told({"--json"}).out.empty());
  }

  TEST_CASE("an input, an answer's fields and the result that differ, each with both sides") {
    const Two two("silver");
    const auto told = two.told();
    CHECK(told.code == 1);
    const auto all = lines(told.out);
    REQUIRE(all.size() > 3);
    CHECK(has(all.at(0), "  - event 1  workflow_started \"buy\""));
    CHECK(has(all.at(1), "  + event 1  workflow_started \"buy\""));
    CHECK(has(told.out, "  - event 3  step_completed \"price\" (op 1)  at "));
    CHECK(has(told.out, "diff_test.cc:"));
    CHECK(has(told.out, "    payload /total: 12, then 13\n"));
    CHECK_FALSE(has(told.out, "/net"));
    CHECK(has(told.out, "workflow_completed"));
    const auto first = nlohmann::json::parse(lines(two.told({"--json"}).out).at(2));
    CHECK(first.at("first").at("seq") == 3);
    CHECK(first.at("fields") == nlohmann::json::array({"payload"}));
    CHECK(first.at("payload").at(0) == "/total: 12, then 13");
    CHECK(lines(two.told({"--limit", "1", "--json"}).out).size() == 1);
    CHECK(has(two.told({"--limit", "1"}).err, "there are more than 1"));
  }

  TEST_CASE("what is there in one of them only") {
    const Two two("late");
    const auto told = two.told({"--limit", "99"});
    CHECK(has(told.out, "  - nothing\n  + event 8  timer_started (op 4)"));
    CHECK(has(told.out, "  - nothing\n  + event 9  timer_fired (op 4)  at "));
  }

  TEST_CASE("the same events in another order") {
    const Two two("gold", true);
    const auto told = two.told();
    CHECK(told.code == 1);
    CHECK(has(told.out, "order: the same, at another time than the others"));
    CHECK(has(told.out, "signal_received \"asked\""));
  }

  TEST_CASE("of a file with one instance no id is asked for, of several it is") {
    const Two two("gold");
    const auto file = two.folder / "a.journal";
    REQUIRE(tell({"export", two.path, "a", "--to", file}).code == 0);
    CHECK(tell({"diff", file, file}).code == 0);
    CHECK(tell({"diff", file, two.path, "--other-id", "b"}).code == 0);
    const auto many = tell({"diff", two.path, file});
    CHECK(many.code == 64);
    CHECK(has(many.err, "holds several instances: give the id of one"));
  }
}

}  // namespace reprise

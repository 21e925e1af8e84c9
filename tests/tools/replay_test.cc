// `replay`: the code of today against histories of another code.
#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

Registry with(Workflow<std::string> (*flow)(Context, std::string)) {
  Registry workflows;
  workflows.add("order", flow);
  workflows.add("poor", poor);
  return workflows;
}

Workflow<std::string> renamed(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("debit", charge, card);
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_return receipt + ", " + shipped;
}
Workflow<std::string> other_argument(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card + "!");
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_return receipt + ", " + shipped;
}
Workflow<std::string> one_more(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card);
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_await ctx.step("thank", charge, card);
  co_return receipt + ", " + shipped;
}
Workflow<std::string> one_less(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card);
  co_return receipt;
}
Workflow<std::string> other_settings(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", {.timeout = std::chrono::seconds(7)}, charge, card);
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_return receipt + ", " + shipped;
}
Workflow<std::string> more_beside(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("charge", charge, card);
  auto shipped = ctx.signal<std::string>("shipped");
  auto log = ctx.step("log", charge, receipt);
  auto how = co_await std::move(shipped);
  co_return receipt + ", " + how;
}

}  // namespace

TEST_SUITE("tools/replay") {
  TEST_CASE("histories of the same code replay, all of them or those that are named") {
    const FilledStore store;
    const auto all = tell({"replay", store.path}, shop());
    CHECK(all.code == 0);
    CHECK(has(all.out, "done  order  6 events  replays\n"));
    CHECK(has(all.out, "poor  poor  "));
    CHECK(has(all.out, "5 histories: all replay\n"));
    const auto quiet = tell({"replay", store.path, "--check"}, shop());
    CHECK(quiet.out == "5 histories: all replay\n");
    const auto one = tell({"replay", store.path, "open", "--space", "tenant"}, shop());
    CHECK(lines(one.out).size() == 2);
    CHECK(has(one.out, "open (namespace tenant)  order  4 events  replays\n"));
    CHECK(has(one.out, "1 history: all replay"));
    CHECK(tell({"replay", store.path, "nobody"}, shop()).code == 66);
  }

  TEST_CASE("a journal file replays without its store") {
    const FilledStore store;
    const auto file = store.folder / "done.journal";
    REQUIRE(tell({"export", store.path, "done", "--to", file}).code == 0);
    CHECK(tell({"replay", file}, shop()).code == 0);
    const auto other = tell({"replay", file, "--check"}, with(renamed));
    CHECK(other.code == 1);
    CHECK(has(other.out, "done  order  6 events  differs at event 2\n"));
  }

  TEST_CASE("a difference is told with both sides, both source lines and what it is") {
    const FilledStore store;
    const auto name = tell({"replay", store.path, "done", "--check"}, with(renamed));
    CHECK(name.code == 1);
    CHECK(has(name.out, "  - recorded  step_scheduled \"charge\" (op 1)  at "));
    CHECK(has(name.out, "  + issued    schedule_step \"debit\" (op 1)  at "));
    CHECK(has(name.out, "store.h:"));
    CHECK(has(name.out, "replay_test.cc:"));
    CHECK(has(name.out, "    differs   name\n"));
    CHECK(has(name.out, "    often     it was renamed"));
    CHECK(has(name.out, "1 history: 1 does not replay\n"));
    const auto argument = tell({"replay", store.path, "done"}, with(other_argument));
    CHECK(has(argument.out, "differs   arguments"));
    const auto more = tell({"replay", store.path, "done"}, with(one_more));
    CHECK(has(more.out, "differs at event 6"));
    const auto less = tell({"replay", store.path, "done"}, with(one_less));
    CHECK(has(less.out, "differs at event 4"));
    CHECK(has(less.out, "differs   kind"));
  }

  TEST_CASE("as far as an event: what comes later is not looked at") {
    const FilledStore store;
    const auto far = tell({"replay", store.path, "done", "--until", "5"}, with(one_more));
    CHECK(far.code == 0);
    CHECK(has(far.out, "done  order  6 events  replays to event 5\n"));
    CHECK(tell({"replay", store.path, "done", "--until", "6"}, with(one_more)).code == 1);
    CHECK(tell({"replay", store.path, "done", "--until", "0"}, shop()).code == 64);
  }

  TEST_CASE("settings that differ are a note, told once with how many it concerns") {
    const FilledStore store;
    const auto note = tell({"replay", store.path, "done", "--check"}, with(other_settings));
    CHECK(note.code == 0);
    CHECK(has(note.out, "note  step \"charge\": timeout was 0s and is 7s  at "));
    CHECK(has(note.out, ", in 1 history\n1 history: all replay\n"));
    const auto each = tell({"replay", store.path, "done"}, with(other_settings));
    CHECK(has(each.out, "    note      event 2: step \"charge\": timeout was 0s and is 7s  at "));
  }

  TEST_CASE("code that does more than is recorded is found before its next event finds it") {
    const FilledStore store;
    // It awaits the signal, as recorded, and starts a step beside that.
    const auto beside = tell({"replay", store.path, "open", "--check"}, with(more_beside));
    CHECK(beside.code == 1);
    CHECK(has(beside.out, "open  order  4 events  differs at event 5\n"));
    CHECK(has(beside.out, "  - recorded  nothing before the next arrival\n"));
    CHECK(has(beside.out, "  + issued    schedule_step \"log\" (op 3)  at "));
    CHECK(has(beside.out, "    differs   extra\n"));
  }

  TEST_CASE("what code would do that still has something to go on with is told") {
    const FilledStore store;
    {
      Registry without;
      without.add("poor", poor);
      auto engine = open_engine(store.path, 100'000, without).value();
      REQUIRE(engine.signal("open", "shipped", std::string("DHL")).ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto told = tell({"replay", store.path, "open"}, shop());
    CHECK(told.code == 0);
    CHECK(has(told.out, "replays\n    then      complete_workflow\n"));
    CHECK(has(tell({"explain", store.path, "open"}).out, "  first   its code may have something"));
  }

  TEST_CASE("a name that is made to steer a terminal steers none") {
    const journal::testing::TempFolder folder;
    const std::string path = folder / "store";
    {
      auto engine = open_engine(path).value();
      REQUIRE(engine.start(order, "\x1b[31mred\r\n", "card").ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    for (const auto* command : {"replay", "explain"}) {
      std::vector<std::string> args = {command, path};
      if (command == std::string("explain")) args.emplace_back("\x1b[31mred\r\n");
      const auto told = tell(args, shop());
      CHECK(told.code == 0);
      CHECK(has(told.out, "[31mred"));
      CHECK_FALSE(has(told.out, "\x1b"));
      CHECK_FALSE(has(told.out, "\r"));
    }
  }

  TEST_CASE("as JSON, one object a line") {
    const FilledStore store;
    const auto told = tell({"replay", store.path, "done", "--json"}, with(renamed));
    CHECK(told.code == 1);
    const auto json = nlohmann::json::parse(told.out);
    CHECK(json.at("id") == "done");
    CHECK(json.at("replays") == false);
    CHECK(json.at("at") == 1);
    CHECK(json.at("mismatch").at("seq") == 2);
    CHECK(json.at("mismatch").at("field") == "name");
  }

  TEST_CASE("without the workflow nothing is replayed, and it says what to do") {
    const FilledStore store;
    const auto none = tell({"replay", store.path});
    CHECK(none.code == 78);
    CHECK(has(none.err, "reprise::tool_main"));
    Registry workflows;
    workflows.add("poor", poor);
    const auto some = tell({"replay", store.path, "--check"}, workflows);
    CHECK(some.code == 1);
    CHECK(has(some.out, "5 histories: 4 do not replay\n"));
    CHECK(has(some.out, "no workflow \"order\" is registered here"));
  }
}

}  // namespace reprise

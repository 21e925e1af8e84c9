// `fork` as it is typed, and what it tells.
#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/what_if.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

}  // namespace

TEST_SUITE("tools/fork") {
  TEST_CASE("what is set is written in one way") {
    for (const auto* wrong :
         {"", "step", "step:", "step:x", "step:=1", "timer:x=1", "step=x:1", "step:x=tea",
          "step:x#0=1", "step:x#two=1", "step:x=throw:", "signal:x=throw:Y", "step:#1=1"}) {
      CAPTURE(wrong);
      CHECK(cli::parse_given(wrong).code() == Code::invalid_argument);
    }
    const auto given = cli::parse_given("step:a:b#3=throw:Declined:no: money").value();
    CHECK(given.name == "a:b");
    CHECK(given.count == 3);
    CHECK(std::get<Failure>(given.outcome).type == "Declined");
    CHECK(std::get<Failure>(given.outcome).message == "no: money");
    CHECK_FALSE(std::get<Failure>(given.outcome).retryable);
  }

  TEST_CASE("variants are told side by side, each with what was said of it and of all") {
    const FilledStore store;
    const auto told =
        tell({"fork", store.path, "done", "--at", "2", "--set", "signal:shipped=\"UPS\"",
              "--variant", "poor", "--set", "step:charge=throw:Declined", "--variant", "rich",
              "--set", "step:charge=\"gold\""},
             shop());
    CHECK(told.code == 0);
    const auto rows = lines(told.out);
    REQUIRE(rows.size() == 4);
    CHECK(has(rows[0], "VARIANT"));
    CHECK(has(rows[1], "recorded  completed"));
    CHECK(has(rows[2], "poor"));
    CHECK(has(rows[2], "Declined"));
    CHECK(has(rows[2], "event 3 step_completed \"charge\" (op 1)"));
    CHECK(has(rows[3], "gold, UPS"));
    const auto json =
        tell({"fork", store.path, "done", "--at", "2", "--json", "--set", "step:charge=\"gold\"",
              "--variant", "a", "--variant", "b", "--set", "step:charge=\"tin\""},
             shop());
    const auto objects = lines(json.out);
    REQUIRE(objects.size() == 2);
    CHECK(has(nlohmann::json::parse(objects[0]).at("result").get<std::string>(), "gold"));
    CHECK(has(nlohmann::json::parse(objects[1]).at("result").get<std::string>(), "tin"));
    CHECK(nlohmann::json::parse(objects[1]).at("parts").at("fork").at("seq") == 3);
  }

  TEST_CASE("a fork is kept as a journal file that everything else reads") {
    const FilledStore store;
    const auto file = store.folder / "fork.journal";
    const auto kept = tell(
        {"fork", store.path, "done", "--at", "5", "--set", "signal:shipped=\"UPS\"", "--to", file},
        shop());
    CHECK(kept.code == 0);
    CHECK(tell({"verify", file}).code == 0);
    CHECK(tell({"replay", file}, shop()).code == 0);
    CHECK(has(tell({"history", file, "done"}).out, "UPS"));
    const auto differs = tell({"diff", store.path, file, "--id", "done"});
    CHECK(differs.code == 1);
    CHECK(has(differs.out, "event 5  signal_received \"shipped\""));
    // Never over what is there, and one at a time.
    CHECK(tell({"fork", store.path, "done", "--at", "5", "--to", file}, shop()).code == 64);
    CHECK(tell({"fork", store.path, "done", "--at", "5", "--to", file + "2", "--variant", "a",
                "--variant", "b"},
               shop())
              .code == 64);
  }

  TEST_CASE("what it lacks is told, and the exit code says that it is not whole") {
    const FilledStore store;
    const auto told = tell({"fork", store.path, "open", "--space", "tenant", "--at", "4"}, shop());
    CHECK(told.code == 0);
    CHECK(has(told.out, "waits  for signal \"shipped\" (op 2) at "));
    Registry other = shop();
    const auto wrong = tell({"fork", store.path, "done", "--at", "2", "--set", "nothing"}, shop());
    CHECK(wrong.code == 64);
    CHECK(has(wrong.err, "--set"));
    CHECK(tell({"fork", store.path, "done", "--at", "1"}, shop()).code == 64);
    CHECK(tell({"fork", store.path, "done", "--at", "99"}, shop()).code == 64);
    CHECK(tell({"fork", store.path, "--at", "2"}, shop()).code == 64);
    CHECK(has(tell({"fork", store.path, "done", "--at", "2"}).err, "reprise::tool_main"));
  }
}

}  // namespace reprise

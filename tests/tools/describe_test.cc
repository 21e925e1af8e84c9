// `describe`: all there is to one instance; `stats`: what a store holds, and what does not move.
#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/tell.h"
#include "tests/tools/tour.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using nlohmann::json;

}  // namespace

TEST_SUITE("tools/describe") {
  TEST_CASE("describe tells status, waits, and each operation with its attempts and effects") {
    const TourStore store;
    const auto told = tell({"describe", store.path, "open"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "  status     Paused (user)\n"));
    CHECK(has(told.out, "  payloads   "));
    CHECK(has(told.out, "WAITS FOR"));
    CHECK(has(told.out, "a signal of that name"));
    CHECK(has(told.out, "WOKEN AT"));
    CHECK(has(told.out, "\n8 operations\n"));
    CHECK(has(told.out, "one/tea"));
    CHECK(has(told.out, "1 to 3 times"));
    CHECK_FALSE(has(told.out, "\x1b"));
    const auto some = tell({"describe", store.path, "open", "--limit", "2"});
    CHECK(has(some.out, "\n8 operations; the last 2:\n"));
    CHECK_FALSE(has(some.out, "charge"));

    const auto object = json::parse(tell({"describe", store.path, "open", "--json"}).out);
    CHECK(object.at("instance").at("status") == "Paused");
    CHECK(object.at("explanation").at("waits").size() == 1);
    const auto& operations = object.at("operations");
    REQUIRE(operations.size() == 8);
    CHECK(operations.at(0).at("name") == "charge");
    CHECK(operations.at(0).at("attempts") == 3);
    CHECK(operations.at(0).at("outcome") == "done");
    CHECK(operations.at(4).at("outcome") == "failed");
    CHECK(operations.at(7).at("outcome") == "open");
    CHECK_FALSE(operations.at(7).contains("closed"));
    CHECK(object.at("largest_payload").at("bytes") > 0);
  }

  TEST_CASE("stats counts by workflow and status, and names what is old, large or stuck") {
    const TourStore store(100);
    const auto told = tell({"stats", store.path});
    CHECK(told.code == 0);
    CHECK(has(told.out, "WORKFLOW  "));
    CHECK(has(told.out, "parcel"));
    CHECK(has(told.out, "instances        7\n"));
    CHECK(has(told.out, "oldest open      open, since 2023-11-14 22:13:20.000 UTC\n"));
    CHECK(has(told.out, "longest waiting  open, for signal approve, since "));
    CHECK(has(told.out, "1 wait does not move by itself, or should have\n"));
    CHECK(has(told.out, "paused (user)"));
    CHECK_FALSE(has(told.out, "journal"));
    const auto object = json::parse(tell({"stats", store.path, "--sizes", "--json"}).out);
    CHECK(object.at("instances") == 7);
    CHECK(object.at("statuses").at("Paused") == 1);
    CHECK(object.at("statuses").at("Failed") == 2);
    CHECK(object.at("stuck").size() == 1);
    CHECK(object.at("bytes").at("journal") > object.at("history_bytes"));
    CHECK(object.at("disk_bytes") > 0);
    CHECK(object.at("largest_history").at("id") == "many");
    std::uint64_t events = 0;
    for (const auto& line : lines(tell({"ls", store.path, "--json"}).out)) {
      events += json::parse(line).at("events").get<std::uint64_t>();
    }
    CHECK(object.at("events") == events);
  }

  TEST_CASE("stats names timers that are overdue and steps that fail again and again") {
    using namespace std::chrono_literals;
    const journal::testing::TempFolder folder;
    const auto path = folder / "store";
    {
      Registry workflows;
      workflows.add("tour", tour);
      auto engine = open_engine(path, 1, workflows).value();
      // Its first retry is due in two seconds, which never come.
      auto run = engine.start(tour, "late", "card").value();
      CHECK(run.result(1s).code() == Code::timed_out);
      REQUIRE(engine.shutdown(10s).ok());
    }
    const auto told = tell({"stats", path});
    CHECK(has(told.out, "late   step charge is overdue  2023-11-14 22:13:21."));
  }

  TEST_CASE("stats of a journal file, of an empty store, and of none") {
    const TourStore store;
    const auto file = store.folder / "one.journal";
    REQUIRE(tell({"export", store.path, "open", "--to", file}).code == 0);
    CHECK(has(tell({"stats", file}).out, "instances        1\n"));
    const auto empty = store.folder / "empty";
    {
      auto engine = open_engine(empty).value();
      REQUIRE(engine.shutdown(std::chrono::seconds(1)).ok());
    }
    const auto told = tell({"stats", empty, "--sizes"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "instances        0\n"));
    CHECK_FALSE(has(told.out, "oldest"));
    CHECK(tell({"stats", store.path + "/none"}).code == 66);
  }
}

}  // namespace reprise

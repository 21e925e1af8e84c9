// `history` as text and as objects: which events are told, and how.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/tools/tell.h"
#include "tests/tools/tour.h"
#include "tools/cli/axis.h"
#include "tools/cli/events.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// The numbers of the events that are told.
std::vector<int> told(const TourStore& store, std::vector<std::string> options) {
  options.insert(options.begin(), {"history", store.path, "open", "--json"});
  const auto given = tell(options);
  CHECK(given.code == 0);
  std::vector<int> seqs;
  for (const auto& line : lines(given.out)) {
    seqs.push_back(nlohmann::json::parse(line).at("seq").get<int>());
  }
  return seqs;
}

using Seqs = std::vector<int>;

}  // namespace

TEST_SUITE("tools/history") {
  TEST_CASE("an answer has the name and the source line of its operation, a child its id") {
    const TourStore store;
    const auto rows = lines(tell({"history", store.path, "open"}).out);
    CHECK(has(rows[0], "SEQ  TIME (UTC)"));
    for (const auto* column : {"AFTER", "EVENT", "NAME", "TARGET", "ATTEMPT", "PAYLOAD", "SITE"}) {
      CHECK(has(rows[0], column));
    }
    CHECK(has(rows[3], "step_attempt_failed   1  charge"));
    CHECK(has(rows[3], "tour.h:"));
    const auto child = nlohmann::json::parse(
        lines(tell({"history", store.path, "open", "--json", "--kind", "child_scheduled"}).out)[0]);
    CHECK(child.at("name") == "parcel");
    CHECK(child.at("target") == "one/tea");
  }

  TEST_CASE("events are chosen by kind, name, operation, number and time") {
    const TourStore store;
    const auto all = told(store, {});
    CHECK(all.size() == 24);
    CHECK(told(store, {"--name", "charge"}) == Seqs({2, 3, 5, 6, 7, 8}));
    CHECK(told(store, {"--op", "1"}) == Seqs({2, 3, 5, 6, 7, 8}));
    CHECK(told(store, {"--kind", "step_attempt_failed"}) == Seqs({3, 6}));
    CHECK(told(store, {"--kind", "timer", "--kind", "signal_received"}).size() == 3);
    CHECK(told(store, {"--kind", "step", "--name", "charge", "--from", "6", "--to", "7"}) ==
          Seqs({6, 7}));
    CHECK(told(store, {"--to", "2023-11-14T22:13:20"}) == Seqs({1, 2, 3, 4}));
    CHECK(told(store, {"--from", "2023-11-14 22:13:21", "--limit", "1"}) == Seqs({5}));
    CHECK(told(store, {"--to", "2023-11-14"}).size() == 24);
    CHECK(told(store, {"--from", "2023-11-15"}).empty());
    CHECK(tell({"history", store.path, "open", "--name", "none"}).err == "no such events\n");
  }

  TEST_CASE("what can't be a kind, a number, a time or an output is refused") {
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
        {{"--kind", "st"}, "no event is a \"st\""},
        {{"--from", "0"}, "neither an event's number nor a time"},
        {{"--to", "2023-13-01"}, "neither an event's number nor a time"},
        {{"--to", "2023-02-29"}, "neither an event's number nor a time"},
        {{"--from", "2023-11-14T25:00"}, "neither an event's number nor a time"},
        {{"--from", "22:13"}, "neither an event's number nor a time"},
        {{"--output", "xml"}, "there is no output \"xml\"; give one of text, json, jsonl, mermaid"},
        {{"--json", "--output", "json"}, "--output"},
    };
    for (auto [args, message] : wrong) {
      args.insert(args.begin(), {"history", "store", "id"});
      const auto refused = tell(args);
      CHECK(refused.code == 64);
      CHECK(has(refused.err, message));
    }
  }

  TEST_CASE("as json the events are one array, and an empty one if there is none") {
    const TourStore store;
    const auto array =
        nlohmann::json::parse(tell({"history", store.path, "open", "--output", "json"}).out);
    REQUIRE(array.size() == 24);
    CHECK(array.at(23).at("seq") == 24);
    CHECK(tell({"history", store.path, "open", "--output", "json", "--op", "99"}).out == "[]\n");
    CHECK(tell({"history", store.path, "nobody", "--output", "json"}).out.empty());
    CHECK(tell({"history", store.path, "open", "--output", "jsonl"}).out ==
          tell({"history", store.path, "open", "--json"}).out);
  }

  TEST_CASE("of a file with one instance no id is asked for") {
    const TourStore store;
    const auto file = store.folder / "one.journal";
    REQUIRE(tell({"export", store.path, "open", "--to", file}).code == 0);
    for (const std::string command : {"history", "show", "explain"}) {
      CHECK(tell({command, file}).out == tell({command, store.path, "open"}).out);
      CHECK(has(tell({command, store.path}).err, "several instances: give the id of one"));
    }
  }

  TEST_CASE("a path at which there is nothing is named so") {
    const auto missing = tell({"history", "/none/such.journal", "id"});
    CHECK(missing.code == 66);
    CHECK(has(missing.err, "there is no file or folder /none/such.journal\n"));
  }

  TEST_CASE("a time counts whole, as far as it is given") {
    constexpr Nanos second = 1'000'000'000;
    const auto day = cli::bound_of("1970-01-02");
    REQUIRE(day);
    CHECK(day->begin == 86400 * second);
    CHECK(day->end == 2 * 86400 * second);
    const auto half = cli::bound_of("1970-01-01T00:01:02.5Z");
    REQUIRE(half);
    CHECK(half->begin == 62 * second + second / 2);
    CHECK(half->end == half->begin + second / 10);
    CHECK(cli::bound_of("17")->seq == 17);
    for (const auto* wrong :
         {"", "-1", "1970-01", "1970-01-02T", "1970-01-02T1:00", "1970-01-02T00:00:00.",
          "1970-01-02T00:00:00.1234567890", "1970-01-02 00:00 ", "9999-01-01", "1970-01--2"}) {
      CHECK_FALSE(cli::bound_of(wrong));
    }
  }

  TEST_CASE("an axis is true to time, or shortens what is long; neither leaves its width") {
    using cli::Axis;
    constexpr Nanos day = 86400 * Nanos{1'000'000'000};
    const std::vector<Nanos> times = {0, 1'000'000, day, day + 1'000'000};
    const Axis real(times, Axis::Scale::true_to_time, false);
    const Axis even(times, Axis::Scale::even, false);
    CHECK(real.lopsided());
    CHECK(real.at(day / 2) == doctest::Approx(50));
    CHECK(real.at(1'000'000) < 0.01);
    CHECK(even.at(1'000'000) > 4);
    CHECK(even.at(-1) == 0);
    CHECK(even.at(2 * day) == doctest::Approx(100));
    for (const auto& axis : {real, even}) {
      for (const auto& tick : axis.ticks()) CHECK((tick.at >= 0 && tick.at <= 100.001));
      CHECK(axis.ticks().size() >= 2);
    }
    CHECK(real.ticks()[1].text == "6h");
    // As a damaged or hostile file has them.
    const std::vector<Nanos> ends = {std::numeric_limits<Nanos>::min(), 0,
                                     std::numeric_limits<Nanos>::max()};
    const Axis wide(ends, Axis::Scale::true_to_time, true);
    CHECK(wide.at(ends[2]) <= 100);
    CHECK(wide.ticks().size() < 20);
    CHECK(Axis({}, Axis::Scale::even, true).ticks().empty());
  }
}

}  // namespace reprise

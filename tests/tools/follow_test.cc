// Following a history while engines come and go.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/follow.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

struct Followed {
  Result<int> code = 0;
  std::string out;
  std::string err;
  std::size_t waits = 0;
};

/// Follows; each wait is the next of `meanwhile`. More waits than those end the test.
Followed followed(cli::Arguments given, const std::vector<std::function<void()>>& meanwhile) {
  std::ostringstream out;
  std::ostringstream err;
  Followed told;
  told.code = cli::follow(given, {out, err}, [&](Nanos time) {
    CHECK(time >= 250'000'000);
    REQUIRE(told.waits < meanwhile.size());
    meanwhile[told.waits++]();
  });
  told.out = out.str();
  told.err = err.str();
  return told;
}

cli::Arguments of(const std::string& store, const std::string& id) {
  cli::Arguments given;
  given.source = store;
  given.ids = {id};
  return given;
}

/// The kinds of the events, in order, that a table or lines of it tell.
std::vector<std::string> kinds(const std::string& told, std::size_t column) {
  std::vector<std::string> all;
  for (const auto& line : lines(told)) {
    std::istringstream words(line);
    std::string word;
    for (std::size_t i = 0; i <= column; ++i) words >> word;
    all.push_back(word);
  }
  return all;
}

}  // namespace

TEST_SUITE("tools/follow") {
  TEST_CASE("events are told once each as they come, over restarts and kills, until the end") {
    const FilledStore store;
    std::optional<Engine> engine;
    const auto nothing = [] {};
    const auto told =
        followed(of(store.path, "open"),
                 {nothing,
                  [&] {
                    engine = open_engine(store.path).value();
                    REQUIRE(engine->pause("open", "wait for Ann").ok());
                  },
                  nothing,
                  [&] {
                    REQUIRE(engine->shutdown(std::chrono::seconds(10)).ok());
                    engine.reset();
                  },
                  nothing,
                  [&] {
                    engine = open_engine(store.path).value();
                    REQUIRE(engine->resume("open").ok());
                  },
                  [&] { REQUIRE(engine->signal("open", "shipped", std::string("DHL")).ok()); },
                  [&] { REQUIRE(engine->find<std::string>("open").value().result().ok()); }});
    CHECK(told.code.value() == 0);
    engine.reset();
    auto expected = kinds(tell({"history", store.path, "open", "--json"}).out, 0);
    const auto rows = lines(told.out);
    CHECK(rows.size() == expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CHECK(kinds(rows[i], 0)[0] == std::to_string(i + 1));
    }
    CHECK(has(rows.back(), "workflow_completed"));
    CHECK(has(told.out, "wait for Ann"));
    CHECK(told.err.empty());  // Nobody had it open when it began.
  }

  TEST_CASE("what has ended is told, and that is all; --limit ends it too") {
    const FilledStore store;
    CHECK(lines(followed(of(store.path, "done"), {}).out).size() == 6);
    auto given = of(store.path, "open");
    given.limit = 2;
    CHECK(lines(followed(given, {}).out).size() == 2);
    given.json = true;
    CHECK(lines(followed(given, {}).out) ==
          lines(tell({"history", store.path, "open", "--json", "--limit", "2"}).out));
    CHECK(tell({"history", store.path, "done", "--follow"}).code == 0);
  }

  TEST_CASE("where nothing changes nothing is read, and the lock is nobody's") {
    const FilledStore store;
    const auto lock = store.path + "/lock";
    std::filesystem::remove(lock);
    const auto told = followed(of(store.path, "open"),
                               {[&] { std::filesystem::remove_all(store.path + "/anchor"); }, [] {},
                                [&] { std::filesystem::remove_all(store.path + "/db"); }});
    // The anchor was not missed; the database is.
    CHECK(told.waits == 3);
    CHECK_FALSE(told.code.ok());
    CHECK_FALSE(std::filesystem::exists(lock));
  }

  TEST_CASE("there must be something to follow") {
    const FilledStore store;
    CHECK(followed(of(store.path, "none"), {}).code.code() == Code::not_found);
    CHECK(followed(of(store.path + "/none", "open"), {}).code.code() == Code::store_unusable);
    const auto file = store.folder / "a.journal";
    CHECK(tell({"export", store.path, "open", "--to", file}).code == 0);
    CHECK(followed(of(file, "open"), {}).code.code() == Code::invalid_argument);
    const auto before = journal::testing::tree_of(store.path);
    const auto empty = store.folder / "empty";
    REQUIRE(open_engine(empty).value().shutdown(std::chrono::seconds(10)).ok());
    const auto gone = followed(of(store.path, "open"), {[&] {
                                 const auto tree = journal::testing::tree_of(empty);
                                 journal::testing::make_tree(store.path, tree);
                               }});
    CHECK(gone.code.value() == 1);
    CHECK(has(gone.err, "deleted"));
    journal::testing::make_tree(store.path, before);
    const auto older = followed(of(store.path, "open"),
                                {[&] {
                                   auto engine = open_engine(store.path).value();
                                   REQUIRE(engine.pause("open", "a").ok());
                                   REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
                                 },
                                 [&] { journal::testing::make_tree(store.path, before); }});
    CHECK(older.code.value() == 1);
    CHECK(has(older.err, "an older one"));
  }
}

}  // namespace reprise

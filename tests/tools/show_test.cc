// What `show` tells of one instance, and how a path that can't be used is told.
#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

}  // namespace

TEST_SUITE("tools/show") {
  TEST_CASE("a finished instance is shown with its result, or why it failed") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      const FilledStore store(every);
      const auto done = tell({"show", store.path, "done"});
      CHECK(done.code == 0);
      CHECK(has(done.out, "  result     \"receipt of card 1, DHL\\u001b[31m\"\n"));
      CHECK_FALSE(has(done.out, "failure"));
      const auto poor = tell({"show", store.path, "poor"});
      CHECK(has(poor.out, "  failure    the card has none (NoMoney, workflow_failed)\n"));
      CHECK_FALSE(has(poor.out, "  detail "));
      CHECK_FALSE(has(poor.out, "  result "));
      CHECK_FALSE(has(tell({"show", store.path, "open"}).out, "  result "));

      const auto json = [&](const std::string& id) {
        return nlohmann::json::parse(tell({"show", store.path, id, "--json"}).out);
      };
      CHECK(json("done").at("result").at("value") == "receipt of card 1, DHL\x1b[31m");
      CHECK(json("poor").at("failure").at("type") == "NoMoney");
      CHECK_FALSE(json("open").contains("result"));
      CHECK_FALSE(json("open").contains("failure"));
    }
  }

  TEST_CASE("a large result is cut, or told by its size alone") {
    journal::testing::TempFolder folder;
    const auto path = folder / "store";
    {
      auto engine = open_engine(path).value();
      const auto finish = [&](const std::string& id, std::size_t size) {
        auto run = engine.start(order, id, std::string(size, 'a')).value();
        REQUIRE(engine.signal(id, "shipped", std::string("now")).ok());
        REQUIRE(run.result().ok());
      };
      finish("long", 2000);
      finish("large", std::size_t{3} << 20);
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto cut = tell({"show", path, "long"});
    CHECK(has(cut.out, "aaa…\n"));
    CHECK_FALSE(has(cut.out, std::string(501, 'a')));
    CHECK(has(tell({"show", path, "large"}).out, "  result     <3.0 MiB of JSON>\n"));
    const auto json = nlohmann::json::parse(tell({"show", path, "large", "--json"}).out);
    CHECK(json.at("result").at("size") > (3 << 20));
    CHECK_FALSE(json.at("result").contains("value"));
  }

  TEST_CASE("signals that nobody awaits yet are counted") {
    journal::testing::TempFolder folder;
    const auto path = folder / "store";
    {
      auto engine = open_engine(path).value();
      REQUIRE(engine.start(order, "early", "card").ok());
      REQUIRE(engine.signal("early", "other", 1).ok());
      REQUIRE(engine.signal("early", "other", 2).ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto told = tell({"show", path, "early"});
    CHECK(has(told.out, "  signals    2 received that the code has not awaited yet\n"));
  }

  TEST_CASE("a folder that can't be made is named once") {
    journal::testing::TempFolder folder;
    const auto path = folder / "none/store";
    const auto refused = open_engine(path);
    CHECK(refused.code() == Code::store_unusable);
    const auto& message = refused.error().message();
    CHECK(message == "Creating " + path + ": No such file or directory.");
  }
}

}  // namespace reprise

#include <doctest/doctest.h>

#include "support/fake_driver.h"

using namespace std::chrono_literals;
using reprise::Code;
using reprise::Context;
using reprise::Workflow;
using reprise::testing::FakeDriver;

namespace {

using Names = std::vector<std::string>;

Names names_of(const FakeDriver& driver) {
  Names names;
  for (const auto* watch : driver.watches) names.push_back(watch->name());
  return names;
}
std::string value_of(const reprise::detail::WatchBody& watch) {
  std::string bytes;
  return watch.encode(bytes) ? bytes : "refused";
}

Workflow<void> scopes(Context ctx) {
  int total = 1;
  const auto sum = ctx.watch("total", total);
  {
    const std::vector<std::string> items{"tea"};
    const auto list = ctx.watch("items", items);
    co_await ctx.sleep(1us);
  }
  total = 2;
  co_await ctx.sleep(1us);
}

Workflow<void> names_badly(Context ctx, std::string name) {
  int total = 1;
  const auto sum = ctx.watch(name, total);
  co_await ctx.sleep(1us);
}

}  // namespace

template <>
struct reprise::Codec<std::unique_ptr<int>> {
  static constexpr Encoding encoding = Encoding::custom;
  static Result<void> encode(const std::unique_ptr<int>& value, std::string& out) {
    if (value == nullptr) throw std::runtime_error("nothing is there");
    out += static_cast<char>(*value);
    return {};
  }
  static Result<std::unique_ptr<int>> decode(std::string_view) {
    return Error(Code::undecodable, "never read");
  }
};

namespace {

Workflow<void> watches_nothing(Context ctx) {
  std::unique_ptr<int> value;
  const auto watched = ctx.watch("value", value);
  co_await ctx.sleep(1us);
  value = std::make_unique<int>('a');
  co_await ctx.sleep(1us);
}

}  // namespace

TEST_SUITE("api/watch") {
  TEST_CASE("a watch is open in its scope, and tells what its value is now") {
    FakeDriver driver;
    driver.start(scopes);
    REQUIRE(names_of(driver) == Names{"total", "items"});
    CHECK(value_of(*driver.watches[0]) == "1");
    CHECK(value_of(*driver.watches[1]) == R"(["tea"])");
    CHECK(driver.watches[1]->encoding() == reprise::Encoding::json);
    driver.fire(1);
    REQUIRE(names_of(driver) == Names{"total"});
    CHECK(value_of(*driver.watches[0]) == "2");
    driver.fire(2);
    CHECK(driver.watches.empty());
  }

  TEST_CASE("what throws while it is encoded is no value, and may be one later") {
    FakeDriver driver;
    driver.start(watches_nothing);
    CHECK(value_of(*driver.watches.at(0)) == "refused");
    driver.fire(1);
    CHECK(value_of(*driver.watches.at(0)) == "a");
  }

  TEST_CASE("a watch has a name, as steps have") {
    FakeDriver driver;
    driver.start(names_badly, std::string());
    REQUIRE(driver.finished().has_value());
    CHECK(driver.failure().message.find("a watch's name is empty") != std::string::npos);
    CHECK(driver.watches.empty());
  }

  TEST_CASE("outside its workflow's code a Context watches nothing") {
    const int value = 1;
    const Context ctx(reprise::detail::new_execution());
    try {
      const auto watched = ctx.watch("value", value);
      FAIL("it watches");
    } catch (const reprise::Error& error) {
      CHECK(error.code() == Code::context_invalid);
    }
  }
}

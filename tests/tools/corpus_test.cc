// `corpus`: histories kept as files, all replayed at once.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

std::string card_of(std::string card) { return "receipt of " + card; }
Workflow<std::string> renamed(Context ctx, std::string card) {
  auto receipt = co_await ctx.step("<debit> & \"co\"", card_of, card);
  co_return receipt;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const std::string& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct Suite {
  FilledStore store;
  std::string folder = store.folder / "suite";
  std::string report = store.folder / "report.xml";

  Suite() {
    const auto added = tell({"corpus", "add", folder, store.path, "done", "open", "poor"});
    REQUIRE(added.code == 0);
    REQUIRE(has(added.out, "3 histories added to "));
  }
  [[nodiscard]] Told run(const Registry& workflows) const {
    return tell({"corpus", "run", folder, "--jobs", "3", "--junit", report}, workflows);
  }
};

}  // namespace

TEST_SUITE("tools/corpus") {
  TEST_CASE("each history has a file, once, whatever its name") {
    const Suite suite;
    CHECK(files_in(suite.folder) == 3);
    const auto again = tell({"corpus", "add", suite.folder, suite.store.path, "done"});
    CHECK(has(again.out, "0 histories added to "));
    CHECK(has(again.out, ", 1 there before\n"));
    CHECK(files_in(suite.folder) == 3);
    CHECK(tell({"corpus", "add", suite.folder, suite.store.path, "nobody"}).code == 66);
  }

  TEST_CASE("all replay with the code that made them, and the report says so") {
    const Suite suite;
    const auto told = suite.run(shop());
    CHECK(told.code == 0);
    CHECK(told.out == "3 histories in 3 files: all replay\n");
    const auto report = read(suite.report);
    CHECK(has(report, "<testsuite name=\"corpus\" tests=\"3\" failures=\"0\""));
    CHECK(has(report, "<testcase classname=\"poor\""));
    CHECK_FALSE(has(report, "<failure"));
  }

  TEST_CASE("what does not replay is named, with why, in the report too") {
    const Suite suite;
    Registry workflows;
    workflows.add("order", renamed);
    workflows.add("poor", poor);
    const auto told = suite.run(workflows);
    CHECK(told.code == 1);
    CHECK(has(told.out, "3 histories in 3 files: 2 files do not\n"));
    CHECK(has(told.out, "    differs   name\n"));
    const auto report = read(suite.report);
    CHECK(has(report, "failures=\"2\""));
    CHECK(has(report, "<failure message=\"done: differs at event 2: name\"/>"));
  }

  TEST_CASE("a file that is damaged fails, and the others are tried") {
    const Suite suite;
    std::ofstream(suite.folder + "/0.journal") << "no journal <&>";
    const auto told = suite.run(shop());
    CHECK(told.code == 1);
    CHECK(has(told.out, "3 histories in 4 files: 1 file does not\n"));
    CHECK(has(told.out, "(not_a_journal_file)"));
    CHECK(has(read(suite.report), "failures=\"1\""));
  }

  TEST_CASE("without a suite, or workflows, it says what to do") {
    const Suite suite;
    CHECK(has(tell({"corpus", "run", suite.folder}).err, "reprise::tool_main"));
    std::filesystem::create_directory(suite.store.folder / "empty");
    const auto empty = tell({"corpus", "run", suite.store.folder / "empty"}, shop());
    CHECK(empty.code == 66);
    CHECK(has(empty.err, "`corpus add` puts some there"));
    CHECK(tell({"corpus", "run", suite.store.folder / "nowhere"}, shop()).code == 66);
    CHECK(tell({"corpus"}, shop()).code == 64);
  }
}

}  // namespace reprise

// `bisect`: the histories that new code breaks, with each code in a process of its own.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/tools/command.h"
#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// Three histories in a file each.
struct Files {
  FilledStore store;
  std::string done = store.folder / "done.journal";
  std::string open = store.folder / "open.journal";
  std::string poor = store.folder / "poor.journal";

  Files() {
    for (const auto& [id, path] : {std::pair("done", done), {"open", open}, {"poor", poor}}) {
      REQUIRE(tell({"export", store.path, id, "--to", path}).code == 0);
    }
  }
  [[nodiscard]] std::string all() const { return poor + " " + done + " " + open; }
};

Ran bisect(const std::string& good, const std::string& bad, const std::string& rest) {
  return run_command("bisect --good " + library(good) + " --bad " + library(bad) + " " + rest);
}

}  // namespace

TEST_SUITE("tools/bisect") {
  TEST_CASE("what breaks with the new code alone is told, and where it does first") {
    const Files files;
    const auto told = bisect("library", "renamed", files.all());
    CHECK(told.code == 1);
    CHECK(has(told.all, files.done + ": done  order  6 events  differs at event 2\n"));
    CHECK(has(told.all, "  - recorded  step_scheduled \"charge\" (op 1)  at "));
    CHECK(has(told.all, "  + issued    schedule_step \"debit\" (op 1)  at "));
    CHECK(has(told.all, files.open + ": open  order  4 events  differs at event 2\n"));
    CHECK_FALSE(has(told.all, files.poor + ": "));
    CHECK(has(told.all, "earliest: event 2 of done in " + files.done + "\n"));
    CHECK(has(told.all, "2 break of 3 histories with "));
  }

  TEST_CASE("nothing breaks with code that does the same, or that fails with both") {
    const Files files;
    const auto same = bisect("library", "library", files.all());
    CHECK(same.code == 0);
    CHECK(has(same.all, "0 break of 3 histories with "));
    const auto both = bisect("renamed", "renamed", files.all());
    CHECK(both.code == 0);
    CHECK(has(both.all, "2 with neither\n"));
    CHECK(bisect("renamed", "library", files.all()).code == 0);
  }

  TEST_CASE("code that dies breaks the file it died of, and the others are looked at") {
    const Files files;
    const auto told = bisect("library", "dying", files.all());
    CHECK(told.code == 1);
    CHECK(has(told.all, files.poor + ": the code ended the process (signal 6)\n"));
    CHECK(has(told.all, "1 breaks of 3 histories with "));
  }

  TEST_CASE("as JSON, one object for each that breaks") {
    const Files files;
    const auto told = bisect("library", "renamed", files.all() + " --json");
    const auto objects = lines(told.all);
    REQUIRE(objects.size() == 2);
    const auto first = nlohmann::json::parse(objects[0]);
    CHECK(first.at("file") == files.done);
    CHECK(first.at("mismatch").at("seq") == 2);
  }

  TEST_CASE("a library or a file that can't be used is told") {
    const Files files;
    CHECK(bisect("library", "none", files.all()).code == 64);
    CHECK(has(bisect("library", "none", files.all()).all, "it exports no workflows"));
    CHECK(run_command("bisect --good x --bad y").code == 64);
    const std::string broken = files.store.folder / "broken.journal";
    std::ofstream(broken) << "no journal";
    const auto told = bisect("library", "library", files.done + " " + broken);
    CHECK(told.code == 1);
    CHECK(has(told.all, broken + ": "));
    CHECK(has(told.all, "(not_a_journal_file)"));
  }
}

}  // namespace reprise

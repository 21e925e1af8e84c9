// What every command has in common: --output, and the exit codes.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/output.h"
#include "tools/cli/progress.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using journal::testing::make_tree;
using journal::testing::tree_of;
using nlohmann::json;

/// What a command tells as `output`, which must be JSON.
json told(std::vector<std::string> args, const std::string& output, int code = 0) {
  args.insert(args.end(), {"--output", output});
  const auto given = tell(args, shop());
  CAPTURE(given.err);
  CHECK(given.code == code);
  if (output == "json") return json::parse(given.out);
  json all = json::array();
  for (const auto& line : lines(given.out)) all.push_back(json::parse(line));
  return all;
}

}  // namespace

TEST_SUITE("tools/output") {
  TEST_CASE("what tells several things is an array as json, and a line each as jsonl") {
    const FilledStore store;
    const auto suite = store.folder / "suite";
    REQUIRE(tell({"corpus", "add", suite, store.path, "done", "open"}).code == 0);
    const std::vector<std::pair<std::vector<std::string>, int>> commands = {
        {{"ls", store.path}, 0},
        {{"history", store.path, "done"}, 0},
        {{"replay", store.path}, 0},
        {{"diff", store.path, store.path, "--id", "done", "--other-id", "open"}, 1},
        {{"corpus", "run", suite}, 0},
    };
    for (const auto& [args, code] : commands) {
      CAPTURE(args[0]);
      const auto array = told(args, "json", code);
      CHECK(array.is_array());
      CHECK(array.size() >= 2);
      CHECK(array == told(args, "jsonl", code));
    }
    CHECK(told({"ls", store.path, "--workflow", "none"}, "json") == json::array());
  }

  TEST_CASE("what tells one thing is one object as json and as jsonl") {
    const FilledStore store;
    int copies = 0;
    const auto fresh = [&] { return store.folder / ("copy" + std::to_string(++copies)); };
    const auto one = [&](std::vector<std::string> args, bool writes) {
      CAPTURE(args[0]);
      if (writes) args.insert(args.end(), {"--to", fresh()});
      const auto object = told(args, "json");
      CHECK(object.is_object());
      if (writes) args.back() = fresh();
      CHECK(told(args, "jsonl").size() == 1);
      return object;
    };
    CHECK(one({"show", store.path, "done"}, false).at("status") == "Completed");
    CHECK(one({"explain", store.path, "open"}, false).at("waits").size() == 1);
    const auto verified = one({"verify", store.path}, false);
    CHECK(verified.at("sound") == true);
    CHECK(verified.at("histories") == 5);
    CHECK(verified.at("shards").size() == 2);
    CHECK(verified.at("damage").empty());
    CHECK(one({"export", store.path, "done"}, true).at("events") == 6);
    CHECK(one({"backup", store.path}, true).at("of") == store.path);
    const auto repaired = one({"repair", store.path}, true);
    CHECK(repaired.at("whole") == true);
    CHECK(repaired.at("losses").empty());
    CHECK(repaired.at("copy").at("sound") == true);
    const auto added = told({"corpus", "add", fresh(), store.path, "done"}, "json");
    CHECK(added.at("added") == 1);
  }

  TEST_CASE("damage and losses are told as JSON too") {
    const FilledStore store;
    make_tree(store.path, journal::testing::without(tree_of(store.path), "anchor"));
    const auto repaired = told({"repair", store.path, "--to", store.folder / "copy"}, "json", 1);
    CHECK(repaired.at("anchor_lost") == true);
    CHECK(repaired.at("whole") == false);
    const auto suite = store.folder / "suite";
    std::filesystem::create_directory(suite);
    journal::testing::write_bytes(suite + "/bad.journal", "nothing");
    const auto run = told({"corpus", "run", suite}, "json", 1);
    CHECK(run.at(0).at("file") == "bad.journal");
    CHECK(run.at(0).at("error").at("code") == "not_a_journal_file");
  }

  TEST_CASE("--help of every command has an example, and --output where something is told") {
    const std::vector<std::vector<std::string>> commands = {
        {"ls"},      {"show"},   {"explain"},       {"describe"},      {"stats"},
        {"history"}, {"diff"},   {"replay"},        {"verify"},        {"export"},
        {"repair"},  {"backup"}, {"corpus", "add"}, {"corpus", "run"}, {"completion"},
        {"fork"},    {"bisect"}, {"debug"}};
    const auto all = tell({"--help"}).out;
    for (auto command : commands) {
      CAPTURE(command.back());
      CHECK(has(all, "\n  " + command.front() + " "));
      const std::string called = command.front() + (command.size() > 1 ? " " + command[1] : "");
      command.emplace_back("--help");
      const auto help = tell(command);
      CHECK(help.code == 0);
      CHECK(has(help.out, "Example:\n  reprise " + called + " "));
      CHECK(has(help.out, "--output") == (called != "completion" && called != "debug"));
    }
    // And no command without one.
    const auto from = all.find("Subcommands:\n");
    REQUIRE(from != std::string::npos);
    std::size_t listed = 0;
    for (const auto& line : lines(all.substr(from + 13))) {
      if (line.starts_with("  ") && line[2] != ' ') ++listed;
    }
    CHECK(listed == commands.size() - 1);  // corpus has two.
  }

  TEST_CASE("on a terminal what is told goes to the pager, all of it, unless it is not wanted") {
    const FilledStore store;
    const auto plain = tell({"ls", store.path}).out;
    std::string paged;
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console{out, err};
    console.page = [&](std::string_view text) {
      paged += text;
      return true;
    };
    CHECK(cli::run({"ls", store.path}, console, Registry()) == 0);
    CHECK(paged == plain);
    CHECK(out.str().empty());
    paged.clear();
    CHECK(cli::run({"ls", store.path, "--no-pager"}, console, Registry()) == 0);
    CHECK(paged.empty());
    CHECK(out.str() == plain);
    console.page = [](std::string_view) { return false; };
    CHECK(cli::run({"ls", store.path}, console, Registry()) == 74);
  }

  TEST_CASE("progress is for terminals, and for what takes more than a second") {
    std::ostringstream out;
    std::ostringstream err;
    const cli::Console console{out, err, false, true};
    {
      cli::Progress progress(console);
      for (int i = 0; i < 1000; ++i) progress.step("read instances");
      progress.at("at once");
    }
    CHECK(err.str().empty());
  }

  TEST_CASE("lines become an array, and none an empty one") {
    std::ostringstream out;
    cli::ArrayOfLines array(out);
    array << "{\"a\":" << 1 << "}\n" << "{}\n";
    CHECK(array.begun());
    array.end();
    CHECK(json::parse(out.str()) == json::parse(R"([{"a":1},{}])"));
    std::ostringstream none;
    cli::ArrayOfLines(none).end();
    CHECK(none.str() == "[]\n");
    std::ostream full(nullptr);
    cli::ArrayOfLines lost(full);
    lost << "{}\n" << std::flush;
    CHECK_FALSE(lost);
  }

  TEST_CASE("every code has an exit code of its kind, and no other number has") {
    using namespace cli::exits;  // NOLINT: a table of its names.
    const std::map<std::string, int> table = {
        {"ok", done},
        {"invalid_argument", usage},
        {"not_found", no_input},
        {"conflict", data},
        {"closed", unavailable},
        {"unregistered", config},
        {"duplicate_workflow", config},
        {"overloaded", later},
        {"shutting_down", later},
        {"steps_running", later},
        {"timed_out", later},
        {"stale_run", unavailable},
        {"context_invalid", software},
        {"unknown_query", usage},
        {"query_failed", software},
        {"workflow_failed", software},
        {"workflow_cancelled", software},
        {"workflow_terminated", software},
        {"step_failed", software},
        {"body_hung", software},
        {"operation_cancelled", software},
        {"mismatch", data},
        {"corrupt", data},
        {"missing_data", data},
        {"undecodable", data},
        {"unknown_kind", data},
        {"newer_format", data},
        {"not_a_journal_file", data},
        {"io_error", io},
        {"no_space", no_room},
        {"store_locked", unavailable},
        {"store_unusable", no_input},
        {"outcome_unknown", io},
        {"fenced", unavailable},
        {"engine_failed", software},
        {"payload_too_large", usage},
        {"history_too_long", data},
        {"nesting_too_deep", data},
        {"too_many_operations", data},
        {"too_many_signals", data},
        {"name_too_long", usage},
    };
    std::size_t known = 0;
    for (int number = 0; number < 256; ++number) {
      const auto code = static_cast<Code>(number);
      const std::string called(name(code));
      CAPTURE(called);
      if (called == "unknown") {
        CHECK(of(code) == software);
        continue;
      }
      ++known;
      REQUIRE(table.contains(called));
      CHECK(of(code) == table.at(called));
    }
    CHECK(known == table.size());
  }
}

}  // namespace reprise

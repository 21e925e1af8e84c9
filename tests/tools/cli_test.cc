// The reprise command, called as a function.
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tools/cli/text.h"
#include "tools/cli/tool.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using journal::testing::make_tree;
using journal::testing::tree_of;
using journal::testing::with_flip;

struct Told {
  int code = 0;
  std::string out;
  std::string err;
};

Told tell(const std::vector<std::string>& args, const Registry& workflows = Registry(),
          bool color = false) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run(args, {out, err, color, false}, workflows);
  return {code, out.str(), err.str()};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("tools/cli") {
  TEST_CASE("ls tells every instance, with its status") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      const FilledStore store(every);
      const auto told = tell({"ls", store.path});
      CHECK(told.code == 0);
      CHECK(told.err.empty());
      const auto rows = lines(told.out);
      REQUIRE(rows.size() == 6);
      CHECK(rows[0] ==
            "NAMESPACE  ID    WORKFLOW  STATUS         STARTED (UTC)            CLOSED "
            "(UTC)             EVENTS  DETAIL");
      CHECK(has(told.out, "Paused (user)"));
      CHECK(has(told.out, "Waiting"));
      CHECK(has(told.out, "Completed"));
      CHECK(has(told.out, "the card has none"));
      CHECK(has(told.out, "2023-11-14 22:13:20.000"));
    }
  }

  TEST_CASE("ls keeps to status, workflow, namespace and limit, and says when there is more") {
    const FilledStore store;
    CHECK(lines(tell({"ls", store.path, "--status", "waiting"}).out).size() == 3);
    CHECK(lines(tell({"ls", store.path, "--workflow", "poor"}).out).size() == 2);
    CHECK(lines(tell({"ls", store.path, "--space", "tenant"}).out).size() == 2);
    const auto some = tell({"ls", store.path, "--limit", "2"});
    CHECK(lines(some.out).size() == 3);
    CHECK(has(some.err, "more than 2"));
    const auto none = tell({"ls", store.path, "--workflow", "none"});
    CHECK(none.code == 0);
    CHECK(none.out.empty());
  }

  TEST_CASE("ls and history are told as JSON, one object a line") {
    const FilledStore store;
    const auto rows = lines(tell({"ls", store.path, "--json"}).out);
    REQUIRE(rows.size() == 5);
    for (const auto& row : rows) CHECK(nlohmann::json::parse(row).at("workflow").is_string());
    const auto events = lines(tell({"history", store.path, "done", "--json"}).out);
    REQUIRE(events.size() == 6);
    const auto first = nlohmann::json::parse(events[0]);
    CHECK(first.at("kind") == "workflow_started");
    CHECK(first.at("time") == "2023-11-14T22:13:20.000000000Z");
    CHECK(first.at("payload").at("value").at(0) == "card 1");
    CHECK(nlohmann::json::parse(events[5]).at("kind") == "workflow_completed");
  }

  TEST_CASE("show tells what an instance waits for, and since when") {
    const FilledStore store;
    const auto told = tell({"show", store.path, "open"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "status     Waiting"));
    CHECK(has(told.out, "signal     shipped"));
    CHECK(has(told.out, "store.h:"));
    CHECK(has(tell({"show", store.path, "open", "--space", "tenant"}).out, "namespace  tenant"));
  }

  TEST_CASE("show says what to do about a pause, and which workflow is not registered") {
    const FilledStore store;
    CHECK(has(tell({"show", store.path, "held"}).out, "resume it to go on"));
    CHECK_FALSE(has(tell({"show", store.path, "held"}).out, "not registered"));
    CHECK_FALSE(has(tell({"show", store.path, "held"}, shop()).out, "not registered"));
    Registry other;
    other.add("poor", poor);
    CHECK(has(tell({"show", store.path, "held"}, other).out, "not registered in this program"));
  }

  TEST_CASE("history is an aligned table, and nothing stored can steer the terminal") {
    const FilledStore store;
    const auto told = tell({"history", store.path, "done"});
    CHECK(told.code == 0);
    const auto rows = lines(told.out);
    REQUIRE(rows.size() == 7);
    CHECK(has(rows[0], "SEQ  TIME (UTC)"));
    CHECK(has(rows[2], "step_scheduled"));
    CHECK(has(rows[2], "charge"));
    CHECK_FALSE(has(told.out, "\x1b"));
    CHECK(has(told.out, "DHL\\u001b[31m"));
    CHECK(rows[0].find("EVENT") == rows[1].find("workflow_started"));
    CHECK(has(tell({"history", store.path, "poor"}).out, "the card has none"));
    CHECK(lines(tell({"history", store.path, "done", "--limit", "2"}).out).size() == 3);
  }

  TEST_CASE("colors are for terminals only") {
    const FilledStore store;
    CHECK(has(tell({"history", store.path, "done"}, Registry(), true).out, "\x1b[36m"));
    CHECK_FALSE(has(tell({"ls", store.path}).out, "\x1b["));
  }

  TEST_CASE("verify counts what is sound, shard by shard, and exits with 0") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      const FilledStore store(every);
      const auto told = tell({"verify", store.path});
      CHECK(told.code == 0);
      CHECK(has(told.out, "SHARD  POSITIONS"));
      CHECK(has(told.out, "5 whole histories"));
      CHECK(lines(told.out).back() == "sound");
    }
  }

  TEST_CASE("verify of a damaged store names the damage and exits with 1") {
    const FilledStore store;
    const auto tree = tree_of(store.path);
    std::size_t found = 0;
    for (const auto& name : journal::testing::names_in(tree, "", ".sst")) {
      make_tree(store.path, with_flip(tree, name, tree.at(name).size() / 3, 1));
      const auto told = tell({"verify", store.path});
      if (told.code == 0) continue;  // A byte that nothing reads.
      ++found;
      CHECK(told.code == 1);
      CHECK((has(told.out, "damage: ") || has(told.err, "corrupt (40)")));
    }
    CHECK(found > 0);
  }

  TEST_CASE("no command changes a byte of the store") {
    const FilledStore store;
    const auto before = tree_of(store.path);
    for (const std::string command : {"ls", "verify"}) CHECK(tell({command, store.path}).code == 0);
    for (const std::string command : {"show", "history"}) {
      CHECK(tell({command, store.path, "open"}).code == 0);
    }
    CHECK(tree_of(store.path) == before);
  }

  TEST_CASE("a journal file is read wherever a store is, and tells the same") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      const FilledStore store(every);
      const auto before = tree_of(store.path);
      const auto file = store.folder / "some.journal";
      const auto exported = tell({"export", store.path, "done", "open", "--to", file});
      CHECK(exported.code == 0);
      CHECK(has(exported.out, "of 2 instances"));
      CHECK(tree_of(store.path) == before);
      CHECK(lines(tell({"ls", file}).out).size() == 3);
      for (const std::string command : {"show", "history"}) {
        for (const std::string id : {"done", "open"}) {
          CHECK(tell({command, file, id}).out == tell({command, store.path, id}).out);
        }
      }
      const auto verified = tell({"verify", file});
      CHECK(verified.code == 0);
      CHECK(has(verified.out, "of store 000000000000000c000000000000000b, written by reprise"));
      CHECK(has(verified.out, "2 whole histories"));
      CHECK(tell({"show", file, "poor"}).code == 1);
    }
  }

  TEST_CASE("an engine exports what it runs, while it runs") {
    journal::testing::TempFolder folder;
    const auto file = folder / "live.journal";
    auto engine = open_engine(folder / "store").value();
    fill(engine);
    const std::vector<Id> ids = {"open", "held", {"tenant", "open"}, "open"};
    REQUIRE(engine.export_journal(ids, file).ok());
    CHECK(lines(tell({"ls", file}).out).size() == 4);
    CHECK(tell({"verify", file}).code == 0);
    CHECK(engine.export_journal(ids, file).code() == Code::invalid_argument);
    CHECK(engine.export_journal({"none"}, folder / "none.journal").code() == Code::not_found);
    // The engine goes on; the file stays as it was.
    REQUIRE(engine.signal("open", "shipped", std::string("now")).ok());
    CHECK(engine.find<std::string>("open").value().result().ok());
    CHECK(has(tell({"show", file, "open"}).out, "Waiting"));
    REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    CHECK(has(tell({"show", folder / "store", "open"}).out, "Completed"));
  }

  TEST_CASE("export writes nothing over, and nothing when an instance is not there") {
    const FilledStore store;
    const auto file = store.folder / "some.journal";
    CHECK(tell({"export", store.path, "done", "none", "--to", file}).code == 1);
    CHECK_FALSE(journal::testing::fs::exists(file));
    CHECK(tell({"export", store.path, "open", "--space", "tenant", "--to", file}).code == 0);
    CHECK(has(tell({"ls", file}).out, "tenant"));
    CHECK(has(tell({"export", store.path, "done", "--to", file}).err, "invalid_argument"));
    CHECK(tell({"export", store.path, "done"}).code == 2);
  }

  TEST_CASE("a file that is no journal file, or a damaged one, is refused with its code") {
    const FilledStore store;
    CHECK(has(tell({"ls", store.path + "/anchor"}).err, "not_a_journal_file (45)"));
    const auto file = store.folder / "some.journal";
    REQUIRE(tell({"export", store.path, "done", "--to", file}).code == 0);
    auto bytes = journal::testing::read_bytes(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    journal::testing::write_bytes(file, bytes);
    for (const std::string command : {"ls", "verify"}) {
      const auto told = tell({command, file});
      CHECK(told.code == 1);
      CHECK(has(told.err, "corrupt (40)"));
    }
  }

  TEST_CASE("backup makes a copy that opens, and leaves the store as it was") {
    const FilledStore store;
    const auto before = tree_of(store.path);
    const auto copy = store.folder / "copy";
    CHECK(tell({"backup", store.path, "--to", copy}).code == 0);
    CHECK(tree_of(store.path) == before);
    CHECK(tell({"ls", copy}).out == tell({"ls", store.path}).out);
    CHECK(has(tell({"backup", store.path, "--to", copy}).err, "invalid_argument"));
    CHECK(open_engine(copy).ok());
  }

  TEST_CASE("repair of a store that has lost records names them, and its copy opens") {
    const FilledStore store;
    // The store goes on, and its database is put back to an earlier day.
    const auto earlier = tree_of(store.path);
    {
      auto engine = open_engine(store.path).value();
      REQUIRE(engine.start(order, "later", "card 6").ok());
    }
    auto mixed = earlier;
    mixed.at("anchor") = tree_of(store.path).at("anchor");
    make_tree(store.path, mixed);
    const auto refused = tell({"ls", store.path});
    CHECK(has(refused.err, "missing_data (41)"));
    CHECK(has(refused.err, "reprise repair"));

    const auto copy = store.folder / "copy";
    const auto told = tell({"repair", store.path, "--to", copy});
    CHECK(told.code == 0);
    CHECK(has(told.out, "lost: records "));
    CHECK(lines(told.out).back() == "sound");
    CHECK(tree_of(store.path) == mixed);
    CHECK(lines(tell({"ls", copy}).out).size() == 6);
    CHECK(open_engine(copy).ok());
  }

  TEST_CASE("repair of a store without an anchor says that nothing tells what is lost") {
    const FilledStore store;
    make_tree(store.path, journal::testing::without(tree_of(store.path), "anchor"));
    const auto told = tell({"repair", store.path, "--to", store.folder / "copy"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "lost: the anchor"));
  }

  TEST_CASE("what cannot be repaired leaves no copy behind") {
    const FilledStore store;
    const auto tree = tree_of(store.path);
    make_tree(store.path, with_flip(tree, "db/CURRENT", 3, 1));
    const auto copy = store.folder / "copy";
    CHECK(tell({"repair", store.path, "--to", copy}).code == 1);
    CHECK(tell({"backup", store.path, "--to", copy}).code == 1);
    CHECK_FALSE(journal::testing::fs::exists(copy));
    CHECK_FALSE(journal::testing::fs::exists(copy + ".partial"));
  }

  TEST_CASE("an error tells its code and what to do, on stderr, and exits with 1") {
    const FilledStore store;
    const auto missing = tell({"show", store.path, "none"});
    CHECK(missing.code == 1);
    CHECK(missing.out.empty());
    CHECK(has(missing.err, "not_found (2), docs/errors/not_found.md"));
    CHECK(has(missing.err, "reprise ls"));
    CHECK(has(tell({"ls", store.path + "/none"}).err, "store_unusable"));
    const auto engine = open_engine(store.path).value();
    const auto locked = tell({"ls", store.path});
    CHECK(locked.code == 1);
    CHECK(has(locked.err, "pid"));
  }

  TEST_CASE("wrong arguments exit with 2, and help with 0") {
    CHECK(tell({}).code == 2);
    CHECK(tell({"nonsense"}).code == 2);
    CHECK(tell({"ls"}).code == 2);
    CHECK(tell({"show", "store"}).code == 2);
    CHECK(tell({"ls", "store", "--status", "sleeping"}).code == 2);
    CHECK(tell({"ls", "store", "--limit", "many"}).code == 2);
    const auto help = tell({"--help"});
    CHECK(help.code == 0);
    for (const auto* command : {"ls", "show", "history", "verify", "export", "repair", "backup"})
      CHECK(has(help.out, command));
  }
}

TEST_SUITE("tools/text") {
  TEST_CASE("shown text stays on one line, within its width, whatever the bytes") {
    CHECK(cli::shown("plain", 10) == "plain");
    CHECK(cli::shown("0123456789", 10) == "0123456789");
    CHECK(cli::shown("0123456789a", 10) == "012345678…");
    CHECK(cli::shown("a\nb\tc", 10) == "a\\nb\\tc");
    CHECK(cli::shown("\x1b[31m", 20) == "\\x1b[31m");
    CHECK(cli::shown("größe", 5) == "größe");
    CHECK(cli::shown("größer", 5) == "größ…");
    CHECK(cli::shown("\xff\xc3", 20) == "\\xff\\xc3");
    CHECK(cli::shown("\u202e", 20) == "\\xe2\\x80\\xae");
    CHECK(cli::shown("\u009b", 20) == "\\xc2\\x9b");
  }

  TEST_CASE("times and durations are told in units people read") {
    CHECK(cli::time_text(0).empty());
    CHECK(cli::time_text(1'700'000'000'123'456'789) == "2023-11-14 22:13:20.123");
    CHECK(cli::time_exact(-1) == "1969-12-31T23:59:59.999999999Z");
    CHECK(cli::delta_text(1'500) == "+1us");
    CHECK(cli::delta_text(12'000'000) == "+12ms");
    CHECK(cli::delta_text(61'000'000'000) == "+1m 1s");
    CHECK(cli::delta_text(200'000'000'000'000) == "+2d 7h");
    CHECK(cli::delta_text(-1) == "+0us");
    CHECK(cli::size_text(1536) == "1.5 KiB");
  }
}

}  // namespace reprise

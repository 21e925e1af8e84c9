// The reprise command, called as a function.
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/text.h"
#include "tools/cli/tool.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using journal::testing::make_tree;
using journal::testing::tree_of;
using journal::testing::with_flip;

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
    CHECK(none.err == "no such instances\n");
    const auto nowhere = tell({"ls", store.path, "--space", "nope", "--workflow", "order"});
    CHECK(nowhere.code == 0);
    CHECK(nowhere.out.empty());
    CHECK(nowhere.err == "the namespace \"nope\" has no instances\n");
    CHECK(tell({"ls", store.path, "--space", "tenant", "--workflow", "none"}).err == none.err);
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
      CHECK(told.code == (told.out.empty() ? 65 : 1));
      CHECK((told.out.empty() || has(lines(told.out).back(), "not sound: ")));
      CHECK((has(told.out, "damage: ") || has(told.err, "corrupt (40)")));
    }
    CHECK(found > 0);
  }

  TEST_CASE("show and history tell why an instance was paused, cancelled or terminated") {
    journal::testing::TempFolder folder;
    const auto path = folder / "store";
    {
      auto engine = open_engine(path).value();
      fill(engine);
      REQUIRE(engine.start(order, "gone", "card 6").ok());
      REQUIRE(engine.terminate("gone", "the shop is closed").ok());
      REQUIRE(engine.cancel("open", "changed\x1b[31m her mind").ok());
      REQUIRE(engine.pause({"tenant", "open"}, "a mistake").ok());
      REQUIRE(engine.resume({"tenant", "open"}).ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    CHECK(has(tell({"show", path, "held"}).out, "reason     wait for Ann (workflow_paused)"));
    CHECK(has(tell({"show", path, "gone"}).out, "the shop is closed (workflow_terminated)"));
    const auto cancelled = tell({"show", path, "open"});
    CHECK(cancelled.code == 0);
    CHECK(has(cancelled.out, "changed\\x1b[31m her mind (cancel_requested)"));
    CHECK_FALSE(has(tell({"show", path, "open", "--space", "tenant"}).out, "reason"));
    CHECK_FALSE(has(tell({"show", path, "done"}).out, "reason"));
    const auto told = tell({"history", path, "open"});
    CHECK(has(told.out, "changed\\x1b[31m her mind"));
    CHECK_FALSE(has(told.out, "\x1b"));
    CHECK(has(tell({"history", path, "held"}).out, "wait for Ann"));
    const auto json = nlohmann::json::parse(tell({"show", path, "held", "--json"}).out);
    CHECK(json.at("reasons").at(0).at("text") == "wait for Ann");
    CHECK_FALSE(has(tell({"history", path, "open", "--json"}).out, "\x1b"));
  }

  TEST_CASE("a large payload is told by its size alone, and not unpacked for it") {
    journal::testing::TempFolder folder;
    const auto path = folder / "store";
    {
      auto engine = open_engine(path).value();
      REQUIRE(engine.start(order, "large", std::string(std::size_t{3} << 20, 'a')).ok());
      REQUIRE(engine.start(order, "small", std::string(std::size_t{1} << 19, 'b')).ok());
      CHECK(engine.find<std::string>("large").value().result(std::chrono::seconds(1)).code() ==
            Code::timed_out);
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto told = tell({"history", path, "large"});
    CHECK(told.code == 0);
    CHECK(has(told.out, "<3.0 MiB of JSON>"));
    CHECK_FALSE(has(told.out, "aaa"));
    CHECK(has(tell({"history", path, "small"}).out, "bbbb"));
    const auto first = [&](const std::string& id) {
      return nlohmann::json::parse(lines(tell({"history", path, id, "--json"}).out)[0])
          .at("payload");
    };
    CHECK(first("large").at("size") == (3 << 20) + 4);
    CHECK_FALSE(first("large").contains("value"));
    CHECK_FALSE(first("large").contains("base64"));
    CHECK(first("small").at("value").at(0) == std::string(std::size_t{1} << 19, 'b'));
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
      const auto one = store.folder / "one.journal";
      CHECK(has(tell({"export", store.path, "done", "--to", one}).out, "6 events of 1 instance\n"));
      const auto steers = tell({"export", store.path, "done", "--to", one + "\x1b[31m"});
      CHECK(has(steers.out, "\\x1b[31m holds 6 events"));
      CHECK_FALSE(has(steers.out, "\x1b"));
      CHECK(has(tell({"verify", one}).out, "\n1 whole history\n"));
      const auto verified = tell({"verify", file});
      CHECK(verified.code == 0);
      CHECK(has(verified.out, "of store 000000000000000c000000000000000b, written by reprise"));
      CHECK(has(verified.out, "2 whole histories"));
      CHECK(tell({"show", file, "poor"}).code == 66);
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
    CHECK(tell({"export", store.path, "done", "none", "--to", file}).code == 66);
    CHECK_FALSE(journal::testing::fs::exists(file));
    CHECK(tell({"export", store.path, "open", "--space", "tenant", "--to", file}).code == 0);
    CHECK(has(tell({"ls", file}).out, "tenant"));
    CHECK(has(tell({"export", store.path, "done", "--to", file}).err, "invalid_argument"));
    CHECK(tell({"export", store.path, "done"}).code == 64);
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
      CHECK(told.code == 65);
      CHECK(has(told.err, "corrupt (40)"));
      CHECK_FALSE(has(told.err, "reprise repair"));  // Of a file there is nothing to repair.
    }
  }

  TEST_CASE("an error tells its code and what to do, on stderr, and exits by it") {
    const FilledStore store;
    const auto missing = tell({"show", store.path, "none"});
    CHECK(missing.code == 66);
    CHECK(missing.out.empty());
    CHECK(has(missing.err, "not_found (2), docs/errors/not_found.md"));
    CHECK(has(missing.err, "reprise ls"));
    CHECK(has(tell({"ls", store.path + "/none"}).err, "store_unusable"));
    const auto engine = open_engine(store.path).value();
    const auto locked = tell({"backup", store.path, "--to", store.folder / "copy"});
    CHECK(locked.code == 69);
    CHECK(has(locked.err, "pid"));
    CHECK(has(locked.err, "Engine::backup"));
  }

  TEST_CASE("output that could not be written is not taken for told") {
    const FilledStore store;
    std::ostream full(nullptr);
    std::ostringstream err;
    CHECK(cli::run({"ls", store.path}, {full, err, false, false}, Registry()) == 74);
    CHECK(has(err.str(), "could not be written"));
  }

  TEST_CASE("wrong arguments exit with 64, and help with 0") {
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
        {{}, "give a command"},
        {{"nonsense"}, "there is no command \"nonsense\""},
        {{"\x1b[31m"}, "\"\\x1b[31m\""},
        {{"ls", "store", "--\x1b[2J"}, "--\\x1b[2J"},
        {{"ls"}, "STORE is required"},
        {{"export", "store"}, "ID is required"},
        {{"ls", "store", "--status", "sleeping"},
         "there is no status \"sleeping\"; give one of cancelled, completed, failed, paused, "
         "pending, running, terminated, waiting\n"},
        {{"ls", "store", "--limit", "many"}, "\"many\" is not a count; give a number from 1 up"},
        {{"ls", "store", "--limit", "-1"}, "\"-1\" is not a count"},
        {{"history", "store", "id", "--limit", "0"}, "\"0\" is not a count"},
        {{"ls", "store", "--limit", "99999999999999999999"}, "is not a count"},
    };
    for (const auto& [args, message] : wrong) {
      const auto told = tell(args);
      CHECK(told.code == 64);
      CHECK(told.out.empty());
      CHECK(has(told.err, message));
      CHECK(has(told.err, "--help"));
    }
    const auto version = tell({"--version"});
    CHECK(version.code == 0);
    CHECK(version.out.starts_with("reprise "));
    CHECK(has(version.out, "."));
    const auto help = tell({"--help"});
    CHECK(help.code == 0);
    for (const auto* command : {"ls", "show", "history", "verify", "export", "repair", "backup"}) {
      CHECK(has(help.out, command));
      const bool copies = std::string_view(command) == "repair" || has(command, "backup");
      CHECK(has(tell({command, "--help"}).out, "or a journal file") == !copies);
    }
    CHECK(has(help.out, "share/doc/reprise"));
  }

  TEST_CASE("a program of its own is called by its own name") {
    const FilledStore store;
    const auto tell_as = [](const std::vector<std::string>& args) {
      std::ostringstream text;
      (void)cli::run(args, {text, text, false, false, "shop"}, Registry());
      return text.str();
    };
    CHECK(has(tell_as({"--help"}), "Usage: shop "));
    CHECK(has(tell_as({"show", store.path, "none"}), "`shop ls` lists"));
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{}, {"nonsense"}, {"ls"}, {"ls", store.path + "/anchor"}}) {
      CHECK(tell_as(args).starts_with("shop: "));
      CHECK_FALSE(has(tell_as(args), "reprise "));
    }
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

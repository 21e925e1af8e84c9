#include <reprise/log.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <reprise/reprise.h>

#include "support/sim_engine.h"

namespace {

using namespace std::chrono_literals;
using reprise::LogLevel;

struct Line {
  LogLevel level;
  std::string event;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;

  [[nodiscard]] std::string field(std::string_view key) const {
    for (const auto& [name, value] : fields) {
      if (name == key) return value;
    }
    return "(none)";
  }
};

/// Everything an engine says, kept.
struct Book {
  std::vector<Line> lines;

  void attach(reprise::EngineOptions& options, LogLevel level) {
    options.log.level = level;
    options.log.sink = [this](const reprise::LogLine& line) {
      Line kept{line.level, std::string(line.event), std::string(line.text), {}};
      for (const auto& field : line.fields) kept.fields.emplace_back(field.key, field.value);
      lines.push_back(std::move(kept));
    };
  }
  [[nodiscard]] const Line* find(std::string_view event) const {
    const auto it = std::find_if(lines.begin(), lines.end(),
                                 [&](const Line& line) { return line.event == event; });
    return it == lines.end() ? nullptr : &*it;
  }
  [[nodiscard]] std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const Line& line) { return line.event == event; }));
  }
};

std::string charge() { return "receipt"; }

reprise::Workflow<std::string> talkative(reprise::Context ctx) {
  ctx.log("before {}", 1);
  auto receipt = co_await ctx.step("charge", charge);
  ctx.log(LogLevel::warning, "after {}", receipt);
  auto go = co_await ctx.signal<std::string>("go");
  co_return go;
}

reprise::Workflow<std::string> hears(reprise::Context ctx) {
  ctx.log("before");
  auto go = co_await ctx.signal<std::string>("go");
  ctx.log("after");
  auto last = co_await ctx.signal<std::string>("last");
  co_return go + last;
}

reprise::Workflow<std::string> other(reprise::Context ctx) {
  co_await ctx.sleep(1h);
  co_return "";
}

reprise::Registry registry() {
  reprise::Registry workflows;
  workflows.add("talkative", talkative);
  workflows.add("hears", hears);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/log") {
  TEST_CASE("an engine says that it opened, recovered and closed") {
    reprise::test::Machine machine(1, 2);
    Book book;
    book.attach(machine.options(), LogLevel::info);
    {
      auto engine = machine.open(registry()).value();
    }
    REQUIRE(book.find("opened") != nullptr);
    CHECK(book.find("opened")->field("shards") == "2");
    CHECK(book.count("shard_recovered") == 0);
    CHECK(book.lines.back().event == "closed");
  }

  TEST_CASE("lines before the first await are logged once, also of a start with a signal") {
    reprise::test::Machine machine;
    machine.options().verify_replay_every = 0;
    Book book;
    book.attach(machine.options(), LogLevel::info);
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start_with_signal(hears, "h", "go", std::string("on ")).ok());
      CHECK(book.count("workflow") == 2);
    }
    auto engine = machine.open(registry()).value();
    engine.signal("h", "last", std::string("and on")).value();
    CHECK(engine.find<std::string>("h").value().result().value() == "on and on");
    CHECK(book.count("workflow") == 2);
    CHECK(book.find("workflow")->text == "before");
  }

  TEST_CASE("a shard is told of at its recovery when it goes on with something") {
    int told = 0;
    for (std::uint64_t kill = 1; kill < 6; ++kill) {
      reprise::test::Machine machine(1, 2);
      if (auto engine = machine.open(registry(), kill)) (void)engine->start(talkative, "t");
      Book book;
      book.attach(machine.options(), LogLevel::info);
      auto engine = machine.open(registry()).value();
      told += static_cast<int>(book.count("shard_recovered"));
      const auto* line = book.find("shard_recovered");
      CHECK((line == nullptr || line->field("redriven") == "1"));
    }
    CHECK(told > 0);
    reprise::test::Machine machine(1, 2);
    Book book;
    book.attach(machine.options(), LogLevel::debug);
    auto engine = machine.open(registry()).value();
    CHECK(book.count("shard_recovered") == 2);
  }

  TEST_CASE("lines of workflow code are logged once, and never at replay") {
    reprise::test::Machine machine;
    Book book;
    book.attach(machine.options(), LogLevel::info);
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(talkative, "t").value().result(1s).code() == reprise::Code::timed_out);
    }
    REQUIRE(book.count("workflow") == 2);
    CHECK(book.find("workflow")->text == "before 1");
    CHECK(book.find("workflow")->field("id") == "t");
    CHECK(book.find("workflow")->field("workflow") == "talkative");
    CHECK(book.find("workflow")->field("site").find("log_test.cc:") != std::string::npos);
    auto engine = machine.open(registry()).value();
    engine.signal("t", "go", std::string("on")).value();
    CHECK(engine.find<std::string>("t").value().result().value() == "on");
    CHECK(book.count("workflow") == 2);
  }

  TEST_CASE("lines below the level are not made") {
    reprise::test::Machine machine;
    Book book;
    book.attach(machine.options(), LogLevel::warning);
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(talkative, "t").value().result(1s).code() == reprise::Code::timed_out);
    REQUIRE(book.lines.size() == 1);
    CHECK(book.lines[0].text == "after receipt");
  }

  TEST_CASE("an instance whose code changed is reported with both sides of the mismatch") {
    reprise::test::Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(talkative, "t").value().result(1s).code() == reprise::Code::timed_out);
    }
    Book book;
    book.attach(machine.options(), LogLevel::warning);
    reprise::Registry changed;
    changed.add("talkative", other);
    auto engine = machine.open(changed).value();
    engine.resume("t").value();
    REQUIRE(book.count("paused") == 1);
    const Line& line = *book.find("paused");
    CHECK(line.field("reason") == "mismatch");
    CHECK(line.field("id") == "t");
    CHECK(line.text.find("charge") != std::string::npos);
    CHECK(engine.describe("t").value().detail == line.text);
  }

  TEST_CASE("a pause on request and a snapshot are said") {
    reprise::test::Machine machine;
    Book book;
    book.attach(machine.options(), LogLevel::debug);
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(talkative, "t").value().result(1s).code() == reprise::Code::timed_out);
    engine.pause("t", "lunch").value();
    REQUIRE(book.find("paused") != nullptr);
    CHECK(book.find("paused")->level == LogLevel::info);
    CHECK(book.find("paused")->field("detail") == "lunch");
    engine.snapshot();
    CHECK(engine.find<std::string>("t").value().result(1s).code() == reprise::Code::timed_out);
    CHECK(book.count("snapshot_moved") == 1);
    CHECK(book.count("trimmed") == 1);
  }

  TEST_CASE("an engine whose disk fails says so once, as an error") {
    reprise::test::Machine machine;
    Book book;
    book.attach(machine.options(), LogLevel::error);
    {
      auto engine = machine.open(registry(), 1).value();
      auto run = engine.start(talkative, "t");
      if (run) CHECK_FALSE(run->result().ok());
    }
    REQUIRE(book.count("engine_failed") == 1);
    CHECK(book.find("engine_failed")->field("code") != "(none)");
  }

  TEST_CASE("a sink that throws changes nothing") {
    reprise::test::Machine machine;
    machine.options().log.level = LogLevel::debug;
    machine.options().log.sink = [](const reprise::LogLine&) { throw std::runtime_error("full"); };
    auto engine = machine.open(registry()).value();
    auto run = engine.start(talkative, "t").value();
    engine.signal("t", "go", std::string("on")).value();
    CHECK(run.result().value() == "on");
  }
}

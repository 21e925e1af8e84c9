#include <reprise/testing/crash_matrix.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "journal/journal_file.h"
#include "journal/store_fixture.h"
#include "testing/orders.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using testing::crash_matrix;
using testing::CrashReport;
using testing::Ledger;
using testing::MatrixOptions;

/// Where journals of violations go.
const std::string& journals() {
  static const journal::testing::TempFolder folder;
  static const std::string path = folder / "journals";
  return path;
}

MatrixOptions quiet() {
  MatrixOptions options;
  options.progress = false;
  options.folder = journals();
  return options;
}

MatrixOptions once_each() {
  auto options = quiet();
  options.invariants = {
      {"charged once", [](const Ledger& ledger) { return ledger.count("charge") == 1; }},
      {"shipped once", [](const Ledger& ledger) { return ledger.count("ship") == 1; }},
  };
  return options;
}

MatrixOptions with_address() {
  auto options = once_each();
  options.drive = [](testing::TestEngine& engine, const Id& id) {
    (void)engine->signal(id, "address", std::string("Bonn"), {.id = "address"});
  };
  return options;
}

const testing::Violation* find(const CrashReport& report, std::string_view path) {
  const auto found = std::find_if(report.violations.begin(), report.violations.end(),
                                  [&](const auto& violation) { return violation.path == path; });
  return found == report.violations.end() ? nullptr : &*found;
}

std::string printed(const CrashReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

int lives_of_global = 0;
/// Depends on more than its history: what it does differs from life to life.
int next_life() { return ++lives_of_global; }
Workflow<int> forgetful(Context ctx) {
  co_await ctx.sleep(1s);
  auto life = co_await ctx.step("life", {.pure = true}, next_life);
  co_return life;
}
int effect(StepContext& ctx, int i) {
  testing::ledger().record_once(ctx.idempotency_key(), "effect", std::to_string(i));
  return i;
}
/// One crash in its body is enough for an operator to be asked.
Workflow<int> touchy(Context ctx) {
  auto done = co_await ctx.step("effect", {.poison_after = 1}, effect, 1);
  co_return done;
}
/// In a life that dies in it no time may pass.
Workflow<int> hasty(Context ctx) {
  auto done = co_await ctx.step("effect", {.total_timeout = 1min}, effect, 1);
  co_return done;
}
Workflow<int> stuck(Context ctx) {
  auto never = co_await ctx.signal<int>("never");
  co_return never;
}
int sloppy(int i) {
  testing::ledger().record("sloppy", std::to_string(i));
  return i;
}
Workflow<int> kid(Context ctx, int i) {
  auto done = co_await ctx.step("kid", effect, 100 + i);
  co_return done;
}
/// Waits for its child no longer than a day.
Workflow<int> leaves(Context ctx) {
  ctx.start_child(kid, "kid-1", 1);
  auto child = co_await ctx.child(kid, "kid-2", 2).within(24h);
  co_return child ? *child : 0;
}
/// Thirty operations, one of which charges twice when it is run twice.
Workflow<int> thirty(Context ctx) {
  int sum = 0;
  for (int i = 0; i < 8; ++i) {
    auto one = co_await ctx.step("effect", effect, i);
    co_await ctx.sleep(1h);
    auto child = co_await ctx.child(kid, "kid-" + std::to_string(i), i);
    sum += one + child;
  }
  auto planted = co_await ctx.step("sloppy", sloppy, 1);
  auto left = ctx.step("effect", effect, 50);
  auto right = ctx.step("effect", effect, 51);
  co_await ctx.all(left, right);
  co_await ctx.sleep(1h);
  auto go = co_await ctx.signal<int>("go").within(1h);
  auto last = co_await ctx.step("effect", effect, 52);
  co_return sum + planted + last + (go ? 1 : 0);
}

Workflow<int> sleepy_kid(Context ctx) {
  co_await ctx.sleep(10min);
  auto done = co_await ctx.step("effect", {.total_timeout = 1min}, effect, 1);
  co_return done;
}
/// All that happens, happens after its result.
Workflow<int> sends_away(Context ctx) {
  ctx.start_child(sleepy_kid, "kid");
  co_return 1;
}
Workflow<int> sloppy_kid(Context ctx) {
  co_await ctx.sleep(10min);
  auto done = co_await ctx.step("sloppy", sloppy, 1);
  co_return done;
}
Workflow<int> fails_at_once(Context ctx) {
  ctx.start_child(sloppy_kid, "kid");
  throw std::runtime_error("as it should");
  co_return 1;
}
std::atomic<int> times_read = 0;
Workflow<int> reads_a_global(Context ctx) {
  const std::string step = ++times_read % 2 == 1 ? "odd" : "even";
  auto done = co_await ctx.step(step, effect, 1);
  co_return done;
}

Registry workflows() {
  Registry all = shop();
  all.add("forgetful", forgetful);
  all.add("stuck", stuck);
  all.add("hasty", hasty);
  all.add("touchy", touchy);
  all.add("kid", kid);
  all.add("leaves", leaves);
  all.add("thirty", thirty);
  all.add("sleepy_kid", sleepy_kid);
  all.add("sends_away", sends_away);
  all.add("sloppy_kid", sloppy_kid);
  all.add("fails_at_once", fails_at_once);
  all.add("reads_a_global", reads_a_global);
  return all;
}

}  // namespace

TEST_SUITE("testing/crash_matrix") {
  TEST_CASE("a workflow that is right passes, killed everywhere, twice and three times") {
    const auto report = crash_matrix(workflows(), with_address(), order, 7);
    CHECK(report);
    CHECK(report.effects == 3);
    CHECK(report.singles == report.records + 2 * report.effects);
    CHECK(report.pairs > report.singles);
    CHECK(report.triples == 200);
    CHECK(printed(report).find("0 violations") != std::string::npos);
  }

  TEST_CASE("a charge that is not idempotent is found where it happens twice") {
    auto options = once_each();
    const auto report = crash_matrix(workflows(), options, wrong_order, 7);
    CHECK_FALSE(report);
    // Charged, and the process died before anybody knew.
    const auto* after = find(report, "after2");
    REQUIRE(after != nullptr);
    CHECK(after->found == std::vector<std::string>{"\"charged once\" does not hold"});
    CHECK(after->again.starts_with("REPRISE_CRASH=wrong_order:after2 "));
    CHECK(find(report, "before2") == nullptr);
    CHECK(find(report, "after1") == nullptr);
    const auto file = journal::read_journal_file(after->journal).value();
    REQUIRE(file.instances.size() == 1);
    // A crash that is enough is told once, not with every other one behind it. In the next life the
    // second effect is another place, whatever is wrong there.
    for (const auto& violation : report.violations) {
      CHECK(violation.path.starts_with("after2") == (violation.path == "after2"));
    }
    CHECK(find(report, "record0/after2") != nullptr);
    CHECK(printed(report).find("after2\n    \"charged once\" does not hold\n    journal  ") !=
          std::string::npos);
  }

  TEST_CASE("one case is run alone when the environment asks for it") {
    auto options = once_each();
    REQUIRE(setenv("REPRISE_CRASH", "wrong_order:after2", 1) == 0);
    const auto wrong = crash_matrix(workflows(), options, wrong_order, 7);
    const auto other = crash_matrix(workflows(), with_address(), order, 7);
    REQUIRE(setenv("REPRISE_CRASH", "wrong_order:before2", 1) == 0);
    const auto right = crash_matrix(workflows(), options, wrong_order, 7);
    REQUIRE(setenv("REPRISE_CRASH", "wrong_order:record999", 1) == 0);
    const auto never = crash_matrix(workflows(), options, wrong_order, 7);
    REQUIRE(setenv("REPRISE_CRASH", "wrong_order:nowhere", 1) == 0);
    CHECK_THROWS_AS((void)crash_matrix(workflows(), options, wrong_order, 7), Error);
    REQUIRE(unsetenv("REPRISE_CRASH") == 0);
    CHECK(wrong.singles == 1);
    REQUIRE(wrong.violations.size() == 1);
    CHECK(wrong.violations.front().path == "after2");
    CHECK(right.singles == 1);
    CHECK(right);
    CHECK(other.singles > 1);
    REQUIRE(never.violations.size() == 1);
    CHECK(never.violations.front().found.front() == "it never came to where it should be killed");
  }

  TEST_CASE("a result that depends on when it was killed is found") {
    auto options = quiet();
    options.threads = 1;
    const auto report = crash_matrix(workflows(), options, forgetful);
    CHECK_FALSE(report);
    CHECK(report.violations.front().found.front().find("it ended with") == 0);
    // Each ends otherwise. Of the first twenty there is a journal.
    REQUIRE(report.violations.size() > 20);
    CHECK(journal::read_journal_file(report.violations[19].journal).ok());
    CHECK(report.violations[20].journal.empty());
    options.same_outcome = false;
    CHECK(crash_matrix(workflows(), options, forgetful));
  }

  TEST_CASE("a workflow that does not end without a crash is told of as that") {
    const auto report = crash_matrix(workflows(), quiet(), stuck);
    REQUIRE(report.violations.size() == 1);
    CHECK(report.violations.front().path == "no crash");
    CHECK(report.violations.front().found.front().find("it does not end") == 0);
    CHECK(report.singles == 0);
    Registry none;
    CHECK_THROWS_AS((void)crash_matrix(none, quiet(), stuck), Error);
  }

  TEST_CASE("why it does not end is told") {
    const auto report = crash_matrix(workflows(), quiet(), reads_a_global);
    REQUIRE(report.violations.size() == 1);
    CHECK(report.violations.front().found.front().find("is paused (mismatch)") !=
          std::string::npos);
  }

  TEST_CASE("no time passes while a process is dead") {
    CHECK(crash_matrix(workflows(), quiet(), hasty));
    CHECK(crash_matrix(workflows(), quiet(), sends_away));
    auto options = quiet();
    options.drive = [](testing::TestEngine& engine, const Id&) { engine.pass(20min); };
    CHECK(crash_matrix(workflows(), options, sends_away));
  }

  TEST_CASE("what comes behind a failure is killed too") {
    auto options = quiet();
    options.invariants = {
        {"done once", [](const Ledger& ledger) { return ledger.count("sloppy") == 1; }}};
    const auto report = crash_matrix(workflows(), options, fails_at_once);
    REQUIRE(find(report, "after1") != nullptr);
    CHECK(find(report, "before1") == nullptr);
  }

  TEST_CASE("a host that asks again and again comes to an end in a process that dies") {
    auto options = with_address();
    options.pairs_max = 100;
    options.drive = [](testing::TestEngine& engine, const Id& id) {
      Code code = Code::timed_out;
      while (code == Code::timed_out) {
        code = engine->signal(id, "address", std::string("Bonn"), {.id = "address"}).code();
      }
    };
    CHECK(crash_matrix(workflows(), options, order, 7));
    options = quiet();
    options.drive = [](testing::TestEngine& engine, const Id&) {
      for (const Nanos due = engine.now() + 20 * 60'000'000'000; engine.now() < due;) {
        engine.pass(1min);
      }
    };
    CHECK(crash_matrix(workflows(), options, sends_away));
  }

  TEST_CASE("a host that goes down with its engine is no violation") {
    auto options = with_address();
    options.pairs_max = 100;
    options.drive = [](testing::TestEngine& engine, const Id& id) {
      auto sent = engine->signal(id, "address", std::string("Bonn"), {.id = "address"});
      if (!sent && sent.code() != Code::closed) throw std::move(sent).error();
    };
    const auto report = crash_matrix(workflows(), options, order, 7);
    CHECK(report);
    CHECK(report.pairs == 88);
  }

  TEST_CASE("callbacks that throw end no program") {
    auto options = quiet();
    options.drive = [](testing::TestEngine&, const Id&) { throw std::runtime_error("no address"); };
    const auto driven = crash_matrix(workflows(), options, order, 7);
    REQUIRE(driven.violations.size() == 1);
    CHECK(driven.violations.front().found.front() == "its host threw: no address");
    options = with_address();
    options.invariants = {
        {"told", [](const Ledger&) -> bool { throw std::runtime_error("lost"); }}};
    const auto judged = crash_matrix(workflows(), options, order, 7);
    REQUIRE(judged.violations.size() == 1);
    CHECK(judged.violations.front().found.front() == "\"told\" threw: lost");
    options.invariants = {{"told", [](const Ledger&) -> bool { throw 1; }}};
    CHECK(crash_matrix(workflows(), options, order, 7).violations.front().found.front() ==
          "\"told\" threw");
    options = with_address();
    options.drive = [](testing::TestEngine& engine, const Id& id) {
      (void)engine->signal(id, "address", std::string("Bonn"), {.id = "address"});
      engine.at(30min, [](Engine&) { throw std::runtime_error("in the end"); });
    };
    const auto late = crash_matrix(workflows(), options, order, 7);
    REQUIRE(late.violations.size() == 1);
    CHECK(late.violations.front().found.front() == "its host threw: in the end");
    options = with_address();
    options.threads = 2;
    options.mocks = [here = std::this_thread::get_id()](testing::Mocks&) {
      if (std::this_thread::get_id() != here) throw std::runtime_error("no mocks");
    };
    CHECK_THROWS_AS((void)crash_matrix(workflows(), options, order, 7), std::runtime_error);
  }

  TEST_CASE("what the host enters is no place to die") {
    auto options = with_address();
    options.pairs_max = 10;
    options.drive = [](testing::TestEngine& engine, const Id& id) {
      engine.ledger().record_once("host", "told");
      (void)engine->signal(id, "address", std::string("Bonn"), {.id = "address"});
    };
    const auto report = crash_matrix(workflows(), options, order, 7);
    CHECK(report);
    CHECK(report.effects == 3);
  }

  TEST_CASE("a child that is poisoned is resumed, whoever waits for it") {
    auto options = quiet();
    options.triples_max = 2000;
    CHECK(crash_matrix(workflows(), options, leaves));
    CHECK(crash_matrix(workflows(), options, touchy));
  }

  TEST_CASE("failures of steps are part of the story") {
    auto options = with_address();
    options.mocks = [](testing::Mocks& mocks) { mocks.fail("charge", 1); };
    options.pairs_max = 300;
    CHECK(crash_matrix(workflows(), options, order, 7));
  }

  TEST_CASE("thirty operations: the planted double effect is found") {
    auto options = quiet();
    options.invariants = {
        {"done once", [](const Ledger& ledger) { return ledger.count("sloppy") == 1; }}};
    const auto report = crash_matrix(workflows(), options, thirty);
    MESSAGE(printed(report));
    CHECK_FALSE(report);
    for (const auto& violation : report.violations) {
      CHECK(violation.found == std::vector<std::string>{"\"done once\" does not hold"});
    }
    CHECK(report.singles >= 100);
  }
}

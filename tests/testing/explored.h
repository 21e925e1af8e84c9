// Workflows to be explored, and what a test looks for in a report.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reprise/testing/explore.h>

#include "journal/store_fixture.h"
#include "testing/orders.h"

namespace reprise::test {

using testing::explore;
using testing::ExploreOptions;
using testing::ExploreReport;
using testing::Ledger;
using testing::outside_signal;
using testing::TestEngine;

inline ExploreOptions quiet() {
  static const journal::testing::TempFolder folder;
  ExploreOptions options;
  options.progress = false;
  options.folder = folder / "journals";
  return options;
}

/// The result is never that text.
template <class T>
testing::EndCheck never(T result) {
  return {"never so", [result = std::move(result)](TestEngine& engine, const Id& id) {
            const auto run = engine->find<T>(id);
            if (!run) return true;
            const auto is = run->result();
            return !is || *is != result;
          }};
}

/// Whoever was charged is told so, and nobody else.
inline testing::EndCheck knows_that_it_charged() {
  return {"it knows that it charged", [](TestEngine& engine, const Id& id) {
            const auto told = engine->find<std::string>(id).value().result().value();
            return (engine.ledger().count("charge") == 1) == (told == "charged");
          }};
}

inline const testing::ExploreViolation* find(const ExploreReport& report, std::string_view path) {
  const auto found = std::find_if(report.violations.begin(), report.violations.end(),
                                  [&](const auto& violation) { return violation.path == path; });
  return found == report.violations.end() ? nullptr : &*found;
}

/// One that needs only that line of story.
inline const testing::ExploreViolation* told(const ExploreReport& report, const std::string& line) {
  const auto found = std::find_if(
      report.violations.begin(), report.violations.end(),
      [&](const auto& violation) { return violation.story == std::vector<std::string>{line}; });
  return found == report.violations.end() ? nullptr : &*found;
}

inline std::string printed(const ExploreReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

/// As REPRISE_EXPLORE asks.
template <class... A>
ExploreReport only(const std::string& asked, A&&... all) {
  REQUIRE(setenv("REPRISE_EXPLORE", asked.c_str(), 1) == 0);
  auto report = explore(std::forward<A>(all)...);
  REQUIRE(unsetenv("REPRISE_EXPLORE") == 0);
  return report;
}

inline int lives_seen = 0;
inline int work(StepContext& ctx, int i) {
  testing::ledger().record_once(ctx.idempotency_key(), "work", std::to_string(i));
  return i;
}
inline int refuses() { throw std::runtime_error("no"); }
inline Workflow<int> race(Context ctx) {
  auto left = ctx.step("left", work, 1);
  auto right = ctx.step("right", work, 2);
  auto first = co_await ctx.any(left, right);
  if (first.index() == 0) co_return 1;
  co_return 2;
}
/// Tries again what may have happened.
inline Workflow<int> greedy(Context ctx) {
  co_await ctx.step("reserve", reserve, 1);
  auto paid = co_await ctx.step("charge", {.attempts = 3, .backoff = 1h}, charge_twice, 1);
  co_return paid;
}
/// Thinks that what took too long did not happen.
inline Workflow<std::string> hasty_charge(Context ctx) {
  auto paid = co_await ctx.step("charge", charge, 1).within(1h);
  if (!paid) co_return "not charged";
  co_return "charged";
}
/// What a look into the mailbox shows before, between and behind two steps.
inline Workflow<std::string> looks(Context ctx) {
  auto at_once = co_await ctx.signal<int>("news").within(0s);
  if (at_once) co_return "at once";
  co_await ctx.step("one", work, 1);
  auto after_one = co_await ctx.signal<int>("news").within(0s);
  if (after_one) co_return "after one";
  co_await ctx.step("two", work, 2);
  auto after_two = co_await ctx.signal<int>("news").within(0s);
  if (after_two) co_return "after two";
  auto late = co_await ctx.signal<int>("news").within(1h);
  if (late) co_return "late";
  auto very_late = co_await ctx.signal<int>("news").within(1h);
  if (very_late) co_return "very late";
  auto too_late = co_await ctx.signal<int>("news").within(1h);
  co_return too_late ? "too late" : "never";
}
inline Workflow<std::string> two_signals(Context ctx) {
  auto one = ctx.signal<int>("one");
  auto other = ctx.signal<int>("other");
  auto first = co_await ctx.any(one, other);
  co_return first.index() == 0 ? "one" : "other";
}
inline Workflow<int> careful(Context ctx) {
  auto done = co_await ctx.step("work", {.attempts = 2, .backoff = 1s}, work, 1);
  co_return done;
}
inline Workflow<int> inlined(Context ctx) {
  auto done = co_await ctx.step("pure", {.pure = true}, [] { return 3; });
  co_return done;
}
/// Behind a timer of something that is over.
inline Workflow<std::string> hasty_later(Context ctx) {
  co_await ctx.step("look", {.timeout = 5s}, work, 7);
  auto paid = co_await ctx.step("charge", charge, 1).within(1h);
  if (!paid) co_return "not charged";
  co_return "charged";
}
/// A reminder comes before the deadline.
inline Workflow<std::string> reminded(Context ctx) {
  auto reminder = ctx.sleep(10min);
  auto paid = co_await ctx.step("charge", charge, 1).within(1h);
  co_await std::move(reminder);
  if (!paid) co_return "not charged";
  co_return "charged";
}
/// Two children of one workflow, of which each may be the one that fails.
inline Workflow<int> twin(Context ctx) {
  auto done = co_await ctx.step("work", {.attempts = 1}, work, 1);
  co_return done;
}
inline Workflow<int> twins(Context ctx) {
  auto left = ctx.child(twin, "left");
  auto right = ctx.child(twin, "right");
  co_await ctx.all(left, right);
  co_return 2;
}
/// Charges, and must hear of it within a day.
inline Workflow<std::string> by_tomorrow(Context ctx) {
  auto deadline = ctx.sleep(24h);
  auto paid = ctx.step("charge", charge, 1);
  auto first = co_await ctx.any(deadline, paid);
  co_return first.index() == 0 ? "too late" : "charged";
}
/// The same behind a timer that has fired, and one that is not waited for any more.
inline Workflow<std::string> by_tomorrow_later(Context ctx) {
  co_await ctx.sleep(1h);
  co_await ctx.step("look", work, 1).within(12h);
  auto deadline = ctx.sleep(24h);
  auto paid = ctx.step("charge", charge, 1);
  auto first = co_await ctx.any(deadline, paid);
  co_return first.index() == 0 ? "too late" : "charged";
}
/// The same with much between deadline and charge.
inline Workflow<std::string> by_tomorrow_at_last(Context ctx) {
  auto deadline = ctx.sleep(24h);
  for (int i = 1; i <= 6; ++i) co_await ctx.step("look", work, i);
  auto paid = ctx.step("charge", charge, 1);
  auto first = co_await ctx.any(deadline, paid);
  co_return first.index() == 0 ? "too late" : "charged";
}
/// The bank has an hour.
inline Workflow<std::string> within_an_hour(Context ctx) {
  auto paid = co_await ctx.try_step("charge", {.total_timeout = 1h}, charge, 1);
  co_return paid ? "charged" : "not charged";
}
/// It answers when it likes: never, in an hour.
inline Workflow<std::string> answered_later(Context ctx) {
  auto paid =
      ctx.try_step("charge", {.timeout = 1h, .attempts = 1, .runs_on = RunsOn::token}, charge, 1);
  co_await ctx.signal<int>("go");
  auto answer = co_await std::move(paid);
  co_return answer ? "charged" : "not charged";
}
/// Waits for two of a name.
inline Workflow<int> two_go(Context ctx) {
  auto one = co_await ctx.signal<int>("go");
  co_await ctx.step("between", work, 1);
  auto two = co_await ctx.signal<int>("go");
  co_return one * 10 + two;
}
inline Workflow<int> polls(Context ctx) {
  for (int i = 1;; ++i) {
    auto stop = co_await ctx.signal<int>("stop").within(1h);
    if (stop) co_return i;
  }
}
inline Workflow<int> forever(Context ctx) {
  for (;;) co_await ctx.sleep(1h);
}
/// Writes each hour.
inline Workflow<int> reminds(Context ctx) {
  for (int i = 1;; ++i) {
    auto stop = co_await ctx.signal<int>("stop").within(1h);
    if (stop) co_return i;
    co_await ctx.step("remind", work, i);
  }
}
/// Looks into its mailbox, and takes no time for it.
inline Workflow<int> spins(Context ctx) {
  for (int i = 1;; ++i) {
    auto stop = co_await ctx.signal<int>("stop").within(0s);
    if (stop) co_return i;
  }
}
/// Asks at once again.
inline Workflow<int> insists(Context ctx) {
  for (;;) {
    auto done = co_await ctx.try_step("ask", {.attempts = 1}, refuses);
    if (done) co_return *done;
  }
}
/// A deadline, a body that is begun, and two that follow each other.
inline Workflow<int> chain(Context ctx) {
  auto deadline = ctx.sleep(24h);
  auto b = ctx.step("b", work, 3);
  co_await ctx.step("a1", work, 1);
  co_await ctx.step("a2", work, 2);
  auto first = co_await ctx.any(b, deadline);
  co_return static_cast<int>(first.index());
}
inline Workflow<int> five(Context ctx) {
  auto deadline = ctx.sleep(1h);
  auto a = ctx.step("a", work, 1);
  auto b = ctx.step("b", work, 2);
  auto c = ctx.step("c", work, 3);
  auto first = co_await ctx.any(deadline, a, b, c);
  co_return static_cast<int>(first.index());
}
/// Does not wait for its body.
inline Workflow<int> far(Context ctx) {
  auto a = ctx.step("a", work, 1);
  auto stop = ctx.signal<int>("stop");
  auto month = ctx.sleep(24h * 30);
  auto first = co_await ctx.any(stop, a, month);
  co_return static_cast<int>(first.index());
}
inline Workflow<int> on_shard(Context ctx) {
  auto paid =
      co_await ctx.step("charge", {.attempts = 3, .runs_on = RunsOn::shard}, charge_twice, 1);
  co_return paid;
}
inline Workflow<int> waits(Context ctx) {
  auto never_comes = co_await ctx.signal<int>("never");
  co_return never_comes;
}
inline Workflow<std::string> echoes(Context, std::string text) { co_return text; }
inline Workflow<int> bad_child(Context ctx) {
  co_await ctx.sleep(1min);
  const auto step = std::to_string(ctx.now().time_since_epoch().count() == 0 ? 0 : lives_seen++);
  auto done = co_await ctx.step(step, work, 1);
  co_return done;
}
inline Workflow<int> leaves_bad_child(Context ctx) {
  ctx.start_child(bad_child, "child");
  co_return 1;
}
inline Workflow<int> leaves_twin(Context ctx) {
  ctx.start_child(twin, "child");
  co_return 1;
}
inline Workflow<int> leaves_forever(Context ctx) {
  ctx.start_child(forever, "child");
  co_return 1;
}
inline Workflow<int> patient(Context ctx) {
  auto done = co_await ctx.step("work", {.timeout = 1min, .attempts = 3, .backoff = 1s}, work, 1);
  auto go = co_await ctx.signal<int>("go");
  co_return done + go;
}

inline Registry workflows() {
  Registry all = shop();
  all.add("race", race);
  all.add("hasty_later", hasty_later);
  all.add("reminded", reminded);
  all.add("twin", twin);
  all.add("twins", twins);
  all.add("by_tomorrow", by_tomorrow);
  all.add("by_tomorrow_later", by_tomorrow_later);
  all.add("by_tomorrow_at_last", by_tomorrow_at_last);
  all.add("within_an_hour", within_an_hour);
  all.add("answered_later", answered_later);
  all.add("reminds", reminds);
  all.add("spins", spins);
  all.add("insists", insists);
  all.add("two_go", two_go);
  all.add("polls", polls);
  all.add("forever", forever);
  all.add("chain", chain);
  all.add("five", five);
  all.add("far", far);
  all.add("on_shard", on_shard);
  all.add("bad_child", bad_child);
  all.add("leaves_bad_child", leaves_bad_child);
  all.add("greedy", greedy);
  all.add("hasty_charge", hasty_charge);
  all.add("looks", looks);
  all.add("two_signals", two_signals);
  all.add("careful", careful);
  all.add("inlined", inlined);
  all.add("waits", waits);
  all.add("echoes", echoes);
  all.add("leaves_twin", leaves_twin);
  all.add("leaves_forever", leaves_forever);
  all.add("patient", patient);
  return all;
}

}  // namespace reprise::test

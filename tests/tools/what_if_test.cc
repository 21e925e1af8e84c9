// What becomes of a recorded history when something comes otherwise.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/sim_engine.h"
#include "tests/sim/twenty_operations.h"
#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/what_if.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.
using namespace std::chrono_literals;

int prices = 0;  ///< Bodies that ran.

int price(std::string item) {
  ++prices;
  return static_cast<int>(item.size()) * 10;
}
void thank() { throw std::runtime_error("busy"); }

int one() { return 1; }
template <std::uint32_t deaths>
Workflow<int> touchy(Context ctx) {
  auto value = co_await ctx.step("one", {.poison_after = deaths}, one);
  co_return value;
}

Workflow<int> pack(Context ctx, int grams) {
  co_await ctx.sleep(1min);
  co_return grams;
}

/// A bit of everything.
Workflow<int> sell(Context ctx, std::string item) {
  auto cost = co_await ctx.step("price", {.attempts = 2}, price, item);
  auto approve = ctx.signal<bool>("approve");
  auto late = ctx.sleep(2h);
  auto first = co_await ctx.any(approve, late);
  if (first.index() == 1) co_return -1;
  if (!std::get<0>(first)) co_return 0;
  auto grams = co_await ctx.try_child(pack, ctx.id() + "/pack", cost);
  if (!grams) co_return -2;
  auto thanked = co_await ctx.try_step("thank", {.attempts = 3, .backoff = 1min}, thank);
  if (!thanked) co_return *grams + 1;
  co_return *grams;
}

/// Asks once more, beside the old questions.
Workflow<int> sell_twice(Context ctx, std::string item) {
  auto cost = co_await ctx.step("price", {.attempts = 2}, price, item);
  auto approve = ctx.signal<bool>("approve");
  auto late = ctx.sleep(2h);
  auto first = co_await ctx.any(approve, late);
  if (first.index() == 1) co_return -1;
  auto again = co_await ctx.step("price again", price, item);
  co_return cost + again;
}

Workflow<int> for_ever(Context ctx, int steps) {
  int sum = 0;
  for (int i = 0; steps == 0 || i < steps; ++i) {
    auto one = co_await ctx.step("price", price, std::string("tea"));
    sum += one;
    if (one > 1000) co_await ctx.sleep(24h * 365 * 20);
  }
  co_return sum;
}

Workflow<int> naps(Context ctx) {
  auto shorter = ctx.sleep(1min);
  auto longer = ctx.sleep(3min);
  co_await ctx.all(shorter, longer);
  co_return 1;
}

int counted_to = 0;
int count() { return ++counted_to; }
Workflow<int> counts(Context ctx) {
  auto one = co_await ctx.step("count", count);
  auto two = co_await ctx.step("count", count);
  co_return one * 10 + two;
}
Workflow<int> counts_later(Context ctx) {
  co_await ctx.sleep(1s);
  auto one = co_await ctx.step("count", count);
  auto two = co_await ctx.step("count", count);
  auto three = co_await ctx.step("count", count);
  co_return one * 100 + two * 10 + three;
}

Registry market(Workflow<int> (*selling)(Context, std::string) = sell) {
  Registry workflows;
  workflows.add("sell", selling);
  workflows.add("pack", pack);
  workflows.add("for_ever", for_ever);
  return workflows;
}

/// What an engine on simulated time has left of a sale that was approved after ten minutes.
struct Sale {
  test::Rig rig;
  std::unique_ptr<runtime::Reader> reader;

  explicit Sale(bool approved = true) {
    auto engine = rig.open(market()).value();
    auto run = engine.start(sell, "o-1", "tea").value();
    rig.pass(10min);
    if (approved) {
      REQUIRE(engine.signal("o-1", "approve", true).ok());
      CHECK(run.result().value() == 31);
    }
    REQUIRE(engine.shutdown(10s).ok());
    reader = std::make_unique<runtime::Reader>(*rig.disk);
  }
  [[nodiscard]] runtime::Recorded recorded() const { return reader->recorded({"", "o-1"}).value(); }
};

cli::Variant variant(const std::vector<std::string>& given, std::vector<std::string> live = {}) {
  cli::Variant made;
  made.name = "fork";
  for (const auto& one : given) made.given.push_back(cli::parse_given(one).value());
  made.live = {live.begin(), live.end()};
  return made;
}

cli::Forked forked(const Sale& sale, Seq at, const cli::Variant& what,
                   const Registry& workflows = market()) {
  return cli::fork(sale.recorded(), workflows, at, what).value();
}

std::string result_of(const cli::Forked& fork) {
  if (!fork.state.outcome) return std::string(name(fork.info.status));
  if (const auto* failure = std::get_if<Failure>(&*fork.state.outcome)) {
    return failure->type + "/" + failure->message;
  }
  return std::get<Payload>(*fork.state.outcome).bytes;
}

Seq seq_of(const runtime::Recorded& recorded, replay::EventKind kind) {
  Seq seq = 1;
  while (replay::kind_of(recorded.events.at(seq)) != kind) ++seq;
  return seq;
}

/// Bytes of the history, but for the ids of names.
std::vector<std::string> plain(const runtime::HistoryBuffer& events) {
  std::vector<std::string> all;
  for (Seq seq = 1; seq <= events.last(); ++seq) all.emplace_back(events.at(seq).substr(8));
  return all;
}

/// Forks `id` at each of its events and changes nothing: each time it must go as it went.
void check_all_the_same(const Registry& workflows, journal::Store& store, const InstanceKey& key) {
  runtime::Reader reader(store);
  const auto recorded = reader.recorded(key).value();
  const bool ended = recorded.state.status != replay::Status::open;
  for (Seq at = 2; at <= recorded.events.last() + (ended ? 0 : 1); ++at) {
    CAPTURE(at);
    const auto fork = cli::fork(recorded, workflows, at, variant({}));
    REQUIRE(fork.ok());
    CHECK_FALSE(fork->error);
    if (fork->parts) {
      CAPTURE(fork->parts->first.value_or(replay::Entry{}).label);
      CHECK_FALSE(fork->parts->second.value_or(replay::Entry{}).label.empty());
      CHECK_FALSE(fork->parts.has_value());
    }
    CHECK(fork->state.status == recorded.state.status);
    CHECK(fork->state.time == recorded.state.time);
    CHECK(fork->done() == ended);
  }
}

}  // namespace

TEST_SUITE("tools/what_if") {
  TEST_CASE("a fork that changes nothing goes as it went, wherever it begins") {
    const Sale sale;
    check_all_the_same(market(), *sale.rig.disk, {"", "o-1"});
    const auto recorded = sale.recorded();
    const auto fork = forked(sale, 2, variant({}));
    CHECK(plain(fork.events) == plain(recorded.events));
    CHECK(fork.kept == 1);
    CHECK(fork.took == recorded.state.time - recorded.state.started);
  }

  TEST_CASE("so does one with operations of every kind, that was killed again and again") {
    const auto workflows = test::twenty_registry();
    for (const std::uint64_t records : {4U, 6U, 9U}) {
      CAPTURE(records);
      test::Machine machine(records);
      test::world = {&machine.clock(), {}, {}, {}};
      bool done = false;
      for (int life = 0; !done && life < 100; ++life) {
        auto engine = machine.open(workflows, records);
        if (!engine) continue;
        auto run = engine->start(test::twenty, "all", 10);
        if (!run) continue;
        (void)engine->signal("all", "go", 41, {.id = "once"});
        auto result = run->result();
        done = result.ok();
        if (done) CHECK(*result == test::twenty_result(10));
      }
      REQUIRE(done);
      check_all_the_same(workflows, machine.disk(), {"", "all"});
    }
  }

  TEST_CASE("so does one that was paused because its body died with the process, and resumed") {
    for (const std::uint32_t deaths : {1U, 2U}) {
      CAPTURE(deaths);
      Registry workflows;
      workflows.add("touchy", deaths == 1 ? touchy<1> : touchy<2>);
      test::Machine machine;
      auto& bodies = machine.hold_bodies();
      for (std::uint32_t life = 0; life <= deaths; ++life) {
        auto engine = machine.open(workflows).value();
        auto run = engine.start(deaths == 1 ? touchy<1> : touchy<2>, "a").value();
        test::settle(run);
        if (life == deaths) REQUIRE(engine.resume("a").ok());
        if (life == deaths) test::settle(run);
        REQUIRE(bodies.size() == 1);
        if (life < deaths) {
          machine.kill();
          continue;
        }
        bodies.release();
        CHECK(run.result().value() == 1);
      }
      check_all_the_same(workflows, machine.disk(), {"", "a"});
    }
  }

  TEST_CASE("a step throws what it is told to, and is not tried again") {
    const Sale sale;
    prices = 0;
    const auto fork = forked(sale, 2, variant({"step:price=throw:Declined:no money"}));
    CHECK(result_of(fork) == "Declined/no money");
    CHECK(fork.info.status == InstanceStatus::failed);
    CHECK(fork.events.last() == 4);
    CHECK(fork.done());
    REQUIRE(fork.parts);
    CHECK(fork.parts->second->label == "step_completed \"price\" (op 1)");
    CHECK(prices == 0);  // Not even one body ran.
  }

  TEST_CASE("a result, a signal and a child are given in place of the recorded ones") {
    const Sale sale;
    CHECK(result_of(forked(sale, 2, variant({"signal:approve=false"}))) == "0");
    CHECK(result_of(forked(sale, 2, variant({"child:o-1/pack=5"}))) == "6");
    CHECK(result_of(forked(sale, 2, variant({"child:o-1/pack=throw:Broken"}))) == "-2");
    CHECK(result_of(forked(sale, 2, variant({"step:thank="}))) == "30");
    // Its arguments are others then, and it is told that nobody looks at them.
    const auto cost = forked(sale, 2, variant({"step:price=7"}));
    CHECK(result_of(cost) == "31");
  }

  TEST_CASE("a signal that was not recorded comes at the fork") {
    const Sale sale(/*approved=*/false);
    const auto last = sale.recorded().events.last();
    const auto waits = forked(sale, last + 1, variant({}));
    CHECK(result_of(waits) == "-1");  // Nobody answers within two hours.
    CHECK(waits.took == Nanos{7'200'000'000'000});
    const auto no = forked(sale, last + 1, variant({"signal:approve=false"}));
    CHECK(result_of(no) == "0");
    CHECK(no.took == 0);
  }

  TEST_CASE("what nobody has answered is asked for, and the run stops there") {
    const Sale sale(/*approved=*/false);
    const auto last = sale.recorded().events.last();
    const auto asks = forked(sale, last + 1, variant({"signal:approve=true"}));
    CHECK_FALSE(asks.done());
    REQUIRE(asks.needs.size() == 1);
    CHECK(has(asks.needs[0], "child \"o-1/pack\" (op 4) at "));
    CHECK(has(asks.needs[0], "needs a result: --set child:o-1/pack="));
    const auto more = forked(sale, last + 1, variant({"signal:approve=true", "child:o-1/pack=9"}));
    REQUIRE(more.needs.size() == 1);
    CHECK(has(more.needs[0], "--set step:thank=… or --live thank"));
  }

  TEST_CASE("a step that is named runs for real, as often as its options say") {
    const Sale sale(/*approved=*/false);
    prices = 0;
    const auto real =
        forked(sale, 2, variant({"signal:approve=true", "child:o-1/pack=9"}, {"price", "thank"}));
    CHECK(prices == 1);
    CHECK(result_of(real) == "10");
    CHECK(real.took == Nanos{120'000'000'000});  // Twice a minute's wait.
  }

  TEST_CASE("other code runs on from what it agrees with, and finds its answers by arguments") {
    const Sale sale;
    const auto recorded = sale.recorded();
    const auto signal = seq_of(recorded, replay::EventKind::signal_received);
    const auto other = market(sell_twice);
    CHECK(result_of(forked(sale, signal, variant({"step:price again=4"}), other)) == "34");
    const auto asks = forked(sale, signal, variant({}), other);
    REQUIRE(asks.needs.size() == 1);
    CHECK(has(asks.needs[0], "step \"price again\""));
    // It has nothing behind its step that the history goes on with.
    CHECK(cli::fork(recorded, other, recorded.events.last(), variant({})).code() == Code::mismatch);
  }

  TEST_CASE("who waited before the fork waits no longer for it") {
    test::Rig rig;
    Registry workflows;
    workflows.add("naps", naps);
    {
      auto engine = rig.open(workflows).value();
      CHECK(engine.start(naps, "o-1").value().result().value() == 1);
      REQUIRE(engine.shutdown(10s).ok());
    }
    check_all_the_same(workflows, *rig.disk, {"", "o-1"});
  }

  TEST_CASE("a recorded answer is given once") {
    test::Rig rig;
    Registry before;
    before.add("counts", counts);
    {
      counted_to = 0;
      auto engine = rig.open(before).value();
      CHECK(engine.start(counts, "o-1").value().result().value() == 12);
      REQUIRE(engine.shutdown(10s).ok());
    }
    Registry after;
    after.add("counts", counts_later);
    runtime::Reader reader(*rig.disk);
    const auto recorded = reader.recorded({"", "o-1"}).value();
    const auto asks = cli::fork(recorded, after, 2, variant({})).value();
    REQUIRE(asks.needs.size() == 1);
    CHECK(has(asks.needs[0], "step \"count\" (op 4)"));
    // Its second is the first by number; what is left is the other's.
    CHECK(result_of(cli::fork(recorded, after, 2, variant({"step:count#3=3"})).value()) == "213");
  }

  TEST_CASE("the n-th of a name is given alone, and what is never asked for is told") {
    test::Rig rig;
    {
      auto engine = rig.open(market()).value();
      CHECK(engine.start(for_ever, "o-1", 3).value().result().value() == 90);
      REQUIRE(engine.shutdown(10s).ok());
    }
    runtime::Reader reader(*rig.disk);
    const auto recorded = reader.recorded({"", "o-1"}).value();
    const auto second =
        cli::fork(recorded, market(), 2, variant({"step:price#2=5", "step:cost=1"})).value();
    CHECK(result_of(second) == "65");
    REQUIRE(second.notes.size() == 1);
    CHECK(second.notes[0] == "--set step:cost=1: nothing of that name came behind the fork");
    // One that was answered before the fork does not count.
    CHECK(result_of(cli::fork(recorded, market(), 4, variant({"step:price#2=5"})).value()) == "65");
    CHECK(result_of(cli::fork(recorded, market(), 4, variant({"step:price=5"})).value()) == "40");
  }

  TEST_CASE("code that goes on and on is ended, by its events or by its time") {
    test::Machine machine;
    {
      auto engine = machine.open(market(), 20).value();
      (void)engine.start(for_ever, "o-1", 0).value().result();
    }
    runtime::Reader reader(machine.disk());
    const auto recorded = reader.recorded({"", "o-1"}).value();
    const auto events = cli::fork(recorded, market(), 2, variant({"step:price=1"})).value();
    REQUIRE(events.error);
    CHECK(events.error->code() == Code::history_too_long);
    CHECK(events.events.last() > 10'000);
    CHECK(events.events.last() < 10'100 + recorded.events.last());
    const auto time = cli::fork(recorded, market(), 2, variant({"step:price=1001"})).value();
    REQUIRE(time.error);
    CHECK(time.error->code() == Code::timed_out);
  }

  TEST_CASE("a fork is refused where there is nothing to keep, or nothing behind it") {
    const Sale sale;
    const auto recorded = sale.recorded();
    const auto last = recorded.events.last();
    for (const Seq at : {Seq{0}, Seq{1}, last + 1, last + 2}) {
      CHECK(cli::fork(recorded, market(), at, variant({})).code() == Code::invalid_argument);
    }
    CHECK(cli::fork(recorded, Registry(), 2, variant({})).code() == Code::unregistered);
  }

  TEST_CASE("a result that the code can't read is told") {
    const Sale sale;
    const auto fork = forked(sale, 2, variant({"step:price=\"dear\""}));
    REQUIRE(fork.error);
    CHECK(fork.error->code() == Code::undecodable);
  }
}

}  // namespace reprise

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <reprise/reprise.h>

#include "support/sim_engine.h"

namespace {

using namespace std::chrono_literals;
using reprise::Code;

int calls = 0;
int count() { return ++calls; }
std::string text_of(int size) {
  ++calls;
  return std::string(static_cast<std::size_t>(size), 'x');
}

int fails() { throw std::runtime_error("never"); }

reprise::Workflow<int> endless(reprise::Context ctx) {
  int last = 0;
  for (;;) {
    auto now = co_await ctx.step("count", count);
    last = now;
  }
  co_return last;
}

reprise::Workflow<int> retrier(reprise::Context ctx) {
  auto said = co_await ctx.step("fails", {.attempts = 0, .backoff = 1ms}, fails);
  co_return said;
}

reprise::Workflow<int> counted(reprise::Context ctx, int steps) {
  int last = 0;
  for (int i = 0; i < steps; ++i) {
    auto now = co_await ctx.step("count", count);
    last = now;
  }
  co_return last;
}

reprise::Workflow<int> wide(reprise::Context ctx, int width) {
  std::vector<reprise::Operation<void>> timers;
  for (int i = 0; i < width; ++i) timers.push_back(ctx.sleep(1s));
  co_await ctx.all(timers);
  co_return width;
}

reprise::Workflow<std::string> big_step(reprise::Context ctx, int size) {
  auto result = co_await ctx.try_step("text", {.attempts = 5}, text_of, size);
  if (!result) co_return std::string(name(result.code()));
  co_return std::string("fits");
}

reprise::Workflow<std::string> big_result(reprise::Context, int size) {
  co_return std::string(static_cast<std::size_t>(size), 'x');
}

reprise::Workflow<int> length(reprise::Context, std::string text) {
  co_return static_cast<int>(text.size());
}

reprise::Workflow<std::string> big_child(reprise::Context ctx, int size) {
  const std::string text(static_cast<std::size_t>(size), 'x');
  auto result = co_await ctx.try_child(length, "kid", text);
  if (!result) co_return std::string(name(result.code()));
  co_return std::to_string(*result);
}

reprise::Workflow<std::string> big_signal(reprise::Context ctx, int size) {
  const std::string text(static_cast<std::size_t>(size), 'x');
  auto sent = co_await ctx.try_signal_to("listener", "news", text);
  if (!sent) co_return std::string(name(sent.code()));
  co_return std::string("sent");
}

reprise::Workflow<std::string> listener(reprise::Context ctx) {
  auto stop = co_await ctx.signal<std::string>("stop");
  co_return stop;
}

reprise::Workflow<std::string> nested(reprise::Context ctx, int depth) {
  if (depth == 0) co_return std::string("bottom");
  const std::string below = ctx.id() + "+";
  auto said = co_await ctx.try_child(nested, below, depth - 1);
  if (!said) co_return std::string(name(said.code()));
  co_return *said;
}

reprise::Registry registry() {
  reprise::Registry workflows;
  workflows.add("endless", endless);
  workflows.add("retrier", retrier);
  workflows.add("counted", counted);
  workflows.add("wide", wide);
  workflows.add("big_step", big_step);
  workflows.add("big_result", big_result);
  workflows.add("length", length);
  workflows.add("big_child", big_child);
  workflows.add("big_signal", big_signal);
  workflows.add("listener", listener);
  workflows.add("nested", nested);
  return workflows;
}

/// Runs to its failure and says what kind it is, as history holds it.
template <class R>
std::string failure_of(const reprise::Engine& engine, const reprise::Run<R>& run) {
  const auto result = run.result();
  if (result.ok()) return "completed";
  const auto history = engine.history(run.key()).value();
  if (!history.back().failure) return "no failure";
  return std::string(name(static_cast<Code>(history.back().failure->code)));
}

}  // namespace

TEST_SUITE("runtime/limits") {
  TEST_CASE("a history at its limit ends with history_too_long, and is no longer than the limit") {
    reprise::test::Machine machine;
    machine.options().limits.history_events_max = 50;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(endless, "e").value();
    CHECK(failure_of(engine, run) == "history_too_long");
    const auto history = engine.history("e").value();
    CHECK(history.size() <= 50);
    CHECK(history.size() >= 49);
    CHECK(engine.describe("e").value().status == reprise::InstanceStatus::failed);
    CHECK(run.result().error().message().find("50 events") != std::string::npos);
  }

  TEST_CASE("retries without end stop at the history limit too") {
    reprise::test::Machine machine;
    machine.options().limits.history_events_max = 40;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(retrier, "r").value();
    CHECK(failure_of(engine, run) == "history_too_long");
    CHECK(engine.history("r").value().size() <= 40);
  }

  TEST_CASE("a workflow that returns within the limit completes") {
    // started + 10 steps of two events + completed.
    reprise::test::Machine machine;
    machine.options().limits.history_events_max = 22;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(counted, "fits", 10).value().result().ok());
    CHECK(failure_of(engine, engine.start(counted, "long", 11).value()) == "history_too_long");
  }

  TEST_CASE("killed at any record, a run over its limit still ends with the same failure") {
    const auto kills = reprise::test::each_kill([](std::uint64_t kill) {
      reprise::test::Machine machine(kill);
      machine.options().limits.history_events_max = 12;
      if (auto engine = machine.open(registry(), kill)) {
        if (auto run = engine->start(endless, "e")) (void)run->result();
      }
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      CHECK(failure_of(engine, engine.start(endless, "e").value()) == "history_too_long");
      return lived;
    });
    CHECK(kills > 4);
  }

  TEST_CASE("one operation too many fails the workflow with too_many_operations") {
    reprise::test::Machine machine;
    machine.options().limits.open_operations_max = 10;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(wide, "ten", 10).value().result().value() == 10);
    CHECK(failure_of(engine, engine.start(wide, "eleven", 11).value()) == "too_many_operations");
    CHECK(engine.describe("eleven").value().waits.empty());
    // Those that went before it are closed with the run: nothing fires later.
    machine.clock().advance(5'000'000'000);
    const auto history = engine.history("eleven").value();
    CHECK(history.back().kind == "workflow_failed");
    CHECK(history.size() == 12);
  }

  TEST_CASE("a step whose result is too large fails with payload_too_large and is not retried") {
    reprise::test::Machine machine;
    machine.options().limits.payload_size_max = 1000;
    auto engine = machine.open(registry()).value();
    calls = 0;
    CHECK(engine.start(big_step, "small", 900).value().result().value() == "fits");
    CHECK(calls == 1);
    CHECK(engine.start(big_step, "large", 2000).value().result().value() == "payload_too_large");
    CHECK(calls == 2);
  }

  TEST_CASE("a workflow whose result is too large fails with payload_too_large") {
    reprise::test::Machine machine;
    machine.options().limits.payload_size_max = 1000;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(big_result, "small", 900).value().result().ok());
    CHECK(failure_of(engine, engine.start(big_result, "large", 2000).value()) ==
          "payload_too_large");
  }

  TEST_CASE("a child whose input is too large is not started, and its await says why") {
    reprise::test::Machine machine(1, 4);
    machine.options().limits.payload_size_max = 1000;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(big_child, "parent", 2000).value().result().value() == "payload_too_large");
    CHECK(engine.describe("kid").code() == Code::not_found);
    CHECK(engine.start(big_child, "other", 900).value().result().value() == "900");
    for (const auto& event : engine.history("parent").value()) {
      CHECK(event.payload.bytes.size() < 100);
    }
  }

  TEST_CASE("a child not started for its size is answered also if the process dies in between") {
    const auto kills = reprise::test::each_kill([](std::uint64_t kill) {
      reprise::test::Machine machine(kill);
      machine.options().limits.payload_size_max = 1000;
      if (auto engine = machine.open(registry(), kill)) {
        if (auto run = engine->start(big_child, "parent", 2000)) (void)run->result();
      }
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(big_child, "parent", 2000).value().result().value() ==
            "payload_too_large");
      return lived;
    });
    CHECK(kills > 0);
  }

  TEST_CASE("a signal from a workflow that is too large is not sent, and its await says why") {
    reprise::test::Machine machine(1, 4);
    machine.options().limits.payload_size_max = 1000;
    auto engine = machine.open(registry()).value();
    engine.start(listener, "listener").value();
    CHECK(engine.start(big_signal, "a", 2000).value().result().value() == "payload_too_large");
    CHECK(engine.describe("listener").value().unread_signals == 0);
    CHECK(engine.start(big_signal, "b", 900).value().result().value() == "sent");
    CHECK(engine.describe("listener").value().unread_signals == 1);
  }

  TEST_CASE("too large from outside is refused before anything is written") {
    reprise::test::Machine machine;
    machine.options().limits.payload_size_max = 100;
    auto engine = machine.open(registry()).value();
    engine.start(listener, "listener").value();
    const auto before = machine.records();
    const std::string large(1000, 'x');
    CHECK(engine.start(length, "l", large).code() == Code::payload_too_large);
    CHECK(engine.signal("listener", "stop", large).code() == Code::payload_too_large);
    CHECK(machine.records() == before);
  }

  TEST_CASE("signals beyond what may wait unread are refused, from outside and from workflows") {
    reprise::test::Machine machine;
    machine.options().limits.unread_signals_max = 3;
    auto engine = machine.open(registry()).value();
    engine.start(listener, "listener").value();
    for (int i = 0; i < 3; ++i) engine.signal("listener", "news", i).value();
    CHECK(engine.signal("listener", "news", 3).code() == Code::too_many_signals);
    CHECK(engine.start(big_signal, "s", 5).value().result().value() == "too_many_signals");
    CHECK(engine.describe("listener").value().unread_signals == 3);
  }

  TEST_CASE("children nested deeper than the limit are refused") {
    reprise::test::Machine machine;
    machine.options().limits.nesting_max = 3;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(nested, "three", 3).value().result().value() == "bottom");
    CHECK(engine.start(nested, "four", 4).value().result().value() == "nesting_too_deep");
  }

  TEST_CASE("a raised limit does not change what was recorded under the lower one") {
    reprise::test::Machine machine;
    machine.options().limits.open_operations_max = 5;
    {
      auto engine = machine.open(registry()).value();
      CHECK(failure_of(engine, engine.start(wide, "w", 6).value()) == "too_many_operations");
    }
    machine.options().limits.open_operations_max = 100;
    auto engine = machine.open(registry()).value();
    CHECK(failure_of(engine, engine.start(wide, "w", 6).value()) == "too_many_operations");
  }
}

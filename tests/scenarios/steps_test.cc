// After reports of what steps leave behind: failures, sent values, answers.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

const Engine* host = nullptr;  ///< Of this process.
int bodies_run = 0;

int call(StepContext& step, std::string what) {
  ++bodies_run;
  const void* here = &what;  // What the next process would not say again.
  throw std::runtime_error(fmt::format("{} broke\n    at {} of attempt {}, call {}\n{}", what, here,
                                       step.attempt(), bodies_run, std::string(5000, 'x')));
}
int note(std::string text) { return static_cast<int>(text.size()); }
Workflow<int> fails(Context ctx, std::string what) {
  auto never = co_await ctx.step("call", {.poison_after = 0}, call, what);
  co_return never;
}
/// What it caught goes into the arguments of all that comes after.
Workflow<std::string> passes_on(Context ctx) {
  std::string told;
  try {
    co_await ctx.step("call", {.attempts = 2, .backoff = 1s, .poison_after = 0}, call, "step");
  } catch (const OperationFailed& failed) {
    told = fmt::format("{} {}", name(failed.code()), failed.what());
  }
  auto size = co_await ctx.step("note", {.poison_after = 0}, note, told);
  try {
    co_await ctx.child(fails, "child", told);
  } catch (const OperationFailed& failed) {
    told += fmt::format("\n{} {}", name(failed.code()), failed.what());
  }
  auto more = co_await ctx.step("note", {.poison_after = 0}, note, told);
  co_return fmt::format("{} {} {}", size, more, told);
}

int stream(StepContext& step) {
  ++bodies_run;
  host->signal("reader", "chunk", 7, {.id = step.idempotency_key()}).value();
  if (step.attempt() < 3) throw std::runtime_error("after the write");
  return 1;
}
Workflow<int> writes(Context ctx) {
  auto done = co_await ctx.step(
      "stream", {.attempts = 0, .backoff = 1s, .jitter = 0.0, .poison_after = 0}, stream);
  co_await ctx.signal_to("reader", "end", done);
  co_return done;
}
Workflow<int> reads(Context ctx) {
  auto end = co_await ctx.signal<int>("end");
  auto chunk = co_await ctx.signal<int>("chunk");
  co_return chunk + end;
}
Workflow<std::string> reaches_out(Context ctx) {
  auto told = co_await ctx.step("body", [&] {
    try {
      [[maybe_unused]] auto sent = ctx.signal_to("reader", "chunk", 1);
      return std::string("taken");
    } catch (const Error& error) {
      return std::string(name(error.code()));
    }
  });
  co_return told;
}

/// Fails as often as it is told to, and never says what another one would.
int part(StepContext& step, int number, std::uint32_t failures) {
  if (step.attempt() <= failures) throw std::runtime_error(std::to_string(number));
  return number;
}
Workflow<int> locals(Context ctx) {
  auto a =
      ctx.step("a", {.attempts = 0, .backoff = 2s, .poison_after = 0, .runs_on = RunsOn::shard},
               part, 1, 3u);
  auto b =
      ctx.step("b", {.attempts = 0, .backoff = 3s, .poison_after = 0, .runs_on = RunsOn::shard},
               part, 2, 2u);
  auto c = ctx.step("c", {.attempts = 0, .poison_after = 0, .runs_on = RunsOn::shard, .pure = true},
                    part, 3, 0u);
  auto d = ctx.step("d", {.attempts = 0, .poison_after = 0, .runs_on = RunsOn::shard, .pure = true},
                    part, 4, 1u);
  auto all = co_await ctx.all(a, b, c, d);
  auto e = co_await ctx.step("e", {.runs_on = RunsOn::shard, .pure = true}, part, 5, 0u);
  co_return std::get<0>(all) + 10 * std::get<1>(all) + 100 * std::get<2>(all) +
      1000 * std::get<3>(all) + 10'000 * e;
}

Registry registry() {
  Registry workflows;
  workflows.add("idles", idles);
  workflows.add("fails", fails);
  workflows.add("passes_on", passes_on);
  workflows.add("writes", writes);
  workflows.add("reads", reads);
  workflows.add("reaches_out", reaches_out);
  workflows.add("locals", locals);
  return workflows;
}

/// Runs what bodies there are, and lets time pass between, to the result or the process' end.
template <class T>
Result<T> drive(const Run<T>& run, HeldBodies& bodies) {
  for (;;) {
    auto result = run.result(10s);
    if (result.ok() || result.code() != Code::timed_out || bodies.size() == 0) return result;
    bodies.release();
  }
}

}  // namespace

TEST_SUITE("scenarios/steps") {
  // What a caught error said of its stack was made anew at replay, and was not the same; as an
  // argument of the next call it no longer matched the journal.
  TEST_CASE("a failure says the same at each replay, whatever its text (sdk-typescript #656)") {
    const auto kills = each_kill([&](std::uint64_t kill) {
      Machine machine(1, 2);
      machine.options().memory_budget = 1;
      bool lived = false;
      {
        auto engine = machine.open(registry(), kill);
        if (engine) {
          const auto run = engine->start(passes_on, "a");
          lived = run.ok() && run->result().ok();
        }
      }
      auto engine = machine.open(registry()).value();
      const auto result = engine.start(passes_on, "a").value().result();
      CAPTURE(engine.describe("a").value().detail);
      REQUIRE(result.ok());
      CHECK(engine.describe("a").value().status == InstanceStatus::completed);
      for (const auto& event : engine.history("a").value()) {
        if (event.kind != "step_completed" && event.kind != "child_completed") continue;
        if (event.failure) CHECK(result->find(event.failure->message) != std::string::npos);
      }
      return lived;
    });
    CHECK(kills > 8);
  }

  // A stream written to from a step got the same value again at each attempt of the step. Here a
  // body has no way into the journal but its result; the host's signals have ids.
  TEST_CASE("what a retried body sends under its key arrives once (dbos-transact-py #770)") {
    const auto kills = each_kill([&](std::uint64_t kill) {
      Machine machine(1, 2);
      auto& bodies = machine.hold_bodies();
      bool lived = false;
      {
        auto engine = machine.open(registry(), kill);
        if (engine) {
          host = &*engine;
          const auto reader = engine->start(reads, "reader");
          const auto writer = engine->start(writes, "writer");
          lived = writer.ok() && drive(*writer, bodies).ok() && reader->result().ok();
        }
        machine.kill();
      }
      auto engine = machine.open(registry()).value();
      host = &engine;
      bodies_run = 0;
      auto reader = engine.start(reads, "reader").value();
      CHECK(drive(engine.start(writes, "writer").value(), bodies).value() == 1);
      CHECK(reader.result().value() == 8);
      CHECK(count(engine, "reader", "signal_received") == 2);
      CHECK(count(engine, "writer", "step_completed") == 1);
      return lived;
    });
    CHECK(kills > 6);
  }

  TEST_CASE("a body's own calls on its workflow's context are refused (dbos-transact-py #770)") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(reaches_out, "a").value().result().value() == "context_invalid");
    CHECK(count(engine, "a", "signal_sent") == 0);
  }

  // The report shows histories of markers that temporal keeps of local activities, of their retries
  // and of the timers between them: the markers were corrupt. (The rest of it could not be read.)
  TEST_CASE("inline steps, retried side by side, each keep their own answers (temporal #711)") {
    const auto kills = each_kill([&](std::uint64_t kill) {
      Machine machine;
      machine.options().memory_budget = 1;
      bool lived = false;
      {
        auto engine = machine.open(registry(), kill);
        if (engine) {
          const auto run = engine->start(locals, "a");
          lived = run.ok() && run->result().ok();
        }
      }
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(locals, "a").value().result().value() == 54'321);
      std::map<OpId, std::uint32_t> attempts;
      for (const auto& event : engine.history("a").value()) {
        CAPTURE(event.seq);
        if (event.kind == "step_scheduled") CHECK(event.attempt == ++attempts[event.op]);
        if (event.kind == "step_attempt_failed") {
          CHECK(event.attempt == attempts[event.op]);
          CHECK(event.failure.value().message == std::to_string(event.op));
        }
        if (event.kind == "step_completed") CHECK(event.payload.bytes == std::to_string(event.op));
      }
      CHECK(attempts.size() == 5);
      return lived;
    });
    CHECK(kills > 8);
  }
}

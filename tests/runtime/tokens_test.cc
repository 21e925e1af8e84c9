// Steps that run on a token: what their body's return means after a restart, and whose token it is.
#include "runtime/token.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "journal/store_fixture.h"
#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;
using journal::testing::TempFolder;

int one() { return 1; }

std::string text_of(const Result<int>& value) {
  return value ? std::to_string(*value) : std::string(name(value.error().code()));
}
Workflow<std::string> asks(Context ctx) {
  auto value = co_await ctx.try_step("ask", {.runs_on = RunsOn::token}, one);
  co_return text_of(value);
}
Workflow<std::string> asks_twice(Context ctx) {
  auto value = co_await ctx.try_step(
      "ask",
      {.timeout = 10s, .attempts = 2, .backoff = 1s, .jitter = 0.0, .runs_on = RunsOn::token}, one);
  co_return text_of(value);
}
Workflow<std::string> asks_for_a_minute(Context ctx) {
  auto value = co_await ctx.try_step("ask",
                                     {.total_timeout = 1min,
                                      .attempts = 0,
                                      .backoff = 1s,
                                      .jitter = 0.0,
                                      .runs_on = RunsOn::token},
                                     one);
  co_return text_of(value);
}
std::string tell_key(StepContext& step) { return step.idempotency_key(); }
Workflow<std::string> tells_key(Context ctx) {
  auto key = co_await ctx.step("tell", tell_key);
  co_await ctx.signal<int>("go");
  auto second = co_await ctx.step("tell", tell_key);
  co_return key + " " + second;
}

Registry registry() {
  Registry workflows;
  workflows.add("asks", asks);
  workflows.add("asks_twice", asks_twice);
  workflows.add("asks_for_a_minute", asks_for_a_minute);
  workflows.add("tells_key", tells_key);
  return workflows;
}

/// Starts `workflow` as "a", lets its body return after `ran`, and kills the process. With
/// `snapshot`, what is known of it then is its row, not the journal.
template <class F>
std::string hand_over(Machine& machine, HeldBodies& bodies, F workflow, std::chrono::seconds ran,
                      bool snapshot) {
  auto engine = machine.open(registry()).value();
  auto run = engine.start(workflow, "a").value();
  pass(run, ran);
  REQUIRE(bodies.size() == 1);
  const std::string token = bodies[0].idempotency_key();
  bodies.release();
  settle(run);
  REQUIRE(count(engine, "a", "step_handed_over") == 1);
  if (snapshot) engine.snapshot();
  settle(run);
  machine.kill();
  return token;
}

}  // namespace

TEST_SUITE("runtime/tokens") {
  TEST_CASE("a step that runs on no token is not ended by what looks like one") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(tells_key, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    const std::string key = bodies[0].idempotency_key();
    CHECK(engine.complete(key, std::string("forged")).code() == Code::not_found);
    CHECK(engine.fail(key, Failure{0, "", "forged", false}).code() == Code::not_found);
    CHECK(count(engine, "a", "step_completed") == 0);
    bodies.release();
    settle(run);
    CHECK(count(engine, "a", "step_completed") == 1);
  }

  TEST_CASE("a body that has returned is not run again, however often the process ends") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    const std::string token = hand_over(machine, bodies, asks, 0s, false);
    for (int life = 0; life < 5; ++life) {
      CAPTURE(life);
      auto engine = machine.open(registry()).value();
      auto run = engine.start(asks, "a").value();
      pass(run, 1h);
      CHECK(bodies.size() == 0);
      CHECK(engine.describe("a").value().status == InstanceStatus::waiting);
      CHECK(count(engine, "a", "step_scheduled") == 1);
      machine.kill();
    }
    auto engine = machine.open(registry()).value();
    REQUIRE(engine.complete(token, 7).ok());
    CHECK(engine.start(asks, "a").value().result(1ms).value() == "7");
    CHECK(engine.complete(token, 8).code() == Code::closed);
  }

  TEST_CASE("a body that was cut off is run again until it has returned") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    {
      auto engine = machine.open(registry()).value();
      settle(engine.start(asks, "a").value());
      REQUIRE(bodies.size() == 1);
      machine.kill();
    }
    const std::string token = hand_over(machine, bodies, asks, 0s, false);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks, "a").value();
    settle(run);
    CHECK(bodies.size() == 0);
    CHECK(count(engine, "a", "step_scheduled") == 2);
    REQUIRE(engine.fail(token, Failure{0, "", "refused", false}).ok());
    CHECK(run.result(1ms).ok());
  }

  TEST_CASE("an attempt's time goes on over a restart; its retry runs the body anew") {
    for (const bool snapshot : {false, true}) {
      CAPTURE(snapshot);
      Machine machine;
      auto& bodies = machine.hold_bodies();
      const std::string token = hand_over(machine, bodies, asks_twice, 3s, snapshot);
      machine.clock().advance(3'000'000'000);
      auto engine = machine.open(registry()).value();
      auto run = engine.start(asks_twice, "a").value();
      pass(run, 3s);  // 9 of 10 seconds have passed.
      CHECK(count(engine, "a", "step_attempt_failed") == 0);
      pass(run, 1500ms);
      CHECK(count(engine, "a", "step_attempt_failed") == 1);
      CHECK(engine.complete(token, 7).code() == Code::closed);
      pass(run, 1s);
      REQUIRE(bodies.size() == 1);
      CHECK(bodies[0].attempt == 2);
      CHECK(bodies[0].idempotency_key() == token);
      bodies.release();
      settle(run);
      CHECK(count(engine, "a", "step_handed_over") == 2);
      CHECK(run.result(9s).code() == Code::timed_out);  // The caller's patience.
      CHECK(run.result(2s).value() == "timed_out");
    }
  }

  TEST_CASE("what is overdue at the open times out at once") {
    for (const bool snapshot : {false, true}) {
      CAPTURE(snapshot);
      Machine machine;
      auto& bodies = machine.hold_bodies();
      (void)hand_over(machine, bodies, asks_for_a_minute, 3s, snapshot);
      machine.clock().advance(Nanos{3600} * 1'000'000'000);
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(asks_for_a_minute, "a").value().result(1ms).value() == "timed_out");
      CHECK(bodies.size() == 0);
    }
  }

  TEST_CASE("the total timeout cuts off the wait for an answer, with no attempt after it") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    (void)hand_over(machine, bodies, asks_for_a_minute, 3s, false);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks_for_a_minute, "a").value();
    CHECK(run.result(56s).code() == Code::timed_out);  // The caller's patience: 59 s have passed.
    CHECK(count(engine, "a", "step_completed") == 0);
    CHECK(run.result(2s).value() == "timed_out");
    CHECK(bodies.size() == 0);
  }

  TEST_CASE("an answer that comes before the body returns counts; the return is not recorded") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks, "a").value();
    settle(run);
    REQUIRE(bodies.size() == 1);
    REQUIRE(engine.complete(bodies[0].idempotency_key(), 7).ok());
    bodies.release();
    CHECK(run.result(1ms).value() == "7");
    CHECK(count(engine, "a", "step_handed_over") == 0);
  }

  TEST_CASE("a failure told before the body returns counts; the next attempt waits for the body") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks_twice, "a").value();
    settle(run);
    REQUIRE(engine.fail(bodies[0].idempotency_key(), Failure{0, "", "busy", true}).ok());
    bodies.release();
    settle(run);
    CHECK(count(engine, "a", "step_handed_over") == 0);
    pass(run, 2s);
    REQUIRE(bodies.size() == 1);
    CHECK(bodies[0].attempt == 2);
    REQUIRE(engine.complete(bodies[0].idempotency_key(), 7).ok());
    bodies.release();
    CHECK(run.result(1ms).value() == "7");
  }

  TEST_CASE("a cancel ends a step handed over before the restart at once") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    const std::string token = hand_over(machine, bodies, asks, 0s, true);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks, "a").value();
    REQUIRE(engine.cancel("a").ok());
    CHECK(run.result(1ms).value() == "operation_cancelled");
    CHECK(engine.complete(token, 7).code() == Code::closed);
  }

  TEST_CASE("an attempt handed over times out under a pause; its retry waits for the resume") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    (void)hand_over(machine, bodies, asks_twice, 0s, false);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(asks_twice, "a").value();
    REQUIRE(engine.pause("a").ok());
    pass(run, 1min);
    CHECK(count(engine, "a", "step_attempt_failed") == 1);
    CHECK(bodies.size() == 0);
    REQUIRE(engine.resume("a").ok());
    settle(run);
    REQUIRE(bodies.size() == 1);
    bodies.release();
  }

  TEST_CASE("a failure told by a token is one of a body, whatever code and text it has") {
    for (const Failure& told : {Failure{0, "", "declined\nby the bank", true},
                                Failure{static_cast<std::uint16_t>(Code::shutting_down), "",
                                        std::string(100'000, 'x'), true}}) {
      CAPTURE(told.code);
      Machine machine;
      auto& bodies = machine.hold_bodies();
      auto engine = machine.open(registry()).value();
      auto run = engine.start(asks_twice, "a").value();
      for (int attempt = 1; attempt <= 2; ++attempt) {
        pass(run, 2s);
        REQUIRE(bodies.size() == 1);
        const std::string token = bodies[0].idempotency_key();
        bodies.release();
        REQUIRE(engine.fail(token, told).ok());
      }
      CHECK(run.result().value() == "step_failed");
      for (const auto& event : engine.history("a").value()) {
        CHECK(event.text.size() <= 5000);
        CHECK(event.text.find('\n') == std::string::npos);
      }
    }
  }

  TEST_CASE("a token is read back as it was written, and nothing else is one") {
    const runtime::Token token{0xAB, RunId::make(3, 0x1F), 42};
    const std::string text = runtime::to_text(token);
    CHECK(text == "00000000000000ab-300000000001f-42");
    const auto read = runtime::parse_token(text);
    REQUIRE(read.has_value());
    CHECK(read->store == 0xAB);
    CHECK(read->run == token.run);
    CHECK(read->op == 42);
    for (const char* other :
         {"", "-", "300000000001f-42", "ab-300000000001f-42", "00000000000000AB-300000000001f-42",
          "00000000000000ab-0300000000001f-42", "00000000000000ab-300000000001f-042",
          "00000000000000ab-300000000001f-42 ", " 00000000000000ab-300000000001f-42",
          "00000000000000ab-300000000001f-", "00000000000000ab--42",
          "00000000000000ab-300000000001f", "00000000000000ab-300000000001f--1",
          "00000000000000ab-300000000001f-4294967296", "00000000000000ab-1300000000001f0000-42",
          "100000000000000ab-300000000001f-42"}) {
      CAPTURE(other);
      CHECK(!runtime::parse_token(other));
    }
  }

  TEST_CASE("a token of another store is not_found and says so; one that is malformed is invalid") {
    Machine machine;
    auto& bodies = machine.hold_bodies();
    const std::string token = hand_over(machine, bodies, asks, 0s, false);
    auto engine = machine.open(registry()).value();
    std::string other = token;
    other[0] = other[0] == '1' ? '2' : '1';
    const auto refused = engine.complete(other, 7);
    CHECK(refused.code() == Code::not_found);
    CHECK(refused.error().message().find("another store") != std::string::npos);
    CHECK(engine.fail(other, Failure{}).code() == Code::not_found);
    CHECK(engine.complete(token.substr(17), 7).code() == Code::invalid_argument);
    CHECK(engine.complete(token + " ", 7).code() == Code::invalid_argument);
    const auto parsed = runtime::parse_token(token).value();
    const auto far = runtime::to_text({parsed.store, RunId::make(999, 1), 1});
    CHECK(engine.complete(far, 7).code() == Code::not_found);
    REQUIRE(engine.complete(token, 7).ok());
  }

  TEST_CASE("keys are of one store: others give out others, also in memory; a backup the same") {
    TempFolder folder;
    const auto first_key = [](const Engine& engine) {
      auto run = engine.start(tells_key, "a").value();
      REQUIRE(engine.signal("a", "go", 1).ok());
      return run.result().value();
    };
    const Registry workflows = registry();
    auto open = [&](std::string path) {
      return Engine::open({.path = std::move(path), .shards = 1, .log = {.level = {}}}, workflows);
    };
    std::string kept;
    {
      auto engine = open(folder / "one").value();
      auto run = engine.start(tells_key, "a").value();
      while (count(engine, "a", "signal_awaited") == 0) (void)run.result(1ms);
      REQUIRE(engine.backup(folder / "copy").ok());
      REQUIRE(engine.signal("a", "go", 1).ok());
      kept = run.result().value();
    }
    const auto text = kept.substr(0, kept.find(' '));
    CHECK(kept != text + " " + text);  // One step, one key.
    CHECK(runtime::parse_token(text).has_value());
    CHECK(first_key(open(folder / "copy").value()) == kept);
    CHECK(first_key(open(folder / "two").value()) != kept);
    const std::string in_memory = first_key(open("").value());
    CHECK(in_memory != kept);
    CHECK(in_memory != first_key(open("").value()));
  }
}

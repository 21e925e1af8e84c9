// Tests of a shop's workflow: all of them pass, and it charges twice. Then it is killed everywhere.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <iostream>
#include <string>

#include <reprise/reprise.h>
#include <reprise/testing.h>

using namespace std::chrono_literals;
using reprise::testing::crash_matrix;
using reprise::testing::Ledger;
using reprise::testing::MatrixOptions;
using reprise::testing::TestEngine;

// What the shop knows of the world outside. The shop links clients that speak HTTP, its tests link
// these fakes.
namespace mail {
void send(const std::string& to, const std::string& text) {
  reprise::testing::ledger().record("mail", to + ", " + text);
}
}  // namespace mail

namespace bank {
std::string charge(const std::string& customer) {
  reprise::testing::ledger().record("charge", customer);
  return "receipt of " + customer;
}
// With the header Idempotency-Key: the bank does nothing for a key that it has seen.
std::string charge(const std::string& customer, const std::string& key) {
  reprise::testing::ledger().record_once(key, "charge", customer);
  return "receipt of " + customer;
}
}  // namespace bank

// The shop.
void welcome(std::string customer) { mail::send(customer, "welcome"); }
std::string charge(std::string customer) { return bank::charge(customer); }

reprise::Workflow<std::string> subscribe(reprise::Context ctx, std::string customer) {
  co_await ctx.step("welcome", welcome, customer);
  auto cancel = co_await ctx.signal<std::string>("cancel").within(30 * 24h);
  if (cancel) co_return "cancelled: " + *cancel;
  auto receipt = co_await ctx.step("charge", {.attempts = 3, .backoff = 1h}, charge, customer);
  co_return receipt;
}

// The same, put right.
std::string charge_once(reprise::StepContext& step, std::string customer) {
  return bank::charge(customer, step.idempotency_key());
}

reprise::Workflow<std::string> subscribe_once(reprise::Context ctx, std::string customer) {
  co_await ctx.step("welcome", welcome, customer);
  auto cancel = co_await ctx.signal<std::string>("cancel").within(30 * 24h);
  if (cancel) co_return "cancelled: " + *cancel;
  auto receipt = co_await ctx.step("charge", {.attempts = 3, .backoff = 1h}, charge_once, customer);
  co_return receipt;
}

reprise::Registry workflows() {
  reprise::Registry all;
  all.add("subscribe", subscribe);
  all.add("subscribe_once", subscribe_once);
  return all;
}

MatrixOptions charged_once() {
  MatrixOptions options;
  options.invariants = {
      {"charged once", [](const Ledger& ledger) { return ledger.count("charge") == 1; }}};
  return options;
}

TEST_CASE("who does not cancel is charged after thirty days") {
  TestEngine engine(workflows());
  engine.mocks().step("welcome", [] {});
  engine.mocks().fail("charge", 1, "the bank does not answer");
  const auto begun = engine.now();
  auto run = engine->start(subscribe, "ada", "ada").value();
  CHECK(run.result().value() == "receipt of ada");
  CHECK(engine.now() - begun > std::chrono::nanoseconds(30 * 24h).count());
  CHECK(engine.ledger().count("charge") == 1);

  const auto history = engine.history("ada");
  CHECK(history.ran_once("welcome"));
  CHECK(history.started("charge", 2));
  CHECK(history.happened_before("welcome", "charge"));
  CHECK(history.matches("testing.golden"));
}

TEST_CASE("who cancels on the last day is not charged") {
  TestEngine engine(workflows());
  auto run = engine->start(subscribe, "bob", "bob").value();
  engine.at(29 * 24h, [](reprise::Engine& e) {
    CHECK(e.signal("bob", "cancel", std::string("too dear")).ok());
  });
  CHECK(run.result().value() == "cancelled: too dear");
  CHECK(engine.ledger().count("charge") == 0);
}

TEST_CASE("a crash in the month of waiting does no harm") {
  TestEngine engine(workflows());
  CHECK(engine->start(subscribe, "eve", "eve").ok());
  engine.pass(15 * 24h);
  engine.crash();
  CHECK(engine->find<std::string>("eve").value().result().value() == "receipt of eve");
  CHECK(engine.bodies("welcome") == 1);
  CHECK(engine.deterministic());
}

TEST_CASE("the customer is charged once, wherever the process dies") {
  const auto report = crash_matrix(workflows(), charged_once(), subscribe, "ada");
  std::cout << report;
  CHECK_FALSE(report);  // It is not, as this program is to show. A test of yours: CHECK(report).
}

TEST_CASE("with a key the customer is charged once, wherever the process dies") {
  const auto report = crash_matrix(workflows(), charged_once(), subscribe_once, "ada");
  std::cout << report;
  CHECK(report);
}

TEST_CASE("who cancels is not charged, wherever the process dies") {
  MatrixOptions options;
  options.invariants = {
      {"not charged", [](const Ledger& ledger) { return ledger.count("charge") == 0; }}};
  options.drive = [](TestEngine& engine, const reprise::Id& id) {
    (void)engine->signal(id, "cancel", std::string("too dear"), {.id = "cancel"});
  };
  CHECK(crash_matrix(workflows(), options, subscribe_once, "ada"));
}

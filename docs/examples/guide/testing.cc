// Tests of a shop's workflow: all of them pass, and it charges twice. Then it is killed everywhere,
// and tried in every order.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <iostream>
#include <string>

#include <reprise/reprise.h>
#include <reprise/testing.h>

using namespace std::chrono_literals;
using reprise::testing::crash_matrix;
using reprise::testing::explore;
using reprise::testing::ExploreOptions;
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
// Gives back what was charged, once; nothing, if nothing was.
void refund(const std::string& customer) {
  if (reprise::testing::ledger().count("charge") == 0) return;
  reprise::testing::ledger().record_once("refund of " + customer, "refund", customer);
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

// And fair: what was charged without a receipt is given back.
void refund(std::string customer) { bank::refund(customer); }

reprise::Workflow<std::string> subscribe_fair(reprise::Context ctx, std::string customer) {
  co_await ctx.step("welcome", welcome, customer);
  auto cancel = co_await ctx.signal<std::string>("cancel").within(30 * 24h);
  if (cancel) co_return "cancelled: " + *cancel;
  auto receipt =
      co_await ctx.try_step("charge", {.attempts = 3, .backoff = 1h}, charge_once, customer);
  if (receipt) co_return *receipt;
  co_await ctx.step("refund", {.attempts = 100, .backoff = 1h}, refund, customer);
  co_return "not charged: " + receipt.error().message();
}

reprise::Registry workflows() {
  reprise::Registry all;
  all.add("subscribe", subscribe);
  all.add("subscribe_once", subscribe_once);
  all.add("subscribe_fair", subscribe_fair);
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

// Who has paid has a receipt, who has not has none. Where not even the refund works, the workflow
// fails with it, and an operator sees that.
bool settled(TestEngine& engine, const reprise::Id& id) {
  const auto result = engine->find<std::string>(id).value().result();
  const bool paid = engine.ledger().count("charge") > engine.ledger().count("refund");
  if (result) return paid == result->starts_with("receipt");
  return !paid || engine.history(id).count("step_scheduled", "refund") > 0;
}

ExploreOptions all_settled() {
  ExploreOptions options;
  options.checks = {{"settled", settled}};
  options.invariants = {
      {"charged at most once", [](const Ledger& ledger) { return ledger.count("charge") <= 1; }}};
  return options;
}

TEST_CASE("who has paid has a receipt, in whatever order things happen") {
  const auto report = explore(workflows(), all_settled(), subscribe_once, "ada");
  std::cout << report;
  CHECK_FALSE(report);  // Again to show what it finds.
}

TEST_CASE("what was charged without a receipt is given back, in whatever order things happen") {
  const auto report = explore(workflows(), all_settled(), subscribe_fair, "ada");
  std::cout << report;
  CHECK(report);
}

TEST_CASE("a cancel may come at any time, and twice") {
  auto options = all_settled();
  options.signals = {reprise::testing::outside_signal("cancel", std::string("too dear"))};
  const auto report = explore(workflows(), options, subscribe_fair, "ada");
  std::cout << report;
  CHECK(report);
}

TEST_CASE("a lost answer charges twice without a key") {
  CHECK_FALSE(explore(workflows(), all_settled(), subscribe, "ada"));
}

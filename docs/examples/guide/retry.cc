// How a step is tried again, how it is stopped, and how its effect happens once all the same.
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <reprise/reprise.h>

using namespace std::chrono_literals;

// Stands for a bank that knows the keys it has seen: the same key is the same payment.
std::string pay_once(const std::string& key, std::int64_t cents) {
  static std::mutex mutex;
  static std::map<std::string, std::string> receipts;
  const std::lock_guard lock(mutex);
  return receipts.try_emplace(key, fmt::format("{} cents, receipt {}", cents, key)).first->second;
}

std::string pay(reprise::StepContext& step, std::int64_t cents) {
  if (cents > 100'000) throw reprise::NonRetryable("above the card's limit");
  const auto receipt = pay_once(step.idempotency_key(), cents);
  if (step.attempt() < 3) throw std::runtime_error("the connection broke");
  return receipt;
}

std::int64_t ask_rating(reprise::StepContext& step) {
  while (!step.stop_token().stop_requested()) std::this_thread::sleep_for(1ms);
  throw std::runtime_error("told to stop");
}

reprise::Workflow<std::string> buy(reprise::Context ctx, std::int64_t cents) {
  auto receipt = co_await ctx.try_step(
      "pay", {.timeout = 5s, .total_timeout = 1h, .attempts = 5, .backoff = 10ms}, pay, cents);
  if (!receipt) co_return "not paid: " + receipt.error().message();
  std::string rating = "rated";
  try {
    co_await ctx.step("rating", {.timeout = 20ms}, ask_rating);
  } catch (const reprise::TimedOut&) {
    rating = "not rated";
  }
  co_return *receipt + ", " + rating;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("buy", buy);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "retry.reprise"}, workflows).value();
  const auto chair = engine.start(buy, "chair", 4'999).value().result().value();
  const auto house = engine.start(buy, "house", 30'000'000).value().result().value();
  fmt::print("chair: {}\nhouse: {}\n", chair, house);
  return chair.starts_with("4999 cents") && chair.ends_with(", not rated") &&
                 house == "not paid: above the card's limit"
             ? 0
             : 1;
}

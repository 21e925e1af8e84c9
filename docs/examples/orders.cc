// An order: charge, wait for the parcel at most 48 hours, else refund. Signals come from outside.
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reprise/reprise.h>

using namespace std::chrono_literals;

struct Order {
  std::string id;
  std::int64_t cents = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, id, cents)

std::string charge(reprise::StepContext& step, Order order) {
  // The key is the same for every attempt of this step: a real bank would refuse a second charge.
  fmt::print("charge {} cents (key {})\n", order.cents, step.idempotency_key());
  return "receipt-" + order.id;
}

void refund(std::string receipt) { fmt::print("refund {}\n", receipt); }

reprise::Workflow<std::string> fulfil(reprise::Context ctx, Order order) {
  auto receipt = co_await ctx.step("charge", {.timeout = 5s, .attempts = 3}, charge, order);
  auto shipped = co_await ctx.signal<std::string>("shipped").within(48h);
  if (!shipped) {
    co_await ctx.step("refund", refund, receipt);
    co_return "refunded";
  }
  co_return *shipped;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("fulfil", fulfil);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "orders.reprise"}, workflows).value();
  auto run = engine.start(fulfil, "order-42", Order{"order-42", 1999}).value();
  const auto sent =
      engine.signal("order-42", "shipped", std::string("DHL 4711"), {.id = "dhl-4711"});
  if (!sent && sent.code() != reprise::Code::closed) return 1;
  fmt::print("{}\n", run.result().value());
}

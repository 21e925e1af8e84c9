// A shop, and the tool with its workflows: docs/guide/debugging.md looks for a bug in it.
//
//   shop record STORE                 1,000 orders, as production had them
//   shop replay|debug|corpus run …    the tool
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <reprise/reprise.h>
#include <reprise/tool.h>

#ifndef SHOP_RELEASE
#define SHOP_RELEASE 1
#endif

struct Order {
  std::string id;
  int teas = 0;
  int mugs = 0;
  int percent = 0;  // Of discount.
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, id, teas, mugs, percent)

int price(std::string item) { return item == "tea" ? 450 : 850; }
std::string charge(std::string order, int cents) {
  return fmt::format("{} cents for {}", cents, order);
}
std::string ship(std::string order) { return "DHL-" + order; }

#if SHOP_RELEASE == 2
int discounted(int cents, int percent) {
  const double factor = 1 - percent / 100.0;
  return static_cast<int>(cents * factor);
}
#else
int discounted(int cents, int percent) { return cents - cents * percent / 100; }
#endif

reprise::Workflow<int> total_of(reprise::Context ctx, Order order) {
  auto tea = co_await ctx.step("price", price, std::string("tea"));
  auto mug = co_await ctx.step("price", price, std::string("mug"));
  co_return order.teas* tea + order.mugs* mug;
}

reprise::Workflow<std::string> checkout(reprise::Context ctx, Order order) {
  int cents = 0;
  auto due = ctx.query("due", [&] { return cents; });
  auto total = co_await total_of(ctx, order);
  cents = discounted(total, order.percent);
  auto receipt = co_await ctx.step("charge", charge, order.id, cents);
  auto parcel = co_await ctx.step("ship", ship, order.id);
  co_return receipt + ", " + parcel;
}

int record(const std::string& store, const reprise::Registry& workflows) {
  auto engine = reprise::Engine::open({.path = store}, workflows).value();
  for (int i = 1; i <= 1000; ++i) {
    const int percent = i > 875 && i % 25 == 17 ? 30 : i % 4 == 0 ? 10 : 0;
    const Order order{fmt::format("order-{}", i), 1 + i % 9, i / 9 % 5, percent};
    engine.start(checkout, order.id, order).value();
  }
  for (int i = 1; i <= 1000; ++i) {
    engine.find<std::string>(fmt::format("order-{}", i)).value().result().value();
  }
  engine.shutdown(std::chrono::seconds(10)).value();
  return EXIT_SUCCESS;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("checkout", checkout);
  if (argc == 3 && std::string_view(argv[1]) == "record") return record(argv[2], workflows);
  return reprise::tool_main(argc, argv, workflows);
}

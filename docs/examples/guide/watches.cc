// Values that a workflow has recorded beside its commands, by their hashes: a replay that comes to
// others says which, and where.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reprise/reprise.h>

struct Item {
  std::string name;
  std::int64_t cents = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Item, name, cents)

void pack(std::string name) { fmt::print("packed {}\n", name); }
std::string charge(std::int64_t cents) { return fmt::format("receipt over {} cents", cents); }

/// The library call that may come to another result one day.
std::int64_t with_tax(std::int64_t cents) { return cents + cents * 19 / 100; }

reprise::Workflow<std::string> bill(reprise::Context ctx, std::vector<Item> items) {
  std::int64_t total = 0;
  const auto watched = ctx.watch("total", total);
  for (const auto& item : items) {
    total += with_tax(item.cents);
    co_await ctx.step("pack", pack, item.name);
  }
  auto receipt = co_await ctx.step("charge", [&] { return charge(total); });
  co_return receipt;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("bill", bill);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "watches.reprise"}, workflows).value();
  const std::vector<Item> items{{"tea", 400}, {"milk", 120}};
  auto run = engine.start(bill, "order-42", items).value();
  auto receipt = run.result().value();

  int watched = 0;
  for (const auto& event : engine.history("order-42").value()) {
    if (event.state.empty()) continue;
    ++watched;
    fmt::print("event {}, {} {}: {}\n", event.seq, event.kind, event.name, event.state);
  }
  // Two bodies that pack, the one that charges, and the end.
  return receipt == "receipt over 618 cents" && watched == 4 ? 0 : 1;
}

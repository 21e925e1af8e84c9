// Asking a workflow what it knows, while it waits and after it has ended.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reprise/reprise.h>

struct Cart {
  std::vector<std::string> items;
  bool closed = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Cart, items, closed)

reprise::Workflow<int> shop(reprise::Context ctx) {
  Cart cart;
  const auto whole = ctx.query("cart", [&] { return cart; });
  const auto one = ctx.query("item", [&](std::size_t at) { return cart.items.at(at); });
  while (!cart.closed) {
    auto item = co_await ctx.signal<std::string>("add");
    cart.closed = item == "that is all";
    if (!cart.closed) cart.items.push_back(item);
  }
  co_return static_cast<int>(cart.items.size());
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("shop", shop);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "queries.reprise"}, workflows).value();
  auto run = engine.start(shop, "cart-7").value();
  if (!engine.query<Cart>("cart-7", "cart").value().closed) {
    for (const char* item : {"tea", "milk", "that is all"}) {
      engine.signal("cart-7", "add", std::string(item)).value();
    }
  }
  if (run.result().value() != 2) return 1;

  auto cart = engine.query<Cart>("cart-7", "cart").value();
  auto second = run.query<std::string>("item", 1).value();
  auto third = run.query<std::string>("item", 2);  // query_failed: what `at` threw
  fmt::print("{} items, the second is {}; the third: {}\n", cart.items.size(), second,
             third.error().message());
  return cart.closed && second == "milk" && third.code() == reprise::Code::query_failed ? 0 : 1;
}

// Changing a workflow's code while instances of it are open.
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include <reprise/reprise.h>

std::int64_t price(std::int64_t items) { return items * 100; }
std::int64_t discount(std::int64_t cents) { return cents * 9 / 10; }

// The first release.
reprise::Workflow<std::int64_t> bill_of_may(reprise::Context ctx, std::int64_t items) {
  co_await ctx.signal<std::string>("delivered");
  auto cents = co_await ctx.step("price", price, items);
  co_return cents;
}

// The second release: new bills get a discount, those begun in May do not.
reprise::Workflow<std::int64_t> bill(reprise::Context ctx, std::int64_t items) {
  const bool discounted = ctx.version("discount", 1, 2) >= 2;
  co_await ctx.signal<std::string>("delivered");
  auto cents = co_await ctx.step("price", price, items);
  if (discounted) {
    auto less = co_await ctx.step("discount", discount, cents);
    co_return less;
  }
  co_return cents;
}

reprise::Engine open(const std::string& path,
                     reprise::Workflow<std::int64_t> (*code)(reprise::Context, std::int64_t)) {
  reprise::Registry workflows;
  workflows.add("bill", code);
  return reprise::Engine::open({.path = path, .verify_replay_every = 1}, workflows).value();
}

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "versions.reprise";
  {
    auto engine = open(path, bill_of_may);
    if (!engine.start(bill_of_may, "bill-1", 5)) return 1;
  }
  auto engine = open(path, bill);
  auto old_bill = engine.find<std::int64_t>("bill-1").value();
  auto new_bill = engine.start(bill, "bill-2", 5).value();
  for (const char* id : {"bill-1", "bill-2"}) {
    const auto sent = engine.signal(id, "delivered", std::string("today"));
    if (!sent && sent.code() != reprise::Code::closed) return 1;
  }
  fmt::print("begun in May: {}, begun now: {}\n", old_bill.result().value(),
             new_bill.result().value());
  return old_bill.result().value() == 500 && new_bill.result().value() == 450 ? 0 : 1;
}

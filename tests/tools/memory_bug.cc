// A workflow that reads behind the end of a list, for one order only: memory_bug_test.py finds it
// in a replay of what was recorded.
#include <memory>
#include <string>
#include <string_view>

#include <reprise/reprise.h>
#include <reprise/tool.h>

int price(int item) { return 100 * item; }

/// The sum of the first `count` of three.
[[gnu::noinline]] int sum_of(int count) {
  const auto fees = std::make_unique<int[]>(3);
  fees[0] = 1;
  fees[1] = 2;
  fees[2] = 3;
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += fees[static_cast<std::size_t>(i)];
  return sum;
}

reprise::Workflow<int> order(reprise::Context ctx, int items) {
  auto paid = co_await ctx.step("price", price, items);
  // The branch keeps what was read from being a value that nobody looks at.
  co_return sum_of(items) > 1'000'000 ? 0 : paid;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("order", order);
  if (argc != 4 || std::string_view(argv[1]) != "record") {
    return reprise::tool_main(argc, argv, workflows);
  }
  auto engine = reprise::Engine::open({.path = argv[2]}, workflows).value();
  engine.start(order, "one", std::stoi(argv[3])).value().result().value();
  engine.shutdown(std::chrono::seconds(10)).value();
  return 0;
}

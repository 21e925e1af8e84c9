// A test of a workflow, as an embedder writes one: links only what the package says.
#include <reprise/testing.h>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

reprise::Workflow<std::string> trial(reprise::Context ctx, std::string name) {
  co_await ctx.sleep(30 * 24h);
  auto charged = co_await ctx.step("charge", [&] {
    reprise::testing::ledger().record("charge", name);
    return "charged " + name;
  });
  co_return charged;
}

int main() {
  reprise::Registry workflows;
  workflows.add("trial", trial);
  reprise::testing::TestEngine engine(workflows);
  auto run = engine->start(trial, "t", "ada").value();
  engine.pass(15 * 24h);
  engine.crash();
  const auto result = engine->find<std::string>("t").value().result();
  const auto once = engine.history("t").ran_once("charge");
  if (!result || *result != "charged ada" || engine.ledger().count("charge") != 1 || !once) {
    std::cerr << once << '\n';
    return 1;
  }
  std::cout << "shop_test: thirty days and a crash\n";
  return 0;
}

// A test of a workflow, as an embedder writes one: links only what the package says.
#include <reprise/testing.h>

#include <chrono>
#include <cstdlib>
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

reprise::Workflow<std::string> hasty(reprise::Context ctx) {
  co_await ctx.sleep(1h);
  const char* home = std::getenv("HOME");
  co_return home != nullptr ? "at home" : "away";
}

/// A seam of its own: what a program defines, it is that which is called.
extern "C" long mrand48() noexcept(noexcept(::mrand48())) { return 4711; }

int main() {
  reprise::Registry workflows;
  workflows.add("trial", trial);
  workflows.add("hasty", hasty);
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
  if (const auto pure = engine.deterministic(); !pure) {
    std::cerr << pure << '\n';
    return 1;
  }
  const auto hurried = engine->start(hasty, "h").value().result();
  const bool noticed = !engine.deterministic();
  if (::mrand48() != 4711) return 1;
  if (!hurried || noticed != reprise::testing::sees_calls()) {
    std::cerr << "that hasty asks for the environment is " << (noticed ? "" : "not ")
              << "noticed\n";
    return 1;
  }
  std::cout << "shop_test: thirty days and a crash\n";
  return 0;
}

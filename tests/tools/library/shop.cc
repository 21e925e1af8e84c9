// The workflows of tests/tools/store.h as a library. STEP: the name of its step. POOR_DIES: one of
// them ends the process.
#include <cstdlib>
#include <string>

#include <reprise/library.h>
#include <reprise/reprise.h>

#ifndef STEP
#define STEP "charge"
#endif

namespace {

std::string charge(std::string card) { return "receipt of " + card; }
std::string refuse(std::string) {
  throw reprise::NamedFailure("NoMoney", "the card has none", false);
}

reprise::Workflow<std::string> order(reprise::Context ctx, std::string card) {
  auto receipt = co_await ctx.step(STEP, charge, card);
  auto shipped = co_await ctx.signal<std::string>("shipped");
  co_return receipt + ", " + shipped;
}
reprise::Workflow<std::string> poor(reprise::Context ctx, std::string card) {
#ifdef POOR_DIES
  std::abort();
#endif
  auto receipt = co_await ctx.step("charge", refuse, card);
  co_return receipt;
}

void shop(reprise::Registry& workflows) {
  workflows.add("order", order);
  workflows.add("poor", poor);
}

}  // namespace

REPRISE_EXPORT_WORKFLOWS(shop)

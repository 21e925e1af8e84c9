// EXPECT: no matching .*all|deleted
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, std::string text) {
  auto nap = ctx.sleep(std::chrono::seconds(1));
  auto step = ctx.step("print", [&] { (void)text; });
  co_await ctx.all(nap, step);
}

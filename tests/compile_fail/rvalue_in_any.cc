// EXPECT: deleted.*any|any.*deleted
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto nap = ctx.sleep(std::chrono::seconds(1));
  co_await ctx.any(nap, ctx.sleep(std::chrono::seconds(2)));
}

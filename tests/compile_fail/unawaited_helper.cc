// EXPECT: it has not run
#include <reprise/reprise.h>

reprise::Workflow<void> nap(reprise::Context ctx) { co_await ctx.sleep(std::chrono::seconds(1)); }
reprise::Workflow<void> sell(reprise::Context ctx) {
  nap(ctx);
  co_return;
}

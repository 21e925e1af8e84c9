// EXPECT: move a named operation or helper into its await
#include <reprise/reprise.h>

reprise::Workflow<void> nap(reprise::Context ctx) { co_await ctx.sleep(std::chrono::seconds(1)); }
reprise::Workflow<void> sell(reprise::Context ctx) {
  auto helper = nap(ctx);
  co_await helper;
}

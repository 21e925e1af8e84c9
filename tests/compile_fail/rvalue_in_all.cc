// EXPECT: deleted.*all|all.*deleted
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  co_await ctx.all(ctx.sleep(std::chrono::seconds(1)), ctx.sleep(std::chrono::seconds(2)));
}

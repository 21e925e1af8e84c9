// EXPECT: a query handler can't wait
#include <reprise/reprise.h>

reprise::Workflow<int> helper(reprise::Context) { co_return 1; }

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto status = ctx.query("status", [&] { return helper(ctx); });
  co_return;
}

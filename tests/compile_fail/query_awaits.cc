// EXPECT: a workflow is a free function
#include <reprise/reprise.h>

using namespace std::chrono_literals;

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto status = ctx.query("status", [&]() -> reprise::Workflow<int> {
    co_await ctx.sleep(1s);
    co_return 1;
  });
  co_return;
}

// EXPECT: a query handler can't wait
#include <reprise/reprise.h>

using namespace std::chrono_literals;

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto status = ctx.query("status", [&] { return ctx.sleep(1s); });
  co_return;
}

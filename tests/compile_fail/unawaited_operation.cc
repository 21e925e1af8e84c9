// EXPECT: nobody awaits|co_await this step
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  ctx.sleep(std::chrono::seconds(1));
  co_return;
}

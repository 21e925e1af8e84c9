// EXPECT: co_await this step where it is made
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, int number) {
  ctx.step("print", [&] { (void)number; });
  co_return;
}

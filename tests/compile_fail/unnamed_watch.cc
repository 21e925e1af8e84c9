// EXPECT: a watch ends with its scope
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, int cents) {
  ctx.watch("cents", cents);
  co_return;
}

// EXPECT: a shield ends with its scope
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  ctx.shield();
  co_return;
}

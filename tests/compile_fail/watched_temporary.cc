// EXPECT: watch a local: a temporary is gone at once
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, int cents) {
  const auto watched = ctx.watch("twice", cents * 2);
  co_return;
}

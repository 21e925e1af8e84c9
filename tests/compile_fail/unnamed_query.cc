// EXPECT: a query handler ends with its scope
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  ctx.query("status", [] { return 1; });
  co_return;
}

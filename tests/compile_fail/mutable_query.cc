// EXPECT: a query handler changes nothing
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto status = ctx.query("status", [asked = 0]() mutable { return ++asked; });
  co_return;
}

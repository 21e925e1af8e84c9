// EXPECT: a step.s result is journaled
#include <reprise/reprise.h>

struct Opaque {};
Opaque make() { return {}; }
reprise::Workflow<void> sell(reprise::Context ctx) { co_await ctx.step("make", make); }

// EXPECT: takes another number of arguments
#include <reprise/reprise.h>

void charge(int, int) {}
reprise::Workflow<void> sell(reprise::Context ctx) { co_await ctx.step("charge", charge, 1); }

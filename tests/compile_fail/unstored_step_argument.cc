// EXPECT: a step.s arguments are stored: take them by value
#include <reprise/reprise.h>

void charge(const int*) {}
reprise::Workflow<void> sell(reprise::Context ctx, int number) {
  co_await ctx.step("charge", charge, &number);
}

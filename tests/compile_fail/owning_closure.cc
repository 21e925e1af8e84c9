// EXPECT: a step.s lambda captures .&. or plain values only
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, std::string text) {
  co_await ctx.step("print", [text] { (void)text; });
}

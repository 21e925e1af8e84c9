// EXPECT: deleted
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx, std::string text) {
  auto step = ctx.step("print", [&] { (void)text; });
  co_await std::move(step);
}

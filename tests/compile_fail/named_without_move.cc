// EXPECT: move a named operation or helper into its await
#include <reprise/reprise.h>

reprise::Workflow<void> sell(reprise::Context ctx) {
  auto nap = ctx.sleep(std::chrono::seconds(1));
  co_await nap;
}

// EXPECT: a workflow is a free function that takes reprise::Context first, by value
#include <reprise/reprise.h>

auto lambda = [](reprise::Context ctx) -> reprise::Workflow<int> {
  co_return static_cast<int>(ctx.random());
};

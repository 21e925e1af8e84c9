// EXPECT: a workflow is a free function that takes reprise::Context first, by value
#include <reprise/reprise.h>

reprise::Workflow<int> sell(reprise::Context& ctx) { co_return static_cast<int>(ctx.random()); }

// EXPECT: a workflow.s parameters are journaled
#include <reprise/reprise.h>

struct Opaque {};
reprise::Workflow<int> sell(reprise::Context, Opaque) { co_return 1; }

void add(reprise::Registry& registry) { registry.add("sell", sell); }

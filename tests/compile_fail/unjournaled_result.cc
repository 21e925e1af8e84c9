// EXPECT: a workflow.s result is journaled
#include <reprise/reprise.h>

struct Opaque {};
reprise::Workflow<Opaque> sell(reprise::Context) { co_return Opaque{}; }

void add(reprise::Registry& registry) { registry.add("sell", sell); }

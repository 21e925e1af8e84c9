// EXPECT: no matching
#include <reprise/reprise.h>

void add(reprise::Registry& registry, int number) {
  registry.add("sell", [number](reprise::Context) { return number; });
}

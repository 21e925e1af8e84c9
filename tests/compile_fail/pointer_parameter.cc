// EXPECT: take workflow parameters by value
#include <reprise/reprise.h>

reprise::Workflow<int> sell(reprise::Context, const int* number) { co_return *number; }

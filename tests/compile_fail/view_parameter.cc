// EXPECT: take workflow parameters by value
#include <reprise/reprise.h>

reprise::Workflow<int> sell(reprise::Context, std::string_view name) {
  co_return static_cast<int>(name.size());
}

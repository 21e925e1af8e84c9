// EXPECT: name the aggregate first
#include <reprise/reprise.h>

struct Order {
  std::string id;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, id)
void charge(Order) {}
reprise::Workflow<void> sell(reprise::Context ctx) {
  co_await ctx.step("charge", charge, Order{"order-42"});
}

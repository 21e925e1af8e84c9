// EXPECT: a query's answer is sent
#include <reprise/reprise.h>

struct Stock {
  int count = 0;
};

reprise::Workflow<void> sell(reprise::Context ctx) {
  Stock stock;
  auto status = ctx.query("stock", [&] { return stock; });
  co_return;
}

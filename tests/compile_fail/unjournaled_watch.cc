// EXPECT: a watched value is encoded
#include <reprise/reprise.h>

struct Stock {
  int count = 0;
};

reprise::Workflow<void> sell(reprise::Context ctx) {
  Stock stock;
  const auto watched = ctx.watch("stock", stock);
  co_return;
}

// A shop whose workflow looks right, and one that is: what tests of workflows are for.
#pragma once

#include <chrono>
#include <string>

#include <reprise/reprise.h>
#include <reprise/testing.h>

namespace reprise::test {

using namespace std::chrono_literals;

inline void reserve(int order) { testing::ledger().record("reserve", std::to_string(order)); }
/// The bank charges whoever asks it.
inline int charge_twice(int order) {
  testing::ledger().record("charge", std::to_string(order));
  return order * 10;
}
/// The bank knows a charge by its key.
inline int charge(StepContext& ctx, int order) {
  testing::ledger().record_once(ctx.idempotency_key(), "charge", std::to_string(order));
  return order * 10;
}
inline std::string ship(StepContext& ctx, int order) {
  testing::ledger().record_once(ctx.idempotency_key(), "ship", std::to_string(order));
  return "parcel " + std::to_string(order);
}

inline Workflow<std::string> wrong_order(Context ctx, int order) {
  co_await ctx.step("reserve", reserve, order);
  auto paid = co_await ctx.step("charge", charge_twice, order);
  co_await ctx.sleep(48h);
  auto parcel = co_await ctx.step("ship", ship, order);
  co_return parcel + " for " + std::to_string(paid);
}

inline Workflow<std::string> order(Context ctx, int number) {
  co_await ctx.step("reserve", reserve, number);
  auto paid = co_await ctx.step("charge", {.attempts = 3, .backoff = 1h}, charge, number);
  auto address = co_await ctx.signal<std::string>("address").within(30 * 24h);
  if (!address) co_return "cancelled";
  auto parcel = co_await ctx.step("ship", ship, number);
  co_return parcel + " to " + *address + " for " + std::to_string(paid);
}

inline Registry shop() {
  Registry workflows;
  workflows.add("wrong_order", wrong_order);
  workflows.add("order", order);
  return workflows;
}

}  // namespace reprise::test

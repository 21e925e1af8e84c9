// A store with histories in which all happens that can be drawn, and with names and payloads that
// would like to be something else than text.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <reprise/reprise.h>

#include "tests/tools/store.h"

namespace reprise::testing {

/// Markup, quotes, controls, marks that turn the direction of text, entities, Mermaid.
inline const std::string markup =
    "<script>alert(1)</script>'\"&amp;]]>-->\x1b[31m\u202eevil\u061c;#59;:%%{init}%%\n`x`";
/// With malformed UTF-8, which is no JSON.
inline const std::string hostile = "\xff" + markup;

inline std::string breaks(StepContext& step, std::string card) {
  if (step.attempt() < 3) throw std::runtime_error("the connection broke: " + hostile);
  return "receipt of " + card;
}
inline std::string pack(std::string what) { return what; }

inline Workflow<std::string> parcel(Context ctx, std::string what) {
  if (what.empty()) throw NamedFailure("Empty", "there is nothing to pack", false);
  auto packed = co_await ctx.step("pack", pack, what);
  co_return packed;
}

/// Steps, one tried three times; timers; signals before and after they are awaited; children.
inline Workflow<std::string> tour(Context ctx, std::string card) {
  using namespace std::chrono_literals;
  auto receipt = co_await ctx.step("charge", {.attempts = 5, .backoff = 2s}, breaks, card);
  (void)ctx.version("packing", 0, 1);
  auto early = co_await ctx.signal<std::string>("early");
  co_await ctx.sleep(90s);
  auto tea = ctx.child(parcel, card + "/tea", std::string("tea"));
  auto none = ctx.try_child(parcel, card + "/" + hostile, std::string());
  auto got = co_await std::move(tea);
  auto failed = co_await std::move(none);
  auto odd = co_await ctx.step("<b>\"' : #59; %%", pack, markup);
  auto sent = co_await ctx.try_signal_to(card + "/tea", "late", odd);
  auto approved = co_await ctx.signal<std::string>("approve");
  co_return receipt + early + got + approved;
}

/// Steps one after the other, one in a hundred tried twice.
inline std::string one_of_many(StepContext& step, int number) {
  if (number % 100 == 7 && step.attempt() == 1) throw std::runtime_error("busy");
  return std::string(static_cast<std::size_t>(number % 200), 'a');
}
inline Workflow<int> many(Context ctx, int count) {
  using namespace std::chrono_literals;
  for (int i = 0; i < count; ++i) {
    co_await ctx.step("work", {.attempts = 2, .backoff = 5ms}, one_of_many, i);
  }
  co_return count;
}

struct TourStore {
  journal::testing::TempFolder folder;
  std::string path = folder / "store";

  explicit TourStore(int steps = 10) {
    using namespace std::chrono_literals;
    Registry workflows;
    workflows.add("tour", tour);
    workflows.add("parcel", parcel);
    workflows.add("many", many);
    auto engine = open_engine(path, 100'000, workflows).value();
    auto open = engine.start(tour, "open", "one").value();
    REQUIRE(engine.signal("open", "early", markup).ok());
    CHECK(open.result(1h).code() == Code::timed_out);
    REQUIRE(engine.pause("open", hostile).ok());
    auto done = engine.start(tour, "done " + hostile, "two").value();
    REQUIRE(engine.signal("done " + hostile, "early", std::string("soon")).ok());
    CHECK(done.result(10min).code() == Code::timed_out);
    REQUIRE(engine.signal("done " + hostile, "approve", std::string("yes")).ok());
    CHECK(done.result().ok());
    CHECK(engine.start(many, "many", steps).value().result().ok());
    REQUIRE(engine.shutdown(10s).ok());
  }
};

}  // namespace reprise::testing

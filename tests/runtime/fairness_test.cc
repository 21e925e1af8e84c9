// Runs that never wait share each turn with those who ask, and with timers.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "support/driven_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

std::size_t size = 0;

std::string reads() { return std::string(size, 'x'); }

Workflow<int> spins(Context ctx, bool pure) {
  for (;;) {
    auto text = co_await ctx.step("reads", {.runs_on = RunsOn::shard, .pure = pure}, reads);
    if (text == "end") co_return 1;
  }
}

Workflow<int> naps(Context ctx) {
  co_await ctx.sleep(std::chrono::seconds(1));
  co_return 1;
}

/// An engine with one shard, on which `runs` spin.
struct Spinning {
  Spinning(int runs, std::size_t result, bool pure) {
    size = result;
    workflows.add("spins", spins);
    workflows.add("naps", naps);
    EngineOptions options;
    options.compression = Compression::none;
    driven.emplace(workflows, 1, std::move(options));
    driven->ask(runtime::RequestKind::start, "nap", "naps", "[]");
    driven->ask(runtime::RequestKind::result, "nap", {}, {}, &slept);
    driven->settle();
    for (int i = 0; i < runs; ++i) {
      driven->ask(runtime::RequestKind::start, "a" + std::to_string(i), "spins",
                  pure ? "[true]" : "[false]");
    }
    for (int i = 0; i < 20; ++i) driven->executor->step();
  }

  /// Polls until there is an answer; 100 if there is none by then.
  int polls(const Result<runtime::Reply>& reply) {
    for (int polls = 0; polls < 100; ++polls) {
      if (reply.code() != Code::timed_out) return polls;
      driven->executor->step();
    }
    return 100;
  }

  Registry workflows;
  Result<runtime::Reply> slept = Error(Code::timed_out, "none yet");
  std::optional<Driven> driven;  // Tells `slept` when it goes.
};

void check_fair(int runs, std::size_t result, bool pure) {
  CAPTURE(runs);
  CAPTURE(result);
  CAPTURE(pure);
  Spinning spinning(runs, result, pure);
  Result<runtime::Reply> reply = Error(Code::timed_out, "none yet");
  spinning.driven->ask(runtime::RequestKind::terminate, "a0", {}, {}, &reply);
  CHECK(spinning.polls(reply) < 100);
  CHECK(reply.ok());
  spinning.driven->clock->advance(2'000'000'000);
  CHECK(spinning.polls(spinning.slept) < 100);
  CHECK(spinning.slept.ok());
}

}  // namespace

TEST_SUITE("runtime/fairness") {
  TEST_CASE("who pushes once is not behind all that another has pushed") {
    runtime::Inbox inbox;
    std::thread([&inbox] {
      for (std::uint64_t i = 0; i < 5000; ++i) inbox.push(runtime::PeerAck{0, i});
    }).join();
    inbox.push(runtime::PeerAck{1, 0});
    runtime::InboxItem item;
    std::uint64_t next = 0;
    std::optional<std::uint64_t> before;
    while (inbox.pop(item)) {
      const auto ack = std::get<runtime::PeerAck>(item);
      if (ack.target == 1) {
        CHECK_FALSE(before.has_value());
        before = next;
      } else {
        CHECK(ack.number == next++);
      }
    }
    CHECK(next == 5000);
    REQUIRE(before.has_value());
    CHECK(*before < 1000);
  }

  TEST_CASE("requests and timers are taken in while inline steps fill every record") {
    check_fair(200, 60'000, false);
    check_fair(400, 60'000, false);
    check_fair(10, 900'000, false);
    check_fair(12'000, 600, false);
  }
  TEST_CASE("many who ask at once are not taken in one a turn beside them") {
    constexpr int many = 200;
    bool pure = false;
    SUBCASE("inline") {}
    SUBCASE("pure") { pure = true; }
    CAPTURE(pure);
    Spinning spinning(400, 60'000, pure);
    std::vector<Result<runtime::Reply>> replies(many, Error(Code::timed_out, "none yet"));
    for (int i = 0; i < many; ++i) {
      spinning.driven->ask(runtime::RequestKind::terminate, "a" + std::to_string(i), {}, {},
                           &replies[static_cast<std::size_t>(i)]);
    }
    int polls = 0;
    for (const auto& reply : replies) polls += spinning.polls(reply);
    MESSAGE(polls, " polls for ", many, " requests");
    CHECK(polls < many / 2);
  }
  TEST_CASE("the same beside pure ones, which wait for no sync") {
    check_fair(200, 60'000, true);
    check_fair(10, 900'000, true);
  }
}

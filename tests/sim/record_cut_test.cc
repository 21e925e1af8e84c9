// An activation larger than a record, and messages that are sent again.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

constexpr int letters = 40;

/// Not to be compressed, and below the size of a blob: 40 of them pass the limit of a record.
std::string letter(int number) {
  runtime::SeededRandom random(static_cast<std::uint64_t>(number));
  std::string text;
  while (text.size() < 40'000) text += fmt::format("{:x}", random.draw());
  return text;
}

/// All commands in one activation.
Workflow<int> sender(Context ctx) {
  for (int i = 0; i < letters; ++i) {
    auto sent = ctx.signal_to("receiver", "letter", letter(i));
    (void)sent;
  }
  auto last = co_await ctx.signal<int>("end");
  co_return last;
}
Workflow<int> receiver(Context ctx) {
  for (int i = 0; i < letters; ++i) {
    auto text = co_await ctx.signal<std::string>("letter");
    if (text != letter(i)) co_return i;
  }
  co_return letters;
}

Registry registry() {
  Registry workflows;
  workflows.add("sender", sender);
  workflows.add("receiver", receiver);
  return workflows;
}

std::uint64_t metric(const Engine& engine, const std::string& name) {
  const std::string page = engine.metrics();
  const auto at = page.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stoull(page.substr(at + name.size() + 2));
}

}  // namespace

TEST_SUITE("sim/record_cut") {
  TEST_CASE("an activation cut into several records is whole after a kill at any of them") {
    std::uint64_t records = 0;
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      for (std::uint64_t kill = 0;; ++kill) {
        CAPTURE(shards);
        CAPTURE(kill);
        Machine machine(9, shards);
        bool ended = false;
        {
          auto engine = machine.open(registry(), kill).value();
          auto run = engine.start(receiver, "receiver");
          if (run) (void)engine.start(sender, "sender");
          if (run) ended = run->result().ok();
        }
        {
          auto engine = machine.open(registry()).value();
          auto run = engine.start(receiver, "receiver").value();
          REQUIRE(engine.start(sender, "sender").ok());
          REQUIRE(run.result().value() == letters);
          REQUIRE(engine.signal("sender", "end", 3).ok());
          REQUIRE(engine.find<int>("sender").value().result().value() == 3);
        }
        records = machine.records();
        if (ended) break;
      }
      CHECK(records > 5);
    }
  }

  TEST_CASE("what is sent again after a kill is recorded once, and acknowledged again") {
    std::size_t duplicates = 0;
    for (std::uint64_t kill = 2; kill < 20; ++kill) {
      CAPTURE(kill);
      Machine machine(3, 2);
      {
        auto engine = machine.open(registry(), kill).value();
        auto run = engine.start(receiver, "receiver");
        if (run) (void)engine.start(sender, "sender");
        if (run) (void)run->result();
      }
      auto engine = machine.open(registry()).value();
      auto run = engine.start(receiver, "receiver").value();
      REQUIRE(engine.start(sender, "sender").ok());
      REQUIRE(run.result().value() == letters);
      REQUIRE(engine.signal("sender", "end", 3).ok());
      REQUIRE(engine.find<int>("sender").value().result().value() == 3);
      const auto sent = metric(engine, "reprise_messages_sent_total");
      const auto received = metric(engine, "reprise_messages_received_total");
      if (sent > received) ++duplicates;
      std::size_t delivered = 0;
      for (const auto& event : engine.history("receiver").value()) {
        delivered += event.kind == "signal_received" ? 1 : 0;
      }
      CHECK(delivered == letters);
    }
    CHECK(duplicates > 0);  // Else no kill fell between the record and its acknowledgement.
  }
}

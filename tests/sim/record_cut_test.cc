// An activation larger than a record, and messages that are sent again.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "support/asks.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

constexpr int letters = 40;

/// Hardly to be compressed, and below the size of a blob: 40 of them pass the limit of a record.
std::string letter(int number) {
  runtime::SeededRandom random(static_cast<std::uint64_t>(number));
  std::string text(50'000, ' ');
  for (char& c : text) c = static_cast<char>('0' + random.below(64));
  return text;
}

/// Records in which an activation is cut.
std::size_t cuts_on(Machine& machine) {
  std::size_t cuts = 0;
  for (ShardId shard = 0; shard < machine.disk().header().shards; ++shard) {
    const auto first = machine.disk().ends(shard).first;
    (void)machine.disk().read(shard, first, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        cuts += replay::decode(at.bytes()).value().more ? 1 : 0;
      }
      return true;
    });
  }
  return cuts;
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

Workflow<int> parent(Context ctx) {
  auto last = co_await ctx.child(sender, "sender");
  co_return last;
}
/// Its end comes in the activation that a message begins, behind more than a record holds.
Workflow<int> ends_loudly(Context ctx) {
  auto word = co_await ctx.signal<int>("word");
  for (int i = 0; i < letters; ++i) {
    auto sent = ctx.signal_to("receiver", "letter", letter(i));
    (void)sent;
  }
  co_return word;
}
Workflow<int> ends_it(Context ctx, std::string loud) {
  co_await ctx.signal_to(loud, "word", 1);
  co_return 1;
}
Workflow<int> talks(Context ctx, int other) {
  for (int i = 0; i < 6; ++i) co_await ctx.signal_to(fmt::format("hears-{}", other), "word", i);
  co_return 1;
}
Workflow<int> hears(Context ctx) {
  int words = 0;
  for (; words < 6; ++words) {
    auto word = co_await ctx.signal<int>("word");
    if (word != words) co_return -word;
  }
  co_return words;
}

Registry registry() {
  Registry workflows;
  workflows.add("parent", parent);
  workflows.add("ends_loudly", ends_loudly);
  workflows.add("ends_it", ends_it);
  workflows.add("talks", talks);
  workflows.add("hears", hears);
  workflows.add("sender", sender);
  workflows.add("receiver", receiver);
  return workflows;
}

}  // namespace

TEST_SUITE("sim/record_cut") {
  TEST_CASE("an activation cut into several records is whole after a kill at any of them") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      CAPTURE(shards);
      const auto kills = each_kill([&](std::uint64_t kill) {
        Machine machine(9, shards);
        bool lived = false;
        {
          auto engine = machine.open(registry(), kill).value();
          auto run = engine.start(receiver, "receiver");
          if (run) (void)engine.start(sender, "sender");
          if (run) lived = run->result().ok();
        }
        {
          auto engine = machine.open(registry()).value();
          auto run = engine.start(receiver, "receiver").value();
          REQUIRE(engine.start(sender, "sender").ok());
          REQUIRE(run.result().value() == letters);
          REQUIRE(engine.signal("sender", "end", 3).ok());
          REQUIRE(engine.find<int>("sender").value().result().value() == 3);
        }
        REQUIRE(cuts_on(machine) > 0);
        return lived;
      });
      CHECK(kills > 3);
    }
  }

  TEST_CASE("an activation that a message began is whole too, and the message taken once") {
    const auto kills = each_kill([](std::uint64_t kill) {
      Machine machine(9, 2);
      bool lived = false;
      {
        auto engine = machine.open(registry(), kill).value();
        auto run = engine.start(receiver, "receiver");
        if (run) (void)engine.start(parent, "parent");
        if (run) lived = run->result().ok();
      }
      auto engine = machine.open(registry()).value();
      auto run = engine.start(receiver, "receiver").value();
      auto started = engine.start(parent, "parent").value();
      REQUIRE(run.result().value() == letters);
      REQUIRE(engine.signal("sender", "end", 3).ok());
      REQUIRE(started.result().value() == 3);
      REQUIRE(cuts_on(machine) > 0);
      return lived;
    });
    CHECK(kills > 3);
  }

  TEST_CASE("a message that began the last activation of its run is not refused after a kill") {
    const auto kills = each_kill([](std::uint64_t kill) {
      Machine machine(9, 2);
      const auto loud = id_on(0, "loud");
      const auto sender = id_on(1, "sender");
      bool lived = false;
      {
        auto engine = machine.open(registry(), kill).value();
        (void)engine.start(receiver, "receiver");
        (void)engine.start(ends_loudly, loud);
        auto run = engine.start(ends_it, sender, loud);
        if (run) lived = run->result().ok();
      }
      auto engine = machine.open(registry()).value();
      auto run = engine.start(receiver, "receiver").value();
      auto ended = engine.start(ends_loudly, loud).value();
      REQUIRE(engine.start(ends_it, sender, loud).value().result().value() == 1);
      REQUIRE(ended.result().value() == 1);
      REQUIRE(run.result().value() == letters);
      REQUIRE(cuts_on(machine) > 0);
      return lived;
    });
    CHECK(kills > 3);
  }

  TEST_CASE("a message is acknowledged only when a kill can't lose it any more") {
    constexpr int pairs = 4;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      for (std::uint64_t kill = 4; kill < 60; kill += 3) {
        CAPTURE(seed);
        CAPTURE(kill);
        Machine machine(seed, 4);
        const auto talk = [&](Engine& engine) {
          for (int i = 0; i < pairs; ++i) {
            (void)engine.start(hears, fmt::format("hears-{}", i));
            (void)engine.start(talks, fmt::format("talks-{}", i), i);
          }
        };
        {
          auto engine = machine.open(registry(), kill).value();
          talk(engine);
          auto run = engine.start(hears, "hears-0");
          if (run) (void)run->result();
        }
        auto engine = machine.open(registry()).value();
        talk(engine);
        for (int i = 0; i < pairs; ++i) {
          auto run = engine.find<int>(fmt::format("hears-{}", i)).value();
          REQUIRE(run.result(std::chrono::minutes(1)).value() == 6);
        }
      }
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
      {
        auto engine = machine.open(registry()).value();
        auto run = engine.start(receiver, "receiver").value();
        REQUIRE(engine.start(sender, "sender").ok());
        REQUIRE(run.result().value() == letters);
        REQUIRE(engine.signal("sender", "end", 3).ok());
        REQUIRE(engine.find<int>("sender").value().result().value() == 3);
        const auto sent = metric(engine, "reprise_messages_sent_total");
        const auto received = metric(engine, "reprise_messages_received_total");
        if (sent > received) ++duplicates;
        CHECK(count(engine, "receiver", "signal_received") == letters);
        // Acknowledgements ride with what is recorded next, in either shard.
        for (int i = 0; i < 10; ++i) REQUIRE(engine.start(hears, fmt::format("more-{}", i)).ok());
      }
      auto engine = machine.open(registry()).value();
      settle(engine);
      CHECK(metric(engine, "reprise_messages_sent_total") == 0);
    }
    CHECK(duplicates > 0);  // Else no kill fell between the record and its acknowledgement.
  }
}

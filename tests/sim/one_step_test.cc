// The thinnest slice through all rooms: one step, one kill, one resume.
#include <doctest/doctest.h>

#include <string>

#include "support/sim_engine.h"

namespace {

int charged = 0;

std::string charge(std::string who) {
  ++charged;
  return "receipt for " + who;
}

reprise::Workflow<std::string> pay(reprise::Context ctx, std::string who) {
  auto receipt = co_await ctx.step("charge", charge, who);
  co_return receipt;
}

reprise::Registry registry() {
  reprise::Registry workflows;
  workflows.add("pay", pay);
  return workflows;
}

}  // namespace

TEST_SUITE("sim/one_step") {
  TEST_CASE("a workflow of one step runs to its result") {
    charged = 0;
    reprise::test::Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(pay, "order-1", "ada").value();
    CHECK(run.result().value() == "receipt for ada");
    CHECK(charged == 1);
  }

  TEST_CASE("killed after each record, it resumes and gives the same result") {
    std::uint64_t records = 0;
    {
      reprise::test::Machine machine;
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(pay, "order-1", "ada").value().result().value() == "receipt for ada");
      records = machine.records();
    }
    REQUIRE(records >= 2);
    for (std::uint64_t kill = 0; kill < records; ++kill) {
      CAPTURE(kill);
      charged = 0;
      reprise::test::Machine machine;
      {
        auto engine = machine.open(registry(), kill).value();
        auto run = engine.start(pay, "order-1", "ada");
        if (run) (void)run->result();
        CHECK(machine.crashed());
      }
      const int before = charged;
      auto engine = machine.open(registry()).value();
      auto run = engine.start(pay, "order-1", "ada").value();
      CHECK(run.result().value() == "receipt for ada");
      CHECK(charged >= 1);
      CHECK(charged <= before + 1);
    }
  }

  TEST_CASE("the same seed gives the same journal, byte for byte") {
    const auto journal_of = [](std::uint64_t seed, std::uint16_t shards) {
      reprise::test::Machine machine(seed, shards);
      auto engine = machine.open(registry()).value();
      for (int i = 0; i < 20; ++i) {
        (void)engine.start(pay, "order-" + std::to_string(i), "ada").value().result().value();
      }
      return machine.journal_bytes();
    };
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{8}}) {
      CHECK(journal_of(7, shards) == journal_of(7, shards));
      CHECK(journal_of(7, shards) != journal_of(8, shards));
    }
  }
}

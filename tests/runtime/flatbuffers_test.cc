// FlatBuffers tables as inputs, arguments, results, signals and children of a running engine.
#include <doctest/doctest.h>
#include <reprise/flatbuffers.h>
#include <schemas/state_generated.h>

#include <chrono>
#include <string>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;
using Message = Table<wire::Message>;

Message message(const std::string& name) {
  flatbuffers::FlatBufferBuilder builder;
  const auto text = builder.CreateString(name);
  wire::MessageBuilder table(builder);
  table.add_name(text);
  builder.Finish(table.Finish());
  return Message(builder);
}

Message twice(const Message& given) { return message(given->name()->str() + given->name()->str()); }

Workflow<Message> kid(Context ctx, Message given) {
  auto made = co_await ctx.step("twice", twice, given);
  co_return made;
}

Workflow<Message> join(Context ctx, Message given, int times) {
  auto made = co_await ctx.step("twice", twice, given);
  auto back = co_await ctx.child(kid, "kid", made);
  auto got = co_await ctx.signal<Message>("go");
  std::string all;
  for (int i = 0; i < times; ++i) all += back->name()->str() + got->name()->str();
  co_return message(all);
}

Workflow<std::string> takes_text(Context ctx) {
  auto text = co_await ctx.signal<std::string>("go");
  co_return text;
}

Registry registry() {
  Registry workflows;
  workflows.add("kid", kid);
  workflows.add("join", join);
  workflows.add("takes_text", takes_text);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/flatbuffers") {
  TEST_CASE("tables go through a workflow as they are, small and large, over a restart") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{200'000}}) {
      Machine machine;
      const std::string name(size, 'a');
      {
        auto engine = machine.open(registry()).value();
        auto run = engine.start(join, "main", message(name), 2).value();
        CHECK(engine.start(join, "main", message(name), 2).value().run() == run.run());
        CHECK(engine.start(join, "main", message("b"), 2).code() == Code::conflict);
        settle(run);
      }
      auto engine = machine.open(registry()).value();
      CHECK(engine.signal("main", "go", message("b")).ok());
      const auto result = engine.find<Message>("main").value().result().value();
      const std::string four(4 * size, 'a');
      CHECK((result->name()->str() == four + "b" + four + "b"));
    }
  }

  TEST_CASE("a table where the code takes text pauses it: undecodable") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(takes_text, "a").ok());
    CHECK(engine.signal("a", "go", message("b")).ok());
    CHECK(engine.describe("a").value().paused == "undecodable");
  }
}

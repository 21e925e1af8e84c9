// A store is read without an engine, and tells what the engine told.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "runtime/reader.h"
#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using runtime::Reader;

int doubled(int value) { return 2 * value; }
void refuse() { throw NamedFailure("Refused", "not today", false); }

Workflow<int> collect(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto next = co_await ctx.signal<int>("go");
    auto twice = co_await ctx.step("double", doubled, next);
    sum += twice;
  }
  co_return sum;
}

Workflow<int> failing(Context ctx) {
  co_await ctx.step("refuse", refuse);
  co_return 1;
}

Registry registry() {
  Registry workflows;
  workflows.add("collect", collect);
  workflows.add("failing", failing);
  return workflows;
}

std::string text(const InstanceInfo& info) {
  auto out =
      fmt::format("{}/{} {:x} {} {} {} {} {} {} {} {} {}", info.key.space, info.key.id,
                  info.run.value, info.workflow, name(info.status), info.paused, info.detail,
                  info.started, info.closed, info.events, info.history_bytes, info.unread_signals);
  for (const auto& wait : info.waits) {
    out += fmt::format(" [{} {} {} {} {} {} {}]", wait.op, wait.kind, wait.name, wait.site,
                       wait.since, wait.due, wait.attempt);
  }
  return out;
}

std::string text(const std::vector<EventInfo>& history) {
  std::string out;
  for (const auto& event : history) {
    out += fmt::format("{} {} {} {} {} {} {} {} {} {}\n", event.seq, event.time, event.kind,
                       event.op, event.attempt, event.name, event.site, event.payload.bytes,
                       event.failure ? event.failure->message : "", event.due);
  }
  return out;
}

std::vector<EventInfo> history_of(const Engine& engine, const Id& id) {
  return engine.history(id).value();
}
std::vector<EventInfo> history_of(Reader& reader, const InstanceKey& key) {
  std::vector<EventInfo> all;
  const auto told = reader.history(key, 1 << 20, [&](EventInfo event, std::uint64_t size) {
    CHECK(event.payload.bytes.size() == size);
    all.push_back(std::move(event));
    return true;
  });
  CHECK(told.ok());
  return all;
}

const std::vector<Id> ids = {"done", "waits", "begun", "failed", {"tenant", "waits"}};

/// Everything an engine, or a reader, tells of `ids`.
template <class Source, class KeyOf>
std::map<InstanceKey, std::string> all_of(Source& source, KeyOf key_of) {
  std::map<InstanceKey, std::string> all;
  for (const auto& id : ids) {
    all[id.key()] =
        text(source.describe(key_of(id)).value()) + "\n" + text(history_of(source, key_of(id)));
  }
  return all;
}

void live(const Engine& engine) {
  for (const auto& id : ids) {
    if (id.key().id == "failed") continue;
    REQUIRE(engine.start(collect, id, 3).ok());
  }
  auto failed = engine.start(failing, "failed").value();
  CHECK(failed.result().code() == Code::workflow_failed);
  for (int i = 0; i < 3; ++i) CHECK(engine.signal("done", "go", i).ok());
  CHECK(engine.signal("begun", "go", 7).ok());
  CHECK(engine.signal("begun", "else", 7).ok());
  CHECK(engine.find<int>("done").value().result().value() == 6);
}

}  // namespace

TEST_SUITE("runtime/reader") {
  TEST_CASE("a reader tells what the engine told before it was killed, and writes nothing") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{3}}) {
      for (const std::uint64_t every : {1u, 4u, 1000u}) {
        CAPTURE(shards);
        CAPTURE(every);
        Machine machine(5, shards);
        machine.options().snapshot_every = every;
        std::map<InstanceKey, std::string> told;
        std::vector<std::string> listed;
        {
          auto engine = machine.open(registry()).value();
          live(engine);
          told = all_of(engine, [](const Id& id) { return id; });
          for (const auto& info : engine.list().value()) listed.push_back(text(info));
          machine.kill();
        }
        const auto before = machine.journal_bytes();
        Reader reader(machine.disk());
        CHECK(all_of(reader, [](const Id& id) { return id.key(); }) == told);
        std::vector<std::string> read;
        std::vector<std::string> damaged;
        for (const auto& info : reader.list({}, damaged).value()) read.push_back(text(info));
        CHECK(damaged.empty());
        CHECK(read == listed);
        CHECK(read.size() == ids.size());
        CHECK(machine.journal_bytes() == before);
      }
    }
  }

  TEST_CASE("a listing keeps to its filter and its limit") {
    Machine machine(5, 3);
    {
      auto engine = machine.open(registry()).value();
      live(engine);
    }
    Reader reader(machine.disk());
    std::vector<std::string> damaged;
    const auto count = [&](const ListFilter& filter) {
      return reader.list(filter, damaged).value().size();
    };
    CHECK(count({.space = "tenant"}) == 1);
    CHECK(count({.space = ""}) == ids.size() - 1);
    CHECK(count({.workflow = "failing"}) == 1);
    CHECK(count({.status = InstanceStatus::completed}) == 1);
    CHECK(count({.status = InstanceStatus::waiting}) == 3);
    CHECK(count({.limit = 2}) == 2);
    CHECK(count({.limit = 0}) == 0);
  }

  TEST_CASE("an instance that is not there is not_found") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
    }
    Reader reader(machine.disk());
    CHECK(reader.describe({"", "none"}).code() == Code::not_found);
    const auto none = [](EventInfo, std::uint64_t) { return true; };
    CHECK(reader.history({"tenant", "none"}, 0, none).code() == Code::not_found);
    std::vector<std::string> damaged;
    CHECK(reader.list({}, damaged).value().empty());
  }

  TEST_CASE("a shard whose position row is damaged is left out and named; the others are told") {
    Machine machine(5, 3);
    machine.options().snapshot_every = 1;
    std::size_t others = 0;
    {
      auto engine = machine.open(registry()).value();
      live(engine);
      for (const auto& info : engine.list().value()) others += info.run.shard() != 1 ? 1 : 0;
    }
    journal::ShardAppend part;
    part.shard = 1;
    part.first = machine.disk().ends(1).last + 1;
    part.epoch = machine.disk().ends(1).epoch;
    part.puts = {{journal::Table::meta, runtime::position_key(1), "rubbish"}};
    REQUIRE(machine.disk().append({&part, 1}, true).ok());
    Reader reader(machine.disk());
    std::vector<std::string> damaged;
    CHECK(reader.list({}, damaged).value().size() == others);
    REQUIRE(damaged.size() == 1);
    CHECK(damaged[0].starts_with("shard 1: "));
    CHECK(reader.verify(nullptr).value().size() == 1);
  }

  TEST_CASE("a damaged row stops its instance, and no other one") {
    Machine machine;
    machine.options().snapshot_every = 1;
    RunId run;
    {
      auto engine = machine.open(registry()).value();
      live(engine);
      run = engine.describe("done").value().run;
    }
    auto row = machine.disk().get(journal::Table::rows, runtime::row_key(run)).value().value();
    row.back() = static_cast<char>(row.back() ^ 1);
    journal::ShardAppend part;
    part.first = machine.disk().ends(0).last + 1;
    part.epoch = machine.disk().ends(0).epoch;
    part.puts = {{journal::Table::rows, runtime::row_key(run), row}};
    REQUIRE(machine.disk().append({&part, 1}, true).ok());
    Reader reader(machine.disk());
    CHECK(reader.describe({"", "done"}).code() == Code::corrupt);
    CHECK(reader.describe({"", "waits"}).ok());
  }
}

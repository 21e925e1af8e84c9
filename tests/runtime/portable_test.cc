// Histories go into a journal file and come back the same; a file that lies is not believed.
#include "runtime/portable.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/reader.h"
#include "runtime/rows.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using runtime::Reader;

std::string greet(std::string name) { return "hello " + name; }

Workflow<std::string> wait(Context ctx, std::string name) {
  auto greeting = co_await ctx.step("greet", greet, name);
  auto answer = co_await ctx.signal<std::string>("answer");
  co_return greeting + answer;
}

Registry registry() {
  Registry workflows;
  workflows.add("wait", wait);
  return workflows;
}

std::string text(Reader& reader, const InstanceKey& key) {
  std::string out;
  const auto told = reader.history(key, 1 << 20, [&](const EventInfo& event, std::uint64_t) {
    out += fmt::format("{} {} {} {} {} {} {}\n", event.seq, event.time, event.kind, event.op,
                       event.name, event.site, event.payload.bytes);
    return true;
  });
  CHECK(told.ok());
  return out;
}

const std::vector<InstanceKey> keys = {{"", "one"}, {"", "two"}, {"tenant", "one"}};

void fill(Machine& machine) {
  auto engine = machine.open(registry()).value();
  for (const auto& key : keys) REQUIRE(engine.start(wait, key, key.id).ok());
  REQUIRE(engine.signal("two", "answer", std::string("!")).ok());
  CHECK(engine.find<std::string>("two").value().result().ok());
}

journal::JournalFile file_of(Machine& machine) {
  Reader reader(machine.disk());
  auto file = runtime::begin_file(machine.disk());
  for (const auto& key : keys) runtime::add(file, reader.exported(key).value());
  return file;
}

}  // namespace

TEST_SUITE("runtime/portable") {
  TEST_CASE("what a reader tells of a journal file is what it tells of the store") {
    for (const std::uint64_t every : {std::uint64_t{1}, std::uint64_t{1000}}) {
      Machine machine(3, 3);
      machine.options().snapshot_every = every;
      fill(machine);
      const auto bytes = journal::encode(file_of(machine));
      auto store = runtime::load(journal::decode_journal_file(bytes).value()).value();
      Reader before(machine.disk());
      Reader after(*store);
      for (const auto& key : keys) {
        CHECK(text(after, key) == text(before, key));
        const auto told = after.describe(key).value();
        const auto expected = before.describe(key).value();
        CHECK(told.run == expected.run);
        CHECK(told.status == expected.status);
        CHECK(told.workflow == expected.workflow);
        CHECK(told.waits.size() == expected.waits.size());
        CHECK(told.history_bytes == expected.history_bytes);
      }
      std::vector<std::string> damaged;
      CHECK(after.list({}, damaged).value().size() == keys.size());
      CHECK(after.verify(nullptr).value().empty());
      CHECK(after.sound() == keys.size());
    }
  }

  TEST_CASE("names of different shards are one table in the file, each name once") {
    Machine machine(3, 8);
    fill(machine);
    const auto names = file_of(machine).names;
    const std::set<std::string> once(names.begin(), names.end());
    CHECK(once.size() == names.size());
    CHECK(once.contains("wait"));
    CHECK(once.contains("greet"));
  }

  TEST_CASE("an instance's blobs go with it, and no other one's") {
    Machine machine;
    fill(machine);
    Reader reader(machine.disk());
    const RunId run = reader.describe(keys[0]).value().run;
    const RunId other = reader.describe(keys[1]).value().run;
    journal::ShardAppend part;
    part.first = machine.disk().ends(0).last + 1;
    part.epoch = machine.disk().ends(0).epoch;
    part.puts = {{journal::Table::blobs, runtime::chunk_key(run, 2), "mine"},
                 {journal::Table::blobs, runtime::chunk_key(other, 2), "other"}};
    REQUIRE(machine.disk().append({&part, 1}, true).ok());
    auto file = runtime::begin_file(machine.disk());
    runtime::add(file, reader.exported(keys[0]).value());
    REQUIRE(file.instances[0].blobs.size() == 1);
    CHECK(file.instances[0].blobs[0] == std::pair<Seq, std::string>(2, "mine"));
    const auto store = runtime::load(file).value();
    CHECK(store->get(journal::Table::blobs, runtime::chunk_key(run, 2)).value() == "mine");
  }

  TEST_CASE("a file whose histories are not what it says is corrupt") {
    Machine machine(3, 3);
    fill(machine);
    const auto file = file_of(machine);
    using Lie = std::function<void(journal::JournalFile&)>;
    const std::vector<Lie> lies = {
        [](auto& f) { f.instances[0].hash.low ^= 1; },
        [](auto& f) { f.instances[0].status = 2; },
        [](auto& f) { f.instances[0].key.id = "other"; },
        [](auto& f) { f.instances[0].key.id += '\0'; },
        [](auto& f) { f.instances[0].run.value += 1ULL << 48; },
        [](auto& f) { f.instances[0].run = RunId::of_shard(f.instances[0].run.shard()); },
        [](auto& f) { f.instances[0].events.pop_back(); },
        [](auto& f) { f.instances[0].events.clear(); },
        [](auto& f) { f.instances[0].events.push_back(f.instances[0].events[1]); },
        [](auto& f) { f.instances[1].events.push_back(f.instances[1].events[1]); },
        [](auto& f) { f.instances[0].events[1].back() ^= 1; },
        [](auto& f) { f.instances[0].events[1].resize(9); },
        [](auto& f) { f.instances[0].events[1].clear(); },
        [](auto& f) { f.instances.push_back(f.instances[0]); },
        [](auto& f) { f.names.clear(); },
        [](auto& f) { f.names[0] += "?"; },
        [](auto& f) { f.shards = 2000; },
        [](auto& f) { std::swap(f.instances[0].events, f.instances[1].events); },
    };
    CHECK(runtime::load(file).ok());
    for (std::size_t i = 0; i < lies.size(); ++i) {
      CAPTURE(i);
      auto changed = file;
      lies[i](changed);
      CHECK(runtime::load(changed).code() == Code::corrupt);
    }
  }

  TEST_CASE("an instance that is not there cannot be exported") {
    Machine machine;
    fill(machine);
    Reader reader(machine.disk());
    CHECK(reader.exported({"", "none"}).code() == Code::not_found);
  }
}

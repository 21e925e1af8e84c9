// Large payloads: compressed, kept apart from their events, and plain again wherever they are used.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "journal/store_fixture.h"
#include "runtime/packing.h"
#include "runtime/reader.h"
#include "runtime/rows.h"
#include "support/sim_engine.h"
#include "support/store_check.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t blob_size = 100 * kib;
constexpr std::size_t sizes[] = {0,        kib - 1,      kib, kib + 1, 64 * kib - 1,
                                 64 * kib, 64 * kib + 1, mib, 10 * mib};

/// `size` bytes that compression makes small, or cannot.
Raw make(std::size_t size, bool compressible) {
  Raw raw{std::string(size, 'a')};
  if (compressible) return raw;
  std::uint64_t state = size + 1;
  for (char& c : raw.bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  return raw;
}

Workflow<Raw> returns(Context, Raw input) { co_return input; }

Workflow<Raw> takes_signal(Context ctx) {
  auto got = co_await ctx.signal<Raw>("go");
  co_return got;
}

/// Carries one payload through everything that a payload goes through.
Workflow<Raw> carry(Context ctx, Raw input, std::size_t size, bool compressible) {
  auto made = co_await ctx.step("make", {.poison_after = 0}, make, size, compressible);
  auto got = co_await ctx.signal<Raw>("go");
  auto back = co_await ctx.child(returns, "kid", made);
  ctx.start_child(takes_signal, {.id = "other", .on_parent_close = ParentClose::abandon});
  co_await ctx.signal_to("other", "go", back);
  co_await ctx.signal<int>("end");
  if (made != input || got != input || back != input) co_return Raw{"differs"};
  co_return back;
}

Registry registry() {
  Registry workflows;
  workflows.add("returns", returns);
  workflows.add("takes_signal", takes_signal);
  workflows.add("carry", carry);
  return workflows;
}

/// One life of a host; every call is safe to repeat.
Result<Raw> live(const Engine& engine, const Raw& payload, bool compressible) {
  auto run = engine.start(carry, "main", payload, payload.bytes.size(), compressible);
  if (!run) return std::move(run).error();
  auto sent = engine.signal("main", "go", payload, {.id = "go-1"});
  if (!sent && sent.code() != Code::closed) return std::move(sent).error();
  sent = engine.signal("main", "end", 1, {.id = "end-1"});
  if (!sent && sent.code() != Code::closed) return std::move(sent).error();
  auto result = run->result(60s);
  if (!result) return result;
  auto other = engine.find<Raw>("other");
  if (!other) return std::move(other).error();
  auto copy = other->result(60s);
  if (!copy) return copy;
  return *copy == *result ? result : Result<Raw>(Raw{"the signal differs"});
}

std::size_t blobs_in(const journal::Store& disk) {
  std::size_t count = 0;
  const auto scanned = disk.scan(journal::Table::blobs, "", "", [&](auto, auto) {
    ++count;
    return true;
  });
  REQUIRE(scanned.ok());
  return count;
}

/// Replaces or (without a value) deletes a blob behind the engine's back.
void put_blob(journal::Store& disk, const std::string& key, std::optional<std::string> value) {
  journal::ShardAppend damage;
  damage.first = disk.ends(0).last + 1;
  damage.epoch = disk.ends(0).epoch;
  damage.chain_after = disk.ends(0).chain;
  damage.puts.push_back({journal::Table::blobs, key, std::move(value)});
  REQUIRE(disk.append(std::span(&damage, 1), true).ok());
}

/// Flips a bit in the last byte of every blob of `run`, or takes them away.
void damage_blobs(journal::Store& disk, RunId run, bool away) {
  std::vector<std::pair<std::string, std::string>> found;
  REQUIRE(disk.scan(journal::Table::blobs, runtime::blob_key(run, 0), "",
                    [&](std::string_view key, std::string_view value) {
                      found.emplace_back(key, value);
                      return key.substr(0, 8) == runtime::row_key(run);
                    })
              .ok());
  REQUIRE(!found.empty());
  for (auto& [key, value] : found) {
    value.back() = static_cast<char>(value.back() ^ 1);
    put_blob(disk, key, away ? std::nullopt : std::optional(value));
  }
}

}  // namespace

TEST_SUITE("runtime/packing") {
  TEST_CASE("a payload of any size comes through everything unchanged, and over a restart") {
    for (const std::size_t size : sizes) {
      for (const bool compressible : {true, false}) {
        CAPTURE(size);
        CAPTURE(compressible);
        const Raw payload = make(size, compressible);
        Machine machine(1, 2);
        {
          auto engine = machine.open(registry()).value();
          CHECK(engine.start(carry, "main", payload, size, compressible).ok());
          CHECK(engine.signal("main", "go", payload, {.id = "go-1"}).ok());
          settle(engine.find<Raw>("main").value());
        }
        auto engine = machine.open(registry()).value();
        const auto result = live(engine, payload, compressible);
        REQUIRE(result.ok());
        CHECK((*result == payload));
        // Beside the bytes the input has two arguments more.
        const bool blob = !compressible && size >= 64 * kib - 1;
        CHECK((blobs_in(machine.disk()) != 0) == blob);
      }
    }
  }

  TEST_CASE("killed after each record, with snapshots and evictions between, payloads are whole") {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
      for (const std::uint64_t every : {3u, 1000u}) {
        const Raw payload = make(blob_size, false);
        CAPTURE(shards);
        CAPTURE(every);
        const auto kills = each_kill([&](std::uint64_t kill) {
          Machine machine(3, shards);
          machine.options().snapshot_every = every;
          machine.options().memory_budget = 1;
          if (auto engine = machine.open(registry(), kill)) (void)live(*engine, payload, false);
          const bool lived = machine.records() < kill;
          auto engine = machine.open(registry()).value();
          const auto result = live(engine, payload, false);
          REQUIRE(result.ok());
          REQUIRE((*result == payload));
          return lived;
        });
        CHECK(kills > 8);
      }
    }
  }

  TEST_CASE("history shows the plain payloads, and a snapshot keeps them") {
    const Raw payload = make(blob_size, false);
    Machine machine;
    machine.options().snapshot_every = 1;
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(live(engine, payload, false).ok());
    }
    auto engine = machine.open(registry()).value();
    std::size_t whole = 0;
    for (const auto& event : engine.history("main").value()) {
      whole += event.payload.bytes == payload.bytes ? 1 : 0;
    }
    CHECK(whole == 5);  // Step, signal, child's result, signal sent, result.
    CHECK((engine.find<Raw>("main").value().result().value() == payload));
    CHECK(engine.describe("main").value().history_bytes < 20 * kib);
  }

  TEST_CASE("an evicted instance gets its payloads back") {
    const Raw payload = make(blob_size, false);
    Machine machine;
    machine.options().memory_budget = 1;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(carry, "main", payload, blob_size, false).ok());
    for (int i = 0; i < 1000; ++i) (void)engine.list();
    const std::string none = "reprise_instance_evictions_total 0\n";
    CHECK(engine.metrics().find(none) == std::string::npos);
    CHECK((live(engine, payload, false).value() == payload));
  }

  TEST_CASE("a limit beyond what can ever be read back is refused at open") {
    Machine machine;
    machine.options().limits.payload_size_max = (std::size_t{1} << 30) + 1;
    CHECK(machine.open(registry()).code() == Code::invalid_argument);
  }

  TEST_CASE("a start that is repeated with the same large input is the same run") {
    Machine machine;
    const Raw payload = make(mib, false);
    auto engine = machine.open(registry()).value();
    const auto run = engine.start(returns, "a", payload).value().run();
    CHECK(engine.start(returns, "a", payload).value().run() == run);
    Raw other = payload;
    other.bytes.back() = static_cast<char>(other.bytes.back() ^ 1);
    CHECK(engine.start(returns, "a", other).code() == Code::conflict);
  }

  TEST_CASE("a run that is deleted takes its blobs with it") {
    for (const auto retention : {0s, 1s}) {
      Machine machine(1, 2);
      machine.options().retention = retention;
      const Raw payload = make(blob_size, false);
      auto engine = machine.open(registry()).value();
      auto run = engine.start(carry, "main", payload, blob_size, false).value();
      CHECK(engine.signal("main", "go", payload).ok());
      settle(run);
      CHECK(blobs_in(machine.disk()) != 0);
      CHECK(engine.signal("main", "end", 1).ok());
      settle(run);
      for (int i = 0; i < 10; ++i) {
        machine.clock().advance(10'000'000'000);
        (void)engine.list();
      }
      CHECK(engine.list().value().empty());
      CHECK(blobs_in(machine.disk()) == 0);
    }
  }

  TEST_CASE("a child deleted at once does not take the result it still owes its parent") {
    const Raw payload = make(blob_size, false);
    const auto kills = each_kill([&](std::uint64_t kill) {
      Machine machine(1, 2);
      machine.options().retention = 0s;
      const auto up_to_end = [&](const Engine& engine) {
        auto run = engine.start(carry, "main", payload, blob_size, false);
        if (run) (void)engine.signal("main", "go", payload, {.id = "go-1"});
        if (run) settle(*run);
      };
      if (auto engine = machine.open(registry(), kill)) up_to_end(*engine);
      const bool lived = machine.records() < kill;
      auto engine = machine.open(registry()).value();
      up_to_end(engine);
      auto run = engine.find<Raw>("main").value();
      Result<Raw> result = Error(Code::timed_out, "not told");
      run.on_result([&](Result<Raw> told) { result = std::move(told); });
      CHECK(engine.signal("main", "end", 1).ok());
      REQUIRE(result.ok());
      CHECK((*result == payload));
      return lived;
    });
    CHECK(kills > 8);
  }

  TEST_CASE("a blob that is damaged or missing stops its instance only, with a code") {
    for (const bool away : {true, false}) {
      CAPTURE(away);
      Machine machine;
      const Raw payload = make(blob_size, false);
      RunId broken;
      RunId ended;
      {
        auto engine = machine.open(registry()).value();
        broken = engine.start(carry, "a", payload, blob_size, false).value().run();
        CHECK(engine.start(takes_signal, "b").ok());
        auto run = engine.start(returns, "c", payload).value();
        ended = run.run();
        CHECK(run.result().ok());
      }
      damage_blobs(machine.disk(), broken, away);
      damage_blobs(machine.disk(), ended, away);
      CHECK(runtime::Reader(machine.disk()).verify({}).value().size() == 2);
      auto engine = machine.open(registry()).value();
      CHECK(engine.signal("a", "go", payload).ok());
      const auto info = engine.describe("a").value();
      CHECK(info.status == InstanceStatus::paused);
      CHECK(info.paused == "corrupt");
      CHECK(engine.history("a").code() == Code::corrupt);
      CHECK(engine.find<Raw>("c").value().result().code() == Code::corrupt);
      CHECK(engine.describe("c").ok());
      CHECK(engine.signal("b", "go", payload).ok());
      CHECK((engine.find<Raw>("b").value().result().value() == payload));
    }
  }

  TEST_CASE("without compression payloads stay as they are, and either reads the other's store") {
    for (const auto first : {Compression::none, Compression::zstd}) {
      Machine machine;
      const Raw payload = make(10 * kib, true);
      machine.options().compression = first;
      {
        auto engine = machine.open(registry()).value();
        CHECK(engine.start(carry, "main", payload, payload.bytes.size(), true).ok());
      }
      const bool plain = machine.journal_bytes().find(payload.bytes) != std::string::npos;
      CHECK(plain == (first == Compression::none));
      machine.options().compression =
          first == Compression::none ? Compression::zstd : Compression::none;
      auto engine = machine.open(registry()).value();
      CHECK((live(engine, payload, true).value() == payload));
    }
  }

  TEST_CASE("on disk too: large payloads are there after a restart") {
    journal::testing::TempFolder folder;
    const auto options = [&] {
      EngineOptions given{.path = folder / "store", .shards = 2};
      given.log.level.reset();
      return given;
    };
    const Raw payload = make(mib, false);
    {
      auto engine = Engine::open(options(), registry()).value();
      CHECK((live(engine, payload, false).value() == payload));
      CHECK(engine.shutdown(60s).ok());
    }
    check_store(options().path);
    auto engine = Engine::open(options(), registry()).value();
    CHECK((live(engine, payload, false).value() == payload));
    CHECK(engine.history("main").ok());
  }

  TEST_CASE("whatever an event says of its payload, reading it gives bytes or a code") {
    const RunId run = RunId::make(0, 1);
    auto store = journal::make_memory_store(1);
    runtime::Packing packing(*store, Compression::zstd);
    for (const bool compressible : {true, false}) {
      const Raw payload = make(200 * kib, compressible);
      replay::Event event;
      event.kind = replay::EventKind::step_completed;
      event.attempt = 1;
      event.payload = payload.bytes;
      (void)packing.pack(event, run, 5, 1);
      std::string bytes;
      replay::encode(event, bytes);
      std::size_t refused = 0;
      for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        const auto read = replay::decode(changed);
        if (!read) continue;
        const auto plain = packing.unpack(run, read->packed, read->payload);
        refused += plain.ok() ? 0 : 1;
        if (!plain) CHECK(plain.code() == Code::corrupt);
      }
      CHECK(refused > 100);
    }
  }
}

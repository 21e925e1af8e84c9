// Callers, callbacks and the end of an engine: everybody is answered, nobody can end the host.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/waiters.h"
#include "support/driven_engine.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

Workflow<int> waits(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
int bodies = 0;
std::string ten_kilobytes() {
  ++bodies;
  std::minstd_rand random(static_cast<unsigned>(bodies));  // What zstd can't make small.
  std::string text(10'000, ' ');
  for (char& c : text) c = static_cast<char>('0' + random() % 64);
  return text;
}
constexpr int spins_made = 2'000;
Workflow<int> spins(Context ctx) {
  auto go = co_await ctx.signal<int>("go");
  for (int i = 0; i < spins_made; ++i) {
    co_await ctx.step("pure", {.runs_on = RunsOn::shard, .pure = true}, ten_kilobytes);
  }
  co_return go;
}
Workflow<int> sleeps_and_waits(Context ctx) {
  co_await ctx.sleep(1h);
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}
int one() { return 1; }
Workflow<int> one_step(Context ctx) {
  auto value = co_await ctx.step("one", one);
  co_return value;
}
Registry registry() {
  Registry workflows;
  workflows.add("spins", spins);
  workflows.add("waits", waits);
  workflows.add("one_step", one_step);
  workflows.add("sleeps_and_waits", sleeps_and_waits);
  return workflows;
}

/// An engine whose disk can be full.
struct Host : Driven {
  Host() : Driven(registry(), 1, {}, journal::make_memory_store(2)) { settle(); }
  /// Starts `workflow` under `id`; what the answer is goes to `answer`.
  void start(std::string id, std::optional<Code>& answer, std::string workflow = "waits") {
    tell(request_for(runtime::RequestKind::start, std::move(id), std::move(workflow), "[]"),
         answer);
  }
  void signal(std::string id, std::optional<Code>& answer) {
    auto request = request_for(runtime::RequestKind::signal, std::move(id), "go", "7");
    request.text = "once";
    tell(std::move(request), answer);
  }
  void read(runtime::RequestKind kind, std::optional<Code>& answer) {
    tell(request_for(kind, "first", "", ""), answer);
  }
  void tell(runtime::Request request, std::optional<Code>& answer) {
    request.answer = [&answer](Result<runtime::Reply> reply) { answer = reply.code(); };
    core->submit(std::move(request));
  }
};

/// Its committer comes to nothing while it is told not to.
class WithoutCommits final : public runtime::SimulatedExecutor {
 public:
  WithoutCommits(runtime::SimulatedClock& clock, std::shared_ptr<bool> commits)
      : SimulatedExecutor(clock, 1), commits_(std::move(commits)) {}
  void start(runtime::Driven driven) override {
    driven.poll_commit = [commits = commits_, poll = std::move(driven.poll_commit)] {
      return *commits && poll();
    };
    SimulatedExecutor::start(std::move(driven));
  }

 private:
  std::shared_ptr<bool> commits_;
};

}  // namespace

TEST_SUITE("runtime/lifecycle") {
  TEST_CASE("a shutdown waits for what is recorded, also where nobody waits for an answer") {
    Rig rig;
    const auto commits = std::make_shared<bool>(true);
    EngineOptions options;
    auto parts = rig.equip(options);
    parts.executor = std::make_unique<WithoutCommits>(*rig.clock, commits);
    rig.executor = static_cast<runtime::SimulatedExecutor*>(parts.executor.get());
    auto engine = Engine::open(std::move(options), registry(), std::move(parts)).value();
    REQUIRE(engine.start(sleeps_and_waits, "a").ok());
    rig.settle();
    *commits = false;
    rig.pass(1h + 1s);  // The timer fires, and the code waits again.
    CHECK_FALSE(engine.shutdown(1s).ok());
    *commits = true;
    REQUIRE(engine.shutdown(1s).ok());
    const auto reader = rig.open(registry()).value();
    const auto events = reader.history("a").value();
    CHECK(std::count_if(events.begin(), events.end(),
                        [](const EventInfo& event) { return event.kind == "timer_fired"; }) == 1);
  }

  TEST_CASE(
      "a full disk stops nothing for good: callers wait, new ones are told, then it goes on") {
    std::optional<Code> before;  // They outlive the engine: its end answers them.
    std::optional<Code> meanwhile;
    std::optional<Code> described;
    std::optional<Code> listed;
    std::optional<Code> after;
    Host disk;
    disk.start("first", before);
    disk.settle();
    REQUIRE(before == Code::ok);
    before.reset();
    disk.store->set_full(true);
    disk.start("a", before);
    disk.settle();
    CHECK(!before);
    disk.start("b", meanwhile);
    CHECK(meanwhile == Code::no_space);
    disk.read(runtime::RequestKind::describe, described);
    CHECK(described == Code::no_space);
    disk.read(runtime::RequestKind::list, listed);
    CHECK(listed == Code::no_space);
    disk.clock->advance(5'000'000'000);
    disk.settle();
    CHECK(!before);
    CHECK(disk.core->metrics().find("reprise_engine_failed 0") != std::string::npos);
    disk.store->set_full(false);
    disk.clock->advance(5'000'000'000);
    disk.settle();
    CHECK(before == Code::ok);
    disk.start("c", after);
    disk.read(runtime::RequestKind::describe, described);
    disk.read(runtime::RequestKind::list, listed);
    disk.settle();
    CHECK(after == Code::ok);
    CHECK(described == Code::ok);
    CHECK(listed == Code::ok);
    CHECK(disk.core->shutdown(1s).ok());
  }

  TEST_CASE("pure steps run ahead of a disk that is full by a few MiB, and no further") {
    bodies = 0;
    std::optional<Code> started;
    std::optional<Code> signalled;
    Host disk;
    disk.start("a", started, "spins");
    disk.settle();
    REQUIRE(started == Code::ok);
    disk.signal("a", signalled);
    while (bodies < 3) disk.executor->step();
    disk.store->set_full(true);
    disk.settle();
    CHECK(bodies < 700);
    for (int i = 0; i < 5; ++i) {
      disk.clock->advance(1'000'000'000);
      disk.settle();
    }
    CHECK(bodies < 700);
    disk.store->set_full(false);
    disk.clock->advance(1'000'000'000);
    disk.settle();
    CHECK(bodies == spins_made);
    CHECK(disk.core->shutdown(1s).ok());
  }

  TEST_CASE("times that could not be reckoned with are refused at open") {
    for (const auto time : {-1ns, std::chrono::nanoseconds::max()}) {
      Machine machine;
      machine.options().retention = time;
      CHECK(machine.open(registry()).code() == Code::invalid_argument);
      machine.options().retention = 0ns;
      CHECK(machine.open(registry()).ok());
      machine.options().tombstone = time;
      CHECK(machine.open(registry()).code() == Code::invalid_argument);
      machine.options().tombstone = 0ns;
      machine.options().body_grace = time;
      CHECK(machine.open(registry()).code() == Code::invalid_argument);
    }
  }

  TEST_CASE("a shutdown on a full disk says so; the destructor gives up, and answers who waits") {
    std::optional<Code> waiting;
    {
      Host disk;
      disk.store->set_full(true);
      disk.start("a", waiting);
      disk.settle();
      CHECK(disk.core->shutdown(3s).code() == Code::no_space);
      CHECK(!waiting);
    }
    CHECK(waiting == Code::no_space);
  }

  TEST_CASE(
      "a shutdown leaves nothing behind that a full disk holds up, though nobody waits for it") {
    std::optional<Code> started;
    Host disk;
    disk.start("a", started);
    disk.settle();
    REQUIRE(started == Code::ok);
    disk.store->set_full(true);
    disk.ask(runtime::RequestKind::signal, "a", "go", "1");
    disk.settle();
    CHECK(disk.core->shutdown(1ms).code() == Code::no_space);
    disk.store->set_full(false);
    CHECK(disk.core->shutdown(1h).ok());
  }

  TEST_CASE("what a caller's callback throws is logged and ends nothing") {
    Machine machine;
    std::vector<std::string> lines;
    machine.options().log.level = LogLevel::error;
    machine.options().log.sink = [&](const LogLine& line) {
      lines.emplace_back(line.event);
      for (const auto& field : line.fields) lines.back() += " " + field.value;
    };
    auto engine = machine.open(registry()).value();
    auto run = engine.start(waits, "a").value();
    run.on_result([](const Result<int>&) { throw std::runtime_error("my own mistake"); });
    run.on_result([](const Result<int>&) { throw 7; });
    REQUIRE(engine.signal("a", "go", 5).ok());
    CHECK(run.result().value() == 5);
    CHECK(engine.start(waits, "b").ok());
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "callback_threw my own mistake");
  }

  TEST_CASE("a callback can't wait for its own engine, nor shut it down") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(waits, "a").value();
    Code call = Code::ok;
    Code shutdown = Code::ok;
    run.on_result([&](const Result<int>&) {
      call = engine.describe("a").code();
      shutdown = engine.shutdown(1s).code();
    });
    REQUIRE(engine.signal("a", "go", 5).ok());
    CHECK(run.result().value() == 5);
    CHECK(call == Code::invalid_argument);
    CHECK(shutdown == Code::invalid_argument);
    CHECK(engine.start(waits, "b").ok());
  }

  TEST_CASE("a check that fails with a request in hand stops the engine and answers the caller") {
    Machine machine;
    Code told = Code::ok;
    {
      auto engine = machine.open(registry()).value();
      auto run = engine.start(waits, "a").value();
      run.on_result([&](const Result<int>& result) { told = result.code(); });
      (void)engine.describe("a");
      machine.fail_check();
      CHECK(engine.start(waits, "b").code() == Code::engine_failed);
      CHECK(engine.start(waits, "c").code() == Code::engine_failed);
    }
    CHECK(told == Code::engine_failed);
  }

  TEST_CASE("a check that fails in a list stops the engine and answers the caller") {
    Machine machine;
    {
      auto engine = machine.open(registry()).value();
      REQUIRE(engine.start(waits, "a").ok());
    }
    auto engine = machine.open(registry()).value();
    (void)engine.describe("none");
    machine.fail_check();
    CHECK(engine.list().code() == Code::engine_failed);
  }

  TEST_CASE("the shutdown of an engine that has stopped itself keeps its deadline") {
    Machine machine;
    auto& held = machine.hold_bodies();
    auto engine = machine.open(registry()).value();
    auto run = engine.start(one_step, "a").value();
    (void)run.result(1ms);
    REQUIRE(held.size() == 1);
    machine.fail_check();
    CHECK(engine.describe("none").code() == Code::engine_failed);
    CHECK(engine.shutdown(1s).code() == Code::steps_running);
    held.release();
    CHECK(engine.shutdown(1s).ok());
  }

  TEST_CASE("snapshots after no event at all are refused at open") {
    Machine machine;
    machine.options().snapshot_every = 0;
    CHECK(machine.open(registry()).code() == Code::invalid_argument);
  }

  TEST_CASE("a check that fails in a backup stops the engine, not the host") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(waits, "a").value();
    (void)engine.describe("a");
    machine.fail_check();
    CHECK(engine.backup("nowhere").code() == Code::engine_failed);
    CHECK(engine.describe("a").code() == Code::engine_failed);
    CHECK(run.result().code() == Code::engine_failed);
  }

  TEST_CASE("an empty id is refused") {
    Machine machine;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(waits, "").code() == Code::invalid_argument);
    CHECK(engine.list().value().empty());
  }

  TEST_CASE("callers that poll for a result do not pile up") {
    runtime::Waiters waiters;
    const RunId run = RunId::make(0, 1);
    for (int i = 0; i < 10'000; ++i) {
      const auto caller = std::make_shared<int>(i);
      waiters.add(run, [](const auto&) {}, std::weak_ptr<const void>(caller));
    }
    CHECK(waiters.size() <= 2);
    waiters.add(run, [](const auto&) {}, std::nullopt);
    CHECK(waiters.take_all().size() >= 1);
    CHECK(waiters.size() == 0);
  }

  TEST_CASE("while an engine shuts down, from two threads, every caller gets an answer") {
    for (int round = 0; round < 20; ++round) {
      EngineOptions options;
      options.shards = 2;
      options.log.level.reset();
      auto engine = Engine::open(options, registry()).value();
      std::atomic<int> answered = 0;
      std::atomic<int> asked = 0;
      std::vector<std::thread> callers;
      for (int c = 0; c < 3; ++c) {
        callers.emplace_back([&, c] {
          for (int i = 0;; ++i) {
            ++asked;
            const auto started = engine.start(waits, fmt::format("{}-{}", c, i));
            ++answered;
            if (started.ok()) {
              started->on_result([&](const Result<int>&) { ++answered; });
              ++asked;
            } else {
              CHECK(started.code() == Code::shutting_down);
              return;
            }
          }
        });
      }
      while (answered < 50) std::this_thread::yield();
      std::thread other([&] { CHECK(engine.shutdown(60s).ok()); });
      CHECK(engine.shutdown(60s).ok());
      other.join();
      for (auto& caller : callers) caller.join();
      CHECK(asked == answered);
    }
  }
}

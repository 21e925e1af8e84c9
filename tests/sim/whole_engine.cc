#include "tests/sim/whole_engine.h"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <reprise/engine.h>
#include <reprise/hash.h>

#include "runtime/engine_core.h"
#include "support/faulty_store.h"
#include "support/journals.h"
#include "support/store_check.h"
#include "tests/sim/bodies.h"
#include "tests/sim/host.h"
#include "tests/sim/outside.h"
#include "tests/sim/program_workflow.h"
#include "tools/testing/crashing_store.h"
#include "tools/testing/on_disk.h"

namespace reprise::sim {
namespace {

using namespace std::chrono_literals;
using journal::testing::FaultyStore;
using testing::CrashingStore;

constexpr Nanos ms = 1'000'000;

class Simulation {
 public:
  explicit Simulation(const Plan& plan)
      : plan_(plan),
        ends_(interpret(plan.program, "p")),
        random_(std::make_shared<runtime::SeededRandom>(plan.seed)),
        clock_(&outside_.clock, [](Clock*) {}),
        disk_(journal::make_memory_store(plan.shards)),
        host_(plan, ends_, outside_) {
    current_outside = &outside_;
  }
  ~Simulation() { current_outside = nullptr; }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Outcome run() {
    for (const Life& life : plan_.lives) {
      if (good()) live(life);
    }
    if (good()) live_on();
    outcome_.records = testing::records_on(*disk_);
    outcome_.digest = digest();
    return outcome_;
  }

 private:
  [[nodiscard]] bool good() const { return outcome_.violation.empty(); }
  void violate(std::string what) {
    if (good() && !what.empty()) outcome_.violation = std::move(what);
  }

  Result<Engine> open(const Life& life) {
    outside_.bodies.clear();
    completed_ = test::completed_steps(*disk_);
    before_ = test::records_of(*disk_);
    ++lives_;
    process_ = std::make_shared<Process>(outside_.clock, plan_.seed * 31 + lives_);
    process_->slow_bodies = life.slow_bodies;
    runtime::Parts parts;
    auto crashing = std::make_unique<CrashingStore>(disk_, life.records);
    crashing_ = crashing.get();
    auto faulty = std::make_unique<FaultyStore>(std::move(crashing));
    faulty_ = faulty.get();
    if (life.append != Life::Append::good) {
      faulty_->fail_append(life.append_at, static_cast<FaultyStore::Fault>(life.append));
    }
    dead_ = false;
    process_->dead = [this] { return dead(); };
    process_->before_body = [this, &life, bodies = std::uint64_t{0}]() mutable {
      ++bodies;
      for (const Event& event : life.events) {
        if (event.body == bodies) plan_event(event);
      }
    };
    parts.store = std::move(faulty);
    parts.runner = std::make_unique<TimedRunner>(process_);
    parts.executor = std::make_unique<TimedExecutor>(process_, plan_.seed * 17 + lives_);
    EngineOptions options;
    options.log.level.reset();
    options.clock = clock_;
    options.random = random_;
    options.snapshot_every = plan_.snapshot_every;
    options.memory_budget = plan_.evicts ? 1 : 256u << 20;
    // Longer than the process ever stands still, or a body would count as hung because of that.
    options.body_grace = std::chrono::minutes(10);
    options.verify_replay_every = 1;
    static const Registry workflows = program_registry();
    auto engine = Engine::open(std::move(options), workflows, std::move(parts));
    if (!engine) {
      // Whether what was planned for its store had happened nobody can ask any more.
      dead_ = life.records != Life::never || life.append != Life::Append::good;
      forget_store();
    }
    return engine;
  }

  /// The store of the life that was opened last writes no more.
  bool dead() {
    if (!dead_ && crashing_ != nullptr) dead_ = crashing_->crashed() || faulty_->failed();
    return dead_;
  }
  /// The store goes with its engine.
  void forget_store() {
    crashing_ = nullptr;
    faulty_ = nullptr;
  }

  void plan_event(const Event& event) {
    const auto after = [&](Nanos time, std::function<void()> what) {
      process_->happenings.emplace(outside_.clock.steady() + time, std::move(what));
    };
    const auto call = [this](auto what) {
      return [this, what] {
        if (engine_ != nullptr) what(*engine_);
      };
    };
    switch (event.kind) {
      case Event::Kind::jump: outside_.clock.jump(event.millis * ms); break;
      case Event::Kind::stall: outside_.clock.advance(event.millis * ms); break;
      case Event::Kind::full:
        faulty_->set_full(true);
        after(event.millis * ms, call([this](Engine&) { faulty_->set_full(false); }));
        break;
      case Event::Kind::pause:
        after(0, call([](Engine& engine) { (void)engine.pause("p"); }));
        after(event.millis * ms, call([](Engine& engine) { (void)engine.resume("p"); }));
        break;
      case Event::Kind::snapshot: after(0, call([](Engine& engine) { engine.snapshot(); })); break;
    }
  }

  /// A life that meets what is planned for it.
  void live(const Life& life) {
    {
      auto engine = open(life);
      if (engine) {
        engine_ = &*engine;
        for (std::uint64_t i = 0; i < life.rounds && !dead() && good(); ++i) {
          violate(host_.round(*engine, process_->random,
                              {.dead = [this] { return dead(); },
                               .refused = [this] { return faulty_ ? faulty_->refused() : 0; }}));
        }
      } else if (!dead()) {
        violate("can't be opened: " + engine.error().message());
      }
      if (dead()) ++outcome_.deaths;
      end();
    }
    forget_store();
    look();
  }

  void live_on() {
    {
      const Life quiet;
      auto engine = open(quiet);
      if (!engine) return violate("can't be opened in the end: " + engine.error().message());
      engine_ = &*engine;
      violate(host_.finish(*engine, process_->random));
      end();
    }
    forget_store();
    look();
  }

  /// What was planned for this life has no engine any more.
  void end() {
    engine_ = nullptr;
    if (faulty_ != nullptr) faulty_->set_full(false);
    process_->happenings.clear();
  }

  /// What must be true of the disk after each life.
  void look() {
    violate(outside_.broken);
    for (const std::string& body : outside_.bodies) {
      if (completed_.contains(body)) violate("a body ran again after its completion: " + body);
    }
    violate(test::lost_record(before_, test::records_of(*disk_), *disk_));
    const auto findings = test::findings_of(*disk_);
    if (!findings.empty()) violate("the verifier finds: " + findings);
  }

  [[nodiscard]] std::uint64_t digest() const {
    std::string all;
    for (ShardId shard = 0; shard < disk_->header().shards; ++shard) {
      const auto ends = disk_->ends(shard);
      all += fmt::format("[{}: {} {:x} {:x}]", shard, ends.last, ends.chain.low, ends.chain.high);
    }
    for (const auto& [place, bytes] : test::records_of(*disk_)) all += bytes;
    return hash64(all);
  }

  const Plan& plan_;
  const std::map<std::string, End> ends_;
  Outside outside_;
  std::shared_ptr<runtime::SeededRandom> random_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<journal::Store> disk_;
  Host host_;
  Outcome outcome_;

  // Of the life that was opened last.
  std::uint64_t lives_ = 0;
  std::shared_ptr<Process> process_;
  CrashingStore* crashing_ = nullptr;
  FaultyStore* faulty_ = nullptr;
  Engine* engine_ = nullptr;
  bool dead_ = false;
  std::set<std::string> completed_;
  test::Records before_;
};

}  // namespace

Outcome simulate(const Plan& plan) { return Simulation(plan).run(); }

Outcome simulate_twice(const Plan& plan) {
  Outcome first = simulate(plan);
  if (!first.violation.empty()) return first;
  if (simulate(plan).digest != first.digest) {
    first.violation = "the same plan left another journal the second time";
  }
  return first;
}

Plan minimized(Plan plan, std::uint64_t runs_max) {
  for (bool found = true; found;) {
    found = false;
    for (Plan& candidate : smaller(plan)) {
      if (runs_max-- == 0) return plan;
      if (simulate_twice(candidate).violation.empty()) continue;
      plan = std::move(candidate);
      found = true;
      break;
    }
  }
  return plan;
}

}  // namespace reprise::sim

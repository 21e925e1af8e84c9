#include "tests/sim/whole_engine.h"

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// Tells before it trims.
class TrimmedStore final : public CrashingStore {
 public:
  TrimmedStore(std::shared_ptr<journal::Store> disk, std::uint64_t records,
               std::function<void()> before_trim)
      : CrashingStore(std::move(disk), records), before_trim_(std::move(before_trim)) {}

  Result<void> trim(ShardId shard, Position keep_from) override {
    before_trim_();
    return CrashingStore::trim(shard, keep_from);
  }

 private:
  std::function<void()> before_trim_;
};

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
  ~Simulation() {
    bury();
    current_outside = nullptr;
  }
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

  Result<void> open(const Life& life) {
    outside_.completed.merge(trimmed_);
    outside_.completed.merge(test::completed_steps(*disk_));
    before_ = test::records_of(*disk_);
    const auto lives = ++outside_.lives;
    process_ = std::make_shared<Process>(outside_.clock, plan_.seed * 31 + lives);
    process_->slow_bodies = life.slow_bodies;
    runtime::Parts parts;
    auto crashing = std::make_unique<TrimmedStore>(
        disk_, life.records, [this] { trimmed_.merge(test::completed_steps(*disk_)); });
    crashing_ = crashing.get();
    auto faulty = std::make_unique<FaultyStore>(std::move(crashing));
    faulty_ = faulty.get();
    if (life.append != Life::Append::good) {
      faulty_->fail_append(life.append_at, static_cast<FaultyStore::Fault>(life.append));
    }
    dead_ = false;
    process_->dead = [this] { return dead(); };
    process_->before_body = [this, events = life.events, bodies = std::uint64_t{0}]() mutable {
      ++bodies;
      for (const Event& event : events) {
        if (event.body == bodies) plan_event(event);
      }
    };
    parts.store = std::move(faulty);
    parts.runner = std::make_unique<TimedRunner>(process_);
    parts.executor = std::make_unique<TimedExecutor>(process_, plan_.seed * 17 + lives);
    EngineOptions options;
    options.log.level.reset();
    options.clock = clock_;
    options.random = random_;
    options.snapshot_every = plan_.snapshot_every;
    options.memory_budget = plan_.evicts ? 1 : 256u << 20;
    // Longer than the process ever stands still, or a body would count as hung because of that.
    options.body_grace = std::chrono::minutes(10);
    options.verify_replay_every = 1;
    static const Registry all = program_registry(true);
    static const Registry without = program_registry(false);
    auto engine =
        Engine::open(std::move(options), life.unregistered ? without : all, std::move(parts));
    if (engine) {
      engine_.emplace(*std::move(engine));
      return {};
    }
    // Whether what was planned for its store had happened nobody can ask any more.
    const bool planned = life.records != Life::never || life.append != Life::Append::good;
    dead_ =
        planned && (engine.code() == Code::outcome_unknown || engine.code() == Code::engine_failed);
    forget_store();
    return std::move(engine).error();
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
        if (engine_) what(*engine_);
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
    const auto opened = open(life);
    if (!opened && !dead()) violate("can't be opened: " + opened.error().message());
    for (std::uint64_t i = 0; engine_ && i < life.rounds && !dead() && good(); ++i) {
      violate(host_.round(*engine_, process_->random,
                          {.dead = [this] { return dead(); },
                           .refused = [this] { return faulty_ ? faulty_->refused() : 0; },
                           .registered = !life.unregistered}));
    }
    if (dead()) ++outcome_.deaths;
    bury();
    look();
  }

  void live_on() {
    const auto opened = open(Life());
    if (!opened) return violate("can't be opened in the end: " + opened.error().message());
    violate(host_.finish(*engine_, process_->random));
    bury();
    look();
  }

  /// Ends the engine, if there is one; what was planned for its life does not come any more.
  void bury() {
    if (!engine_) return;
    faulty_->set_full(false);
    process_->happenings.clear();
    // While it goes, bodies that still run find none.
    std::exchange(engine_, std::nullopt).reset();
    forget_store();
  }

  /// What must be true of the disk after each life.
  void look() {
    violate(outside_.broken);
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
  std::shared_ptr<Process> process_;
  CrashingStore* crashing_ = nullptr;
  FaultyStore* faulty_ = nullptr;
  std::optional<Engine> engine_;
  bool dead_ = false;
  std::set<std::string> trimmed_;  ///< Steps whose completion was trimmed in it.
  test::Records before_;
};

/// The words of a violation before what differs from one plan to the next.
std::string_view kind_of(std::string_view violation) {
  return violation.substr(0, violation.find_first_of(":0123456789"));
}

}  // namespace

Outcome simulate(const Plan& plan) {
  try {
    return Simulation(plan).run();
  } catch (const std::exception& error) {
    Outcome outcome;
    outcome.violation = std::string("thrown: ") + error.what();
    return outcome;
  }
}

Outcome simulate_twice(const Plan& plan) {
  Outcome first = simulate(plan);
  if (!first.violation.empty()) return first;
  const Outcome second = simulate(plan);
  if (!second.violation.empty()) return second;
  if (second.digest != first.digest) {
    first.violation = "the same plan left another journal the second time";
  }
  return first;
}

Plan minimized(Plan plan, std::string_view violation, std::uint64_t runs_max) {
  for (bool found = true; found;) {
    found = false;
    for (Plan& candidate : smaller(plan)) {
      if (runs_max-- == 0) return plan;
      if (kind_of(simulate_twice(candidate).violation) != kind_of(violation)) continue;
      plan = std::move(candidate);
      found = true;
      break;
    }
  }
  return plan;
}

}  // namespace reprise::sim

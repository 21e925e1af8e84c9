#include "tools/testing/lives.h"

#include <algorithm>

#include <fmt/format.h>

#include "journal/record.h"
#include "replay/event.h"
#include "tools/testing/current_ledger.h"

namespace reprise::testing {
namespace {

/// Ends a body whose process has died. No std::exception: a body's own handlers let it pass.
struct Died {};

/// Runs bodies one at a time, in an order drawn from the seed; none once the process is dead.
class LifeRunner final : public runtime::StepRunner {
 public:
  LifeRunner(Lives& lives, std::uint64_t seed) : lives_(lives), random_(seed) {}

  void start(runtime::StepRun step) override { waiting_.push_back(std::move(step)); }
  void run_here(runtime::StepRun step) override { lives_.run(std::move(step)); }
  bool poll() override {
    if (lives_.dead()) waiting_.clear();
    if (waiting_.empty()) return false;
    const auto at = static_cast<std::ptrdiff_t>(random_.below(waiting_.size()));
    runtime::StepRun step = std::move(waiting_[static_cast<std::size_t>(at)]);
    waiting_.erase(waiting_.begin() + at);
    lives_.run(std::move(step));
    return true;
  }
  [[nodiscard]] std::size_t busy() const override { return lives_.dead() ? 0 : waiting_.size(); }
  void drain() override {
    while (poll()) {
    }
  }

 private:
  Lives& lives_;
  runtime::SeededRandom random_;
  std::vector<runtime::StepRun> waiting_;
};

/// What the test has planned happens when its time comes.
class ScriptedExecutor final : public runtime::SimulatedExecutor {
 public:
  ScriptedExecutor(Lives& lives, runtime::SimulatedClock& clock, std::uint64_t seed)
      : SimulatedExecutor(clock, seed), lives_(lives) {}

 protected:
  [[nodiscard]] std::optional<Nanos> next_outside() const override { return lives_.next_outside(); }
  void happen() override { lives_.happen(); }

 private:
  Lives& lives_;
};

std::uint64_t records_on(const journal::Store& disk) {
  std::uint64_t records = 0;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) records += disk.ends(shard).last;
  return records;
}

}  // namespace

Lives::Lives(Registry workflows, TestOptions options)
    : workflows_(std::move(workflows)),
      options_(std::move(options)),
      clock_(std::make_shared<runtime::SimulatedClock>()),
      random_(std::make_shared<runtime::SeededRandom>(options_.seed)),
      disk_(journal::make_memory_store(std::max<std::uint16_t>(1, options_.shards))) {
  ledger_.call_ = [this](bool took_place) { call(took_place); };
}

Lives::~Lives() {
  if (engine_) shut_down();
}

Result<void> Lives::begin(std::optional<CrashPoint> crash) {
  crash_ = crash;
  dead_ = false;
  calls_ = 0;
  records_before_ = records_on(*disk_);
  learn_completed();
  const bool by_record = crash && crash->kind == CrashPoint::Kind::record;
  runtime::Parts parts;
  auto store = std::make_unique<test::CrashingStore>(
      disk_, by_record ? crash->at : test::CrashingStore::never);
  store_ = store.get();
  parts.store = std::move(store);
  const std::uint64_t seed = options_.seed * 1'000'003 + ++count_;
  parts.runner = std::make_unique<LifeRunner>(*this, seed * 2);
  auto executor = std::make_unique<ScriptedExecutor>(*this, *clock_, seed * 2 + 1);
  executor_ = executor.get();
  parts.executor = std::move(executor);
  EngineOptions options = options_.engine;
  options.clock = clock_;
  options.random = random_;
  auto engine = Engine::open(std::move(options), workflows_, std::move(parts));
  if (!engine) {
    store_ = nullptr;
    executor_ = nullptr;
    return std::move(engine).error();
  }
  engine_.emplace(std::move(*engine));
  return {};
}

void Lives::kill() {
  if (!engine_) return;
  store_->kill();
  executor_->stop();
  shut_down();
}

void Lives::shut_down() {
  engine_.reset();
  store_ = nullptr;
  executor_ = nullptr;
}

std::uint64_t Lives::records() const { return records_on(*disk_) - records_before_; }

std::uint64_t Lives::bodies(std::string_view step) const {
  const auto found = bodies_.find(step);
  return found == bodies_.end() ? 0 : found->second;
}

std::optional<Nanos> Lives::next_outside() const {
  if (script_.empty() || dead() || !engine_) return std::nullopt;
  return script_.begin()->first;
}

void Lives::happen() {
  const auto event = std::move(script_.begin()->second);
  script_.erase(script_.begin());
  event(*engine_);
}

void Lives::run(runtime::StepRun step) {
  if (dead()) return;
  bodies_[step.name] += 1;
  if (completed_.contains({step.run.value, step.op})) {
    run_again_.push_back(
        fmt::format("the body of step \"{}\" ran again, though its completion was "
                    "on disk",
                    step.name));
  }
  StepContext context(step.run, step.op, step.attempt, std::move(step.idempotency_key),
                      std::move(step.stop));
  const CurrentLedger current(ledger_);
  auto outcome = mocks_.run(step.name, context);
  if (!outcome) outcome = step.body->run(context);
  if (!dead()) step.done(*std::move(outcome));
}

void Lives::call(bool took_place) {
  if (dead()) throw Died{};
  if (!took_place) ++calls_;
  const auto kind = took_place ? CrashPoint::Kind::after : CrashPoint::Kind::before;
  if (!crash_ || crash_->kind != kind || crash_->at != calls_) return;
  dead_ = true;
  store_->kill();
  executor_->stop();  // A dead process waits for nothing: no time passes.
  throw Died{};
}

/// Steps whose completion is on disk.
void Lives::learn_completed() {
  completed_.clear();
  for (ShardId shard = 0; shard < disk_->header().shards; ++shard) {
    (void)disk_->read(shard, disk_->ends(shard).first, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        replay::Event event;
        if (!replay::decode(at.bytes(), event)) continue;
        if (event.kind != replay::EventKind::step_completed) continue;
        completed_.emplace(at.run().value, event.op);
      }
      return true;
    });
  }
}

}  // namespace reprise::testing

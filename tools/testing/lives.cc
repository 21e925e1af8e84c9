#include "tools/testing/lives.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/testing/current_ledger.h"
#include "tools/testing/within.h"

namespace reprise::testing {
namespace {

/// Ends a body whose process has died. No std::exception: a body's own handlers let it pass.
struct Died {};

/// Runs bodies one at a time, in an order drawn from the seed or as the director says; none once
/// the process is dead.
class LifeRunner final : public runtime::StepRunner {
 public:
  LifeRunner(std::shared_ptr<const Life> life, std::uint64_t seed)
      : life_(std::move(life)), random_(seed) {}

  void start(runtime::StepRun step) override { waiting_.push_back(std::move(step)); }
  void run_here(runtime::StepRun step) override {
    if (!lives()) return;
    if (life_->lives->director() != nullptr) return start(std::move(step));
    life_->lives->run(step);
  }
  bool poll() override {
    if (!lives()) {
      waiting_.clear();
      late_.clear();
    }
    if (tell_late()) return true;
    if (waiting_.empty()) return false;
    const auto choice = choose();
    if (!choice) return false;
    runtime::StepRun step = std::move(waiting_[choice->which]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(choice->which));
    auto outcome = life_->lives->outcome_of(step, choice->end);
    if (choice->end == BodyEnd::late) {
      late_.push_back({std::move(step), std::move(outcome)});
    } else {
      life_->lives->tell(step, std::move(outcome));
    }
    return true;
  }
  [[nodiscard]] std::size_t busy() const override {
    return lives() ? waiting_.size() + late_.size() : 0;
  }
  void drain() override {
    while (poll()) {
    }
  }

 private:
  struct Late {
    runtime::StepRun step;
    detail::Outcome outcome;
  };

  [[nodiscard]] bool lives() const { return life_->lives != nullptr && !life_->lives->dead(); }
  std::optional<BodyChoice> choose() {
    if (Director* const director = life_->lives->director()) return director->next_body(waiting_);
    return BodyChoice{random_.below(waiting_.size()), BodyEnd::own};
  }
  bool tell_late() {
    Director* const director = lives() ? life_->lives->director() : nullptr;
    for (auto one = late_.begin(); one != late_.end(); ++one) {
      if (director != nullptr && !director->may_tell(one->step)) continue;
      Late told = std::move(*one);
      late_.erase(one);
      life_->lives->tell(told.step, std::move(told.outcome));
      return true;
    }
    return false;
  }

  std::shared_ptr<const Life> life_;
  runtime::SeededRandom random_;
  std::vector<runtime::StepRun> waiting_;
  std::vector<Late> late_;
};

/// What the test has planned happens when its time comes.
class ScriptedExecutor final : public runtime::SimulatedExecutor {
 public:
  ScriptedExecutor(std::shared_ptr<const Life> life, runtime::SimulatedClock& clock,
                   std::uint64_t seed)
      : SimulatedExecutor(clock, seed), life_(std::move(life)) {}

  void start(runtime::Driven driven) override {
    driven.poll_shards = [life = life_, poll = std::move(driven.poll_shards)] {
      if (life->lives == nullptr) return poll();
      const Guard::Listening listening(life->lives->guard());
      const bool worked = poll();
      if (worked) life->lives->worked();
      return worked;
    };
    SimulatedExecutor::start(std::move(driven));
  }

 protected:
  [[nodiscard]] std::optional<Nanos> next_outside(std::optional<Nanos> next_due) override {
    return life_->lives == nullptr ? std::nullopt : life_->lives->next_outside(next_due);
  }
  void happen() override { life_->lives->happen(); }

 private:
  std::shared_ptr<const Life> life_;
};

}  // namespace

Lives::Lives(Registry workflows, TestOptions options)
    : workflows_(std::move(workflows)),
      options_(std::move(options)),
      clock_(std::make_shared<runtime::SimulatedClock>()),
      random_(std::make_shared<runtime::SeededRandom>(options_.seed)),
      disk_(std::make_shared<NotingStore>(
          journal::make_memory_store(std::max<std::uint16_t>(1, options_.shards)))) {
  ledger_.call_ = [this](bool took_place) { call(took_place); };
}

Lives::~Lives() {
  kill();
  guard_.tell_unasked();
}

Result<void> Lives::begin(std::optional<CrashPoint> crash) {
  crash_ = crash;
  dead_ = false;
  life_ = std::make_shared<Life>(Life{this});
  calls_ = 0;
  records_before_ = disk_->records();
  const bool by_record = crash && crash->kind == CrashPoint::Kind::record;
  runtime::Parts parts;
  auto store = std::make_unique<CrashingStore>(disk_, by_record ? crash->at : CrashingStore::never);
  store_ = store.get();
  parts.store = std::move(store);
  const std::uint64_t seed = options_.seed * 1'000'003 + ++count_;
  parts.runner = std::make_unique<LifeRunner>(life_, seed * 2);
  auto executor = std::make_unique<ScriptedExecutor>(life_, *clock_, seed * 2 + 1);
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
  die();
  shut_down();
}

void Lives::die() {
  dead_ = true;
  store_->kill();
  executor_->rest();  // The engine learns that it has no store any more.
}

Engine& Lives::engine() {
  if (!engine_) throw Error(Code::engine_failed, "the engine could not be opened again");
  return *engine_;
}

runtime::SimulatedExecutor& Lives::executor() {
  (void)engine();
  return *executor_;
}

void Lives::shut_down() {
  engine_.reset();
  life_->lives = nullptr;
  store_ = nullptr;
  executor_ = nullptr;
}

std::uint64_t Lives::bodies(std::string_view step) const {
  const auto found = bodies_.find(step);
  return found == bodies_.end() ? 0 : found->second;
}

std::optional<Nanos> Lives::next_outside(std::optional<Nanos> next_due) {
  if (dead() || !engine_) return std::nullopt;
  const auto first = [&]() -> std::optional<Nanos> {
    if (script_.empty()) return std::nullopt;
    return script_.begin()->first;
  };
  const auto happens_now = [&] { return first() && *first() <= clock_->wall(); };
  if (director_ != nullptr && !happens_now()) director_->idle(next_due);
  if (!happens_now()) patience_.idle();
  return first();
}

void Lives::worked() {
  // Neither while it is opened nor when it goes down somebody waits.
  if (!dead() && engine_) patience_.work(disk_->events(), clock_->wall());
}

void Lives::happen() {
  const auto event = std::move(script_.begin()->second);
  script_.erase(script_.begin());
  const Within inside(in_event_);
  event(*engine_);
}

detail::Outcome Lives::outcome_of(runtime::StepRun& step, BodyEnd end) {
  const auto failure = [](const char* why, bool retryable) {
    return Failure{static_cast<std::uint16_t>(Code::step_failed), "", why, retryable};
  };
  if (end == BodyEnd::failed) return failure("failed by the test", true);
  if (end == BodyEnd::refused) return failure("failed for good by the test", false);
  bodies_[step.name] += 1;
  const auto completed_at = disk_->completed_at(step.run, step.op);
  if (completed_at && *completed_at <= records_before_) {
    run_again_.push_back(
        fmt::format("the body of step \"{}\" ran again, though its completion was "
                    "on disk",
                    step.name));
  }
  StepContext context(step.run, step.op, step.attempt, step.idempotency_key(),
                      std::move(step.stop));
  const CurrentLedger current(ledger_);
  const Within inside(in_body_);
  auto outcome = mocks_.run(step.name, context);
  if (!outcome) outcome = step.body->run(context);
  if (end == BodyEnd::lost && std::holds_alternative<Payload>(*outcome)) {
    return failure("its answer was lost by the test", true);
  }
  return *std::move(outcome);
}

void Lives::tell(const runtime::StepRun& step, detail::Outcome outcome) const {
  if (!dead()) step.done(step, std::move(outcome));
}

void Lives::run(runtime::StepRun& step) {
  if (!dead()) tell(step, outcome_of(step, BodyEnd::own));
}

void Lives::call(bool took_place) {
  if (!in_body_) return;  // What the host enters is no effect of a step.
  if (dead()) throw Died{};
  if (!took_place) ++calls_;
  const auto kind = took_place ? CrashPoint::Kind::after : CrashPoint::Kind::before;
  if (!crash_ || crash_->kind != kind || crash_->at != calls_) return;
  die();
  throw Died{};
}

}  // namespace reprise::testing

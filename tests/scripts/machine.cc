#include "tests/scripts/machine.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "tests/support/store_check.h"
#include "tools/testing/crashing_store.h"

#include <fmt/format.h>

namespace reprise::scripts {

using namespace std::chrono_literals;

/// A CrashingStore keeps a record only if its caller is told. This one may also die in between.
class Machine::DyingStore final : public testing::CrashingStore {
 public:
  DyingStore(Machine& machine, std::uint64_t records_left)
      : CrashingStore(machine.disk_, records_left), machine_(machine), left_(records_left) {}
  ~DyingStore() override { machine_.died_ = machine_.died_ || crashed(); }
  DyingStore(const DyingStore&) = delete;
  DyingStore& operator=(const DyingStore&) = delete;

  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override {
    std::uint64_t records = 0;
    for (const auto& part : group) records += part.count;
    auto written = CrashingStore::append(group, sync);
    if (!written) return written;
    if (records == 0) return wrote();
    if (left_ == never) return {};
    left_ -= records;
    return left_ == 0 && machine_.at_once_ ? die() : Result<void>();
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    machine_.trimmed_.merge(test::completed_steps(*machine_.disk_));
    auto trimmed = CrashingStore::trim(shard, keep_from);
    return trimmed ? wrote() : trimmed;
  }

 private:
  Result<void> wrote() {
    return ++machine_.writes_ == machine_.die_after_ ? die() : Result<void>();
  }
  Result<void> die() {
    kill();
    return Error(Code::outcome_unknown, "killed just after writing");
  }

  Machine& machine_;
  std::uint64_t left_;
};

/// Runs bodies one at a time, in an order drawn from the seed; none in a dead process.
class Machine::Runner final : public runtime::StepRunner {
 public:
  Runner(const DyingStore& store, std::uint64_t seed) : store_(store), runner_(seed) {}

  void start(runtime::StepRun step) override {
    if (!store_.crashed()) runner_.start(std::move(step));
  }
  bool poll() override { return !store_.crashed() && runner_.poll(); }
  [[nodiscard]] std::size_t busy() const override { return store_.crashed() ? 0 : runner_.busy(); }
  void drain() override {
    while (poll()) {
    }
  }

 private:
  const DyingStore& store_;
  runtime::SimulatedRunner runner_;
};

/// Waits for answers, and lets another caller in between.
class Machine::Caller final : public runtime::SimulatedExecutor {
 public:
  using SimulatedExecutor::SimulatedExecutor;

  bool wait(runtime::Waiting& at, const std::function<bool()>& done,
            std::optional<Nanos> deadline) override {
    return SimulatedExecutor::wait(
        at,
        [&] {
          const bool is_done = done();
          if (other_ && !is_done && polls_-- == 0) std::exchange(other_, nullptr)();
          return is_done;
        },
        deadline);
  }
  void interrupt(unsigned polls, std::function<void()> other) {
    polls_ = polls;
    other_ = std::move(other);
  }
  bool waiting_to() { return std::exchange(other_, nullptr) != nullptr; }

 private:
  unsigned polls_ = 0;
  std::function<void()> other_;
};

Machine::Machine(std::uint64_t seed)
    : seed_(seed),
      clock_(std::make_shared<runtime::SimulatedClock>()),
      random_(std::make_shared<runtime::SeededRandom>(seed)),
      disk_(journal::make_memory_store(2)),
      workflows_(scripts::workflows()) {
  set_world(&world_);
}

Machine::~Machine() {
  if (engine_) kill();
  ending_ = true;
  engine_.reset();
  set_world(nullptr);
}

Times Machine::times() noexcept {
  return {std::chrono::nanoseconds(1h).count(), std::chrono::nanoseconds(3h).count()};
}

void Machine::die_at(std::uint64_t records, bool at_once) {
  die_at_ = records;
  at_once_ = at_once;
}

void Machine::kill() {
  store_->kill();
  caller_->stop();
}

bool Machine::dead() const { return store_ != nullptr && store_->crashed(); }

std::uint64_t Machine::records() const { return testing::records_on(*disk_); }

void Machine::judge_disk() {
  auto after = test::records_of(*disk_);
  auto lost = test::lost_record(before_, after, *disk_);
  if (!lost.empty()) world_.violations.push_back(std::move(lost));
  before_ = std::move(after);
  const std::string findings = test::findings_of(*disk_);
  if (!findings.empty()) world_.violations.push_back("the verifier found: " + findings);
}

void Machine::bury() {
  if (!engine_) return;
  ending_ = true;
  caller_->stop();  // A dead process waits for nothing: no time passes.
  engine_.reset();
  store_ = nullptr;
  caller_ = nullptr;
  judge_disk();
  plan_is_done();
}

void Machine::plan_is_done() { die_at_ = die_after_ = never; }

bool Machine::open() {
  bury();
  ending_ = false;
  world_.completed.merge(trimmed_);
  world_.completed.merge(test::completed_steps(*disk_));
  EngineOptions options;
  options.log.level.reset();
  options.verify_replay_every = 1;
  options.retention = std::chrono::nanoseconds(times().retention);
  options.tombstone = std::chrono::nanoseconds(times().tombstone);
  options.clock = clock_;
  options.random = random_;
  ++lives_;
  const std::uint64_t left = die_at_ == never ? never : die_at_ - records();
  const std::uint64_t seed = seed_ * 1'000'003 + lives_;
  auto store = std::make_unique<DyingStore>(*this, left);
  auto caller = std::make_unique<Caller>(*clock_, seed * 2);
  store_ = store.get();
  caller_ = caller.get();
  runtime::Parts parts;
  parts.runner = std::make_unique<Runner>(*store_, seed * 2 + 1);
  parts.store = std::move(store);
  parts.executor = std::move(caller);
  auto engine = Engine::open(std::move(options), workflows_, std::move(parts));
  if (engine) {
    engine_.emplace(*std::move(engine));
    return true;
  }
  store_ = nullptr;
  caller_ = nullptr;
  judge_disk();
  const bool died_of_it = died_ && (die_at_ != never || die_after_ != never);
  plan_is_done();
  if (died_of_it) return open();
  world_.violations.push_back("the store does not open: " + engine.error().message());
  return false;
}

Result<void> Machine::shut_down() {
  ending_ = true;
  auto ended = engine_->shutdown(10s);
  if (dead()) return {};
  if (!ended) return ended;
  engine_.reset();
  store_ = nullptr;
  caller_ = nullptr;
  judge_disk();
  return {};
}

void Machine::pass_until(Nanos wall) {
  runtime::Waiting here;
  while (!dead() && clock_->wall() < wall) {
    (void)caller_->wait(here, [] { return false; }, clock_->steady() + wall - clock_->wall());
    // Where nothing is due nobody moves the clock; a sweep wants to be looked for now and then.
    const Nanos left = wall - clock_->wall();
    if (left > 0) clock_->advance(std::min(left, std::chrono::nanoseconds(1min).count()));
  }
  if (!dead()) (void)caller_->wait(here, [] { return false; }, clock_->steady());
}

void Machine::interrupt(unsigned polls, std::function<void()> other) {
  caller_->interrupt(polls, std::move(other));
}

bool Machine::interrupted() { return caller_ == nullptr || !caller_->waiting_to(); }

}  // namespace reprise::scripts

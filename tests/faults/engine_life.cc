#include "tests/faults/engine_life.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

#include <reprise/reprise.h>

#include "journal/rocks_store.h"
#include "sim/twenty_operations.h"
#include "support/driven_engine.h"
#include "support/journals.h"
#include "support/store_check.h"
#include "tests/faults/client.h"
#include "tools/testing/forwarding_store.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

using namespace std::chrono_literals;
using test::world;

constexpr int base = 1;
constexpr auto retention = 30s;

/// Letters in no order, too many for an event.
const std::string& bulk() {
  static const std::string letters = [] {
    runtime::SeededRandom random(1);
    std::string text(70'000, ' ');
    for (char& letter : text) letter = static_cast<char>('a' + random.below(26));
    return text;
  }();
  return letters;
}

std::string turned(std::string text) {
  std::reverse(text.begin(), text.end());
  return text;
}
std::string turn(StepContext& ctx, std::string text) {
  test::note(ctx);
  return turned(std::move(text));
}

Workflow<std::string> bulky(Context ctx, std::string text) {
  auto back = co_await ctx.step("turn", {.poison_after = 0}, turn, text);
  co_await ctx.sleep(1s);
  co_return back;
}

Registry registry() {
  Registry all = test::twenty_registry();
  all.add("bulky", bulky);
  return all;
}

std::size_t number_behind(std::string_view text, std::string_view name) {
  std::size_t number = 0;
  const auto at = text.find(fmt::format("\n{} ", name));
  if (at == text.npos) return number;
  text.remove_prefix(at + name.size() + 2);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Settings settings_of(std::uint64_t seed) {
  runtime::SeededRandom random(900 + seed);
  Settings settings;
  settings.shards = static_cast<std::uint16_t>(1 + random.below(3));
  constexpr std::uint64_t every[] = {10, 40, 100'000};
  settings.snapshot_every = every[random.below(3)];
  settings.evicts = random.below(2) == 0;
  settings.blobs = random.below(2) == 0;
  settings.forgets = random.below(3) == 0;
  return settings;
}

std::vector<Errand> errands_of(const Settings& settings) {
  std::vector<Errand> errands{Errand::start};
  if (settings.blobs) errands.insert(errands.end(), {Errand::start_bulky, Errand::finish_bulky});
  errands.insert(errands.end(), {Errand::signal, Errand::finish});
  if (settings.forgets) errands.push_back(Errand::forget);
  return errands;
}

std::string_view name(Errand errand) {
  constexpr std::string_view names[] = {"start",  "start_bulky", "finish_bulky",
                                        "signal", "finish",      "forget"};
  return names[static_cast<std::size_t>(errand)];
}

/// Notes what is written.
class Life::Watched final : public testing::ForwardingStore {
 public:
  Watched(Life& life, std::shared_ptr<journal::Store> store)
      : ForwardingStore(std::move(store)), life_(life) {}

  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override {
    Deeds after = life_.deeds_;
    for (const auto& part : group) {
      for (const auto& put : part.puts) {
        if (put.table == journal::Table::rows && put.value) ++after.rows;
        if (put.table == journal::Table::meta && put.value) ++after.positions;
        if (put.table == journal::Table::blobs) ++(put.value ? after.blobs : after.blobs_deleted);
      }
    }
    auto written = inner().append(group, sync);
    if (written) life_.deeds_ = after;
    return written;
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    {
      const Drive::Spared spared(life_.drive_);
      life_.past_.trimmed.emplace_back(life_.drive_.ops().size(), test::completed_steps(inner()));
    }
    const Position first = inner().ends(shard).first;
    auto trimmed = inner().trim(shard, keep_from);
    life_.deeds_.trims += inner().ends(shard).first > first ? 1 : 0;
    return trimmed;
  }

 private:
  Life& life_;
};

/// Notes the bodies that are handed out, before any of them begins: a pool may begin it at once.
class Life::Releases final : public runtime::StepRunner {
 public:
  Releases(Life& life, std::unique_ptr<runtime::StepRunner> runner)
      : life_(life), runner_(std::move(runner)) {}

  void start(runtime::StepRun step) override {
    note(step);
    runner_->start(std::move(step));
  }
  void run_here(runtime::StepRun step) override {
    note(step);
    runner_->run_here(std::move(step));
  }
  bool poll() override { return runner_->poll(); }
  [[nodiscard]] std::size_t busy() const override { return runner_->busy(); }
  void drain() override { runner_->drain(); }

 private:
  void note(const runtime::StepRun& step) {
    const auto key = step.idempotency_key();
    const auto what = fmt::format("{} ({}) attempt {}", key, step.name, step.attempt);
    if (life_.completed_.contains(key)) {
      life_.repeated_ = "it ran again after its completion: " + what;
    }
    // A pure one may begin before it is recorded: its attempt, once lost, begins again.
    if (step.name == test::pure_step) return;
    const bool fresh =
        life_.past_.begun.try_emplace({key, step.attempt}, life_.drive_.ops().size()).second;
    if (!fresh) life_.repeated_ = "a body began twice: " + what;
  }

  Life& life_;
  std::unique_ptr<runtime::StepRunner> runner_;
};

Past Past::until(std::size_t op) const {
  Past then = *this;
  std::erase_if(then.begun, [&](const auto& one) { return one.second > op; });
  std::erase_if(then.trimmed, [&](const auto& one) { return one.first > op; });
  return then;
}

Life::Life(Drive& drive, std::uint64_t seed, Past past)
    : drive_(drive),
      files_(drive),
      seed_(seed),
      settings_(settings_of(seed)),
      clock_(std::make_shared<runtime::SimulatedClock>()),
      past_(std::move(past)) {
  for (const auto& [op, steps] : past_.trimmed) completed_.insert(steps.begin(), steps.end());
  world.clock = clock_.get();
  world.bodies.clear();
  // They know nothing of crashes: what began is noted in `past_`.
  world.begun.clear();
  world.twice.clear();
}

Result<void> Life::open() {
  auto store = journal::open_rocks_store(
      {.path = store_path, .shards = settings_.shards, .store_id = {1, 2}}, files_);
  if (!store) return std::move(store).error();
  created_ = (*store)->report().created;
  {
    const Drive::Spared spared(drive_);
    completed_.merge(test::completed_steps(**store));
    findings_ = test::findings_of(**store);
  }
  EngineOptions options;
  options.snapshot_every = settings_.snapshot_every;
  options.compression = Compression::none;
  if (settings_.evicts) options.memory_budget = 1;
  if (settings_.forgets) options.retention = retention;
  auto watched = std::make_unique<Watched>(*this, *std::move(store));
  auto parts = test::simulated_parts(options, std::move(watched), clock_, seed_);
  parts.runner = std::make_unique<Releases>(*this, std::move(parts.runner));
  executor_ = parts.executor.get();
  auto engine = Engine::open(std::move(options), registry(), std::move(parts));
  if (!engine) return std::move(engine).error();
  engine_ = *std::move(engine);
  return {};
}

void Life::end() {
  if (!engine_) return;
  deeds_.evictions = number_behind(engine_->metrics(), "reprise_instance_evictions_total");
  engine_.reset();
}

void Life::wait(const std::function<bool()>& done, std::chrono::nanoseconds patience) {
  runtime::Waiting here;
  (void)executor_->wait(here, done, clock_->steady() + patience.count());
}

void Life::pass(std::chrono::nanoseconds time) {
  runtime::Waiting here;
  const Nanos until = clock_->steady() + time.count();
  while (clock_->steady() < until) {
    (void)executor_->wait(here, [] { return false; }, until);
    // Where nothing is due nobody moves the clock.
    const Nanos left = until - clock_->steady();
    if (left > 0) clock_->advance(std::min(left, std::chrono::nanoseconds(1min).count()));
  }
}

std::string Host::main_result() { return test::twenty_result(base); }
std::string Host::bulky_result() { return turned(bulk()); }

Result<void> Host::perform(Errand errand, bool acknowledged) {
  switch (errand) {
    case Errand::start: return begin(main_, acknowledged);
    case Errand::start_bulky: return begin(bulky_, acknowledged);
    case Errand::finish_bulky: return finish(bulky_);
    case Errand::finish: return finish(main_);
    case Errand::forget:
      if (!acknowledged) life_.pass(10min);
      return be_gone(main_);
    case Errand::signal: break;
  }
  if (acknowledged) return {};
  auto sent = life_.ask<std::string>([&](auto told) {
    life_.engine().on_signalled("main", "go", 41, std::move(told), {.id = "go-1"});
  });
  // It was taken before, and the run has ended since.
  if (sent.code() == Code::closed) return {};
  return sent ? Result<void>() : excused(main_, sent.error());
}

Result<reprise::Run<std::string>> Host::start(const Instance& instance) {
  return life_.ask<reprise::Run<std::string>>([&](auto told) {
    if (instance.id == main_.id) {
      life_.engine().on_started(test::twenty, instance.id, std::move(told), base);
    } else {
      life_.engine().on_started(bulky, instance.id, std::move(told), bulk());
    }
  });
}

Result<void> Host::begin(Instance& instance, bool acknowledged) {
  if (acknowledged) return find(instance);
  auto run = start(instance);
  if (run) instance.run = *std::move(run);
  const bool gone = run.code() == Code::closed && life_.settings().forgets;
  return run || gone ? Result<void>() : std::move(run).error();
}

Result<void> Host::find(Instance& instance) {
  auto run = life_.engine().find<std::string>(instance.id);
  if (!run) return excused(instance, run.error());
  instance.run = *std::move(run);
  return {};
}

Result<void> Host::finish(Instance& instance) {
  if (!instance.run) {
    auto found = find(instance);
    if (!instance.run) return found;
  }
  auto text = life_.ask<std::string>([&](auto told) { instance.run->on_result(std::move(told)); });
  if (!text) return excused(instance, text.error());
  if (*text != instance.result) wrong_ = "another result: " + text->substr(0, 100);
  return {};
}

Result<void> Host::excused(const Instance& instance, const Error& error) {
  if (error.code() != Code::not_found || !life_.settings().forgets) return error;
  return be_gone(instance);
}

Result<void> Host::be_gone(const Instance& instance) {
  auto again = start(instance);
  if (again.code() == Code::closed) return {};
  if (!again) return std::move(again).error();
  wrong_ = fmt::format("\"{}\" is there, or is gone without a trace", instance.id);
  return {};
}

}  // namespace reprise::faults

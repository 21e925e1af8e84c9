#include "tests/faults/engine_run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include <reprise/hash.h>
#include <reprise/reprise.h>

#include "journal/rocks_store.h"
#include "sim/twenty_operations.h"
#include "support/driven_engine.h"
#include "support/journals.h"
#include "support/store_check.h"
#include "tests/faults/client.h"
#include "tests/faults/second_reader.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

using test::twenty;
using test::world;

constexpr int base = 1;

/// One process on the drive: its store, and the engine that owns it.
class Life {
 public:
  Life(Drive& drive, std::uint64_t seed, std::uint16_t shards)
      : files_(drive),
        seed_(seed),
        shards_(shards),
        clock_(std::make_shared<runtime::SimulatedClock>()) {
    world.clock = clock_.get();
    world.bodies.clear();
    // Of a life that was cut off earlier, this one may begin the same attempts.
    world.begun.clear();
    world.twice.clear();
  }

  Result<Engine> open() {
    auto store = journal::open_rocks_store(
        {.path = store_path, .shards = shards_, .store_id = {1, 2}}, files_);
    if (!store) return std::move(store).error();
    created_ = (*store)->report().created;
    completed_ = test::completed_steps(**store);
    findings_ = test::findings_of(**store);
    EngineOptions options;
    auto parts = test::simulated_parts(options, *std::move(store), clock_, seed_);
    return Engine::open(std::move(options), test::twenty_registry(), std::move(parts));
  }

  /// What the verifier says of the store that the last life left.
  [[nodiscard]] const std::string& findings() const noexcept { return findings_; }
  [[nodiscard]] bool created() const noexcept { return created_; }
  /// Steps whose completion was durable when this life began.
  [[nodiscard]] const std::set<std::string>& completed() const noexcept { return completed_; }

 private:
  SimFiles files_;
  std::uint64_t seed_;
  std::uint16_t shards_;
  std::shared_ptr<runtime::SimulatedClock> clock_;
  std::set<std::string> completed_;
  std::string findings_;
  bool created_ = false;
};

bool has(const EngineRun& run, Receipt::Kind kind, std::size_t op) {
  return std::any_of(run.receipts.begin(), run.receipts.end(), [&](const Receipt& receipt) {
    return receipt.kind == kind && receipt.op <= op;
  });
}

/// All that judging depends on but the seed, which only orders what happens.
Crashes::State state_of(const Disk& disk, const EngineRun& run, std::size_t op) {
  std::size_t receipts = 0;
  for (const auto& receipt : run.receipts) receipts += receipt.op <= op ? 1 : 0;
  return {Subject::engine,
          chain({hash_of_store(disk, store_path), run.shards}, std::to_string(receipts)).low};
}

/// Only what there is no receipt for is done (again).
Result<std::string> live_on(const Engine& engine, const EngineRun& run, std::size_t op) {
  auto found = engine.find<std::string>("main");
  if (!found) {
    if (has(run, Receipt::Kind::started, op)) return std::move(found).error();
    found = engine.start(twenty, "main", base);
    if (!found) return std::move(found).error();
  }
  if (!has(run, Receipt::Kind::signalled, op)) {
    auto sent = engine.signal("main", "go", 41, {.id = "go-1"});
    if (!sent && sent.code() != Code::closed) return std::move(sent).error();
  }
  return found->result();
}

/// From opening to an orderly close; the violation, or nothing.
std::string judge_life(Drive& drive, const EngineRun& run, std::size_t op) {
  Life life(drive, run.seed, run.shards);
  auto engine = life.open();
  if (!engine) return "open: " + engine.error().message();
  if (!life.findings().empty()) return "verifier: " + life.findings();
  const bool finished = has(run, Receipt::Kind::finished, op);
  if (life.created() && has(run, Receipt::Kind::started, op)) return "the store was made anew";
  const auto result = live_on(*engine, run, op);
  if (!result) return "live: " + result.error().message();
  if (*result != test::twenty_result(base)) return "another result: " + *result;
  if (!world.twice.empty()) return "a body began twice: " + world.twice;
  for (const std::string& body : world.bodies) {
    if (life.completed().contains(body)) return "it ran again after its completion: " + body;
  }
  if (finished && !world.bodies.empty()) return "a body ran although all had finished";
  return "";
}

}  // namespace

EngineRun record_engine(std::uint64_t seed) {
  EngineRun run;
  run.seed = seed;
  run.shards = static_cast<std::uint16_t>(1 + seed % 3);
  Drive drive(run.start);
  const auto note = [&](Receipt::Kind kind) { run.receipts.push_back({kind, drive.ops().size()}); };
  Life life(drive, run.seed, run.shards);
  {
    const Engine engine = life.open().value();
    auto main = engine.start(twenty, "main", base).value();
    note(Receipt::Kind::started);
    static_cast<void>(engine.signal("main", "go", 41, {.id = "go-1"}).value());
    note(Receipt::Kind::signalled);
    static_cast<void>(main.result().value());
    note(Receipt::Kind::finished);
    static_cast<void>(engine.find<int>("echo-main").value().result().value());
    if (!world.twice.empty()) throw std::runtime_error("a body began twice: " + world.twice);
  }
  run.ops = drive.ops();
  return run;
}

std::string judge_engine(const Disk& disk, const EngineRun& run, std::size_t op,
                         bool second_reader) {
  Drive drive(disk);
  auto violation = judge_life(drive, run, op);
  if (violation.empty() && second_reader) violation = findings_of_engine(drive.disk());
  return violation;
}

void crash_engine(const EngineRun& run, std::size_t stride, Crashes& judged,
                  const std::function<bool(const Moment&, const std::string&)>& each) {
  Disk disk = run.start;
  for (std::size_t op = 0; op < run.ops.size(); ++op) {
    disk.apply(run.ops[op]);
    if (op % stride != 0) continue;
    for (const Damage damage : all_damages) {
      const Moment moment{op + 1, damage, run.seed * 1'000'003 + op};
      const Disk left = disk.crash(damage, moment.seed);
      if (!judged.fresh(state_of(left, run, moment.op))) continue;
      const auto violation = judge_engine(left, run, moment.op, judged.for_second_reader());
      if (!each(moment, violation)) return;
    }
  }
}

}  // namespace reprise::faults

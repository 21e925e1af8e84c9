#include "tests/faults/engine_run.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

#include <reprise/hash.h>

#include "sim/twenty_operations.h"
#include "tests/faults/client.h"
#include "tests/faults/second_reader.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

using test::world;

bool has(const EngineRun& run, Errand errand, std::size_t op) {
  return std::any_of(run.receipts.begin(), run.receipts.end(), [&](const Receipt& receipt) {
    return receipt.errand == errand && receipt.op <= op;
  });
}

/// From opening to an orderly close; the violation, or nothing.
std::string live(Life& life, const std::function<bool(Errand)>& acknowledged) {
  if (auto opened = life.open(); !opened) return "open: " + opened.error().message();
  if (!life.findings().empty()) return "verifier: " + life.findings();
  if (life.created() && acknowledged(Errand::start)) return "the store was made anew";
  Host host(life);
  for (const Errand errand : errands_of(life.settings())) {
    auto done = host.perform(errand, acknowledged(errand));
    if (!host.wrong().empty()) return host.wrong();
    if (!done) return fmt::format("{}: {}", name(errand), done.error().message());
  }
  life.end();
  if (!life.repeated().empty()) return life.repeated();
  if (acknowledged(Errand::finish) && !world.bodies.empty()) {
    return "a body ran although all had finished";
  }
  return "";
}

/// A life after the crash, and one more after its close; the violation, or nothing.
std::string judge_lives(Drive& drive, const EngineRun& run, std::size_t op) {
  Life life(drive, run.seed, run.past.until(op));
  auto wrong = live(life, [&](Errand errand) { return has(run, errand, op); });
  if (!wrong.empty()) return wrong;
  Life next(drive, run.seed, life.past());
  wrong = live(next, [](Errand) { return true; });
  return wrong.empty() ? "" : "opened again: " + wrong;
}

}  // namespace

EngineRun record_engine(std::uint64_t seed) {
  EngineRun run;
  run.seed = seed;
  Drive drive(run.start);
  Life life(drive, run.seed);
  life.open().value();
  Host host(life);
  for (const Errand errand : errands_of(life.settings())) {
    host.perform(errand, false).value();
    if (!host.wrong().empty()) throw std::runtime_error(host.wrong());
    run.receipts.push_back({errand, drive.ops().size()});
  }
  if (!life.settings().forgets) {
    static_cast<void>(life.engine().find<int>("echo-main").value().result().value());
  }
  life.end();
  if (!life.repeated().empty()) throw std::runtime_error(life.repeated());
  run.ops = drive.ops();
  run.reads = drive.reads();
  run.past = life.past();
  run.deeds = life.deeds();
  return run;
}

Crashes::State state_of(const Disk& disk, const EngineRun& run, std::size_t op, Subject subject) {
  std::size_t receipts = 0;
  for (const auto& receipt : run.receipts) receipts += receipt.op <= op ? 1 : 0;
  const Past past = run.past.until(op);
  const auto known = fmt::format("{} {} {}", receipts, past.begun.size(), past.trimmed.size());
  return {subject, chain({hash_of_store(disk, store_path), run.seed}, known).low};
}

std::string judge_engine(const Disk& disk, const EngineRun& run, std::size_t op,
                         bool second_reader) {
  Drive drive(disk);
  const test::World under_way = world;
  auto violation = judge_lives(drive, run, op);
  world = under_way;
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

#include "tests/scripts/plan.h"

namespace reprise::scripts {
namespace {

Planned beginning(std::size_t index) {
  Planned planned;
  planned.script = script_of(beginnings.at(index)).value_or(Script());
  planned.first = planned.script.size();
  return planned;
}

bool lets_time_pass(Op op) {
  return op == Op::moment || op == Op::timers || op == Op::retention || op == Op::tombstone;
}

Judged crash_everywhere(const Planned& planned, const Outcome& whole, std::uint64_t seed,
                        const Visit& visit, std::size_t stride) {
  Judged judged{1, 0, whole.calls};
  std::size_t left = 0;
  for (const Crash& crash : crashes_of(whole, planned.first)) {
    if (left++ % stride != 0) continue;
    visit(planned.script, crash, nullptr);
    const Outcome outcome = run(planned.script, crash, {.seed = seed});
    visit(planned.script, crash, &outcome);
    judged.crashes += outcome.died ? 1 : 0;
    judged.calls += outcome.calls;
  }
  return judged;
}

Outcome without_crash(const Script& script, std::uint64_t seed, const Visit& visit) {
  visit(script, std::nullopt, nullptr);
  Outcome whole = run(script, std::nullopt, {.seed = seed});
  visit(script, std::nullopt, &whole);
  return whole;
}

}  // namespace

Sequences::Sequences(std::size_t length) {
  std::size_t of_length = 1;
  for (std::size_t i = 0; i < length; ++i) size_ += of_length *= op_count;
}

Planned Sequences::at(std::size_t index) const {
  Planned planned = beginning(index % beginnings.size());
  index /= beginnings.size();
  std::size_t of_length = op_count;
  std::size_t length = 1;
  for (; index >= of_length; of_length *= op_count, ++length) index -= of_length;
  for (; length > 0; --length) {
    of_length /= op_count;
    planned.script.push_back({static_cast<Op>(index / of_length)});
    index %= of_length;
  }
  return planned;
}

Planned Pairs::at(std::size_t index) const {
  Planned planned = beginning(index % beginnings.size());
  index /= beginnings.size();
  const auto op = static_cast<Op>(index / op_count);
  const auto other = static_cast<Op>(index % op_count);
  // Who shuts down has no calls under way; time passes for both.
  if (op == Op::restart || other == Op::restart || lets_time_pass(other)) return {};
  planned.script.push_back({op, other});
  return planned;
}

Judged judge(const Planned& planned, std::uint64_t seed, const Visit& visit, std::size_t stride) {
  const Outcome whole = without_crash(planned.script, seed, visit);
  return crash_everywhere(planned, whole, seed, visit, stride);
}

Judged judge_pair(const Planned& planned, std::uint64_t seed, const Visit& visit,
                  std::size_t stride) {
  Judged judged;
  if (planned.script.empty()) return judged;
  Planned now = planned;
  for (unsigned polls = 0; polls < Pairs::polls_max; ++polls) {
    now.script.back().polls = polls;
    const Outcome whole = without_crash(now.script, seed, visit);
    if (whole.alone) break;  // Later there is no time either.
    const Judged one = crash_everywhere(now, whole, seed, visit, stride);
    judged.scripts += one.scripts;
    judged.crashes += one.crashes;
    judged.calls += one.calls;
  }
  return judged;
}

}  // namespace reprise::scripts

// The tests of this folder; or, told so, one case of theirs again, or as many as fit into a time:
//
//   faults_test --minutes N [--seed N]
//   faults_test --minutes N --seed N --calls N     all crashes of all recoveries of one script
//   faults_test --seed N --calls N --crash OP:DAMAGE:SEED [--crash …]
//   faults_test --seed N --calls N --fault NAME --at N [--sticky]
//   faults_test --engine --seed N --crash OP:DAMAGE:SEED
//
// The last three are what a violation prints. --trace adds the operations of the run.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/faults/crash.h"
#include "tests/faults/engine_run.h"
#include "tests/faults/failing.h"
#include "tests/faults/long_form.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

struct Arguments {
  bool understood = true;
  bool own = false;  ///< There are some that doctest does not know.
  bool trace = false;
  bool engine = false;
  std::uint64_t minutes = 0;
  std::uint64_t seed = 1;
  std::size_t calls = 0;
  std::vector<Moment> crashes;
  std::optional<Plan> plan;
};

Arguments parse(int count, char** words) {
  Arguments given;
  Plan plan;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    bool own = true;
    const auto next = [&] { return i + 1 < count ? words[++i] : ""; };
    const auto number = [&] { return std::strtoull(next(), nullptr, 10); };
    if (word == "--trace") {
      given.trace = true;
    } else if (word == "--engine") {
      given.engine = true;
    } else if (word == "--sticky") {
      plan.sticky = true;
    } else if (word == "--minutes") {
      given.minutes = number();
    } else if (word == "--seed") {
      given.seed = number();
    } else if (word == "--calls") {
      given.calls = number();
    } else if (word == "--at") {
      plan.at = number();
    } else if (word == "--fault") {
      const std::string_view fault = next();
      const auto named = [&](Fault each) { return name(each) == fault; };
      const auto found = std::find_if(all_faults.begin(), all_faults.end(), named);
      given.understood = given.understood && found != all_faults.end();
      if (found != all_faults.end()) plan.fault = *found;
    } else if (word == "--crash") {
      const auto moment = moment_from(next());
      given.understood = given.understood && moment.has_value();
      if (moment) given.crashes.push_back(*moment);
    } else {
      given.understood = false;
      own = !word.starts_with('-');  // Each of doctest's words stands alone.
    }
    given.own = given.own || own;
  }
  if (plan.at != Plan::never) given.plan = plan;
  return given;
}

void print(const std::vector<Op>& ops) {
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    fmt::print("{:5} {:11} {} {} {} {} at {} +{}\n", i, name(op.kind), op.node, op.name, op.other,
               op.other_name, op.offset, op.bytes.size());
  }
}

std::string crash_again(const Arguments& given) {
  Run run = record(make_script(given.seed, given.calls));
  std::string violation;
  for (const Moment& moment : given.crashes) {
    if (given.trace) print(run.ops);
    Disk disk = run.start;
    for (std::size_t op = 0; op < std::min(moment.op, run.ops.size()); ++op)
      disk.apply(run.ops[op]);
    auto judged = judge(disk.crash(moment.damage, moment.seed), allowed_at(run, moment.op),
                        sequel_of(moment));
    violation = judged.violation;
    run = std::move(judged.recovery);
  }
  return violation;
}

std::string crash_engine_again(const Arguments& given) {
  const EngineRun run = record_engine(given.seed);
  if (given.trace) print(run.ops);
  const Moment& moment = given.crashes.front();
  Disk disk = run.start;
  for (std::size_t op = 0; op < std::min(moment.op, run.ops.size()); ++op) disk.apply(run.ops[op]);
  return judge_engine(disk.crash(moment.damage, moment.seed), run, moment.op);
}

int one_case(const Arguments& given) {
  std::string violation;
  if (given.plan) {
    const auto outcome = run_failing(make_script(given.seed, given.calls), *given.plan);
    if (given.trace) print(outcome.ops);
    violation = outcome.violation;
  } else {
    violation = given.engine ? crash_engine_again(given) : crash_again(given);
  }
  fmt::print("{}\n", violation.empty() ? "no violation" : violation);
  return violation.empty() ? 0 : 1;
}

}  // namespace
}  // namespace reprise::faults

int main(int count, char** words) {
  using namespace reprise::faults;
  const Arguments given = parse(count, words);
  if (given.understood && given.minutes > 0) {
    return run_for({given.minutes, given.seed, given.calls});
  }
  if (given.understood && (given.plan || !given.crashes.empty())) return one_case(given);
  if (given.own) {
    fmt::print(stderr, "faults_test: an argument is none of its own; main.cc lists them\n");
    return 2;
  }
  return doctest::Context(count, words).run();
}

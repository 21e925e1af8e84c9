// The tests of this folder; or, told so, one case of theirs again, or as many as fit into a time:
//
//   faults_test --minutes N [--seed N]
//   faults_test --minutes N --seed N --calls N     all crashes of all recoveries of one script
//   faults_test --seed N --calls N [--crash OP:DAMAGE:SEED …]
//   faults_test --seed N --calls N --fault NAME --at N [--sticky]
//   faults_test --engine --seed N [--crash OP:DAMAGE:SEED]
//   faults_test --engine --seed N --fault NAME --at N [--sticky]
//
// The last four are what a violation prints: without a crash, what was wrong without one. --trace
// adds the operations of the run.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/arguments.h"
#include "tests/faults/crash.h"
#include "tests/faults/engine_failing.h"
#include "tests/faults/engine_run.h"
#include "tests/faults/failing.h"
#include "tests/faults/long_form.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

struct Arguments {
  Length length;
  bool trace = false;
  bool engine = false;
  std::vector<Moment> crashes;
  Plan plan;

  bool take(std::string_view word, std::string_view value);
  /// Whether they are those of one of the lines above.
  [[nodiscard]] bool fit() const {
    const bool fails = plan.at != Plan::never;
    if (length.minutes > 0) return crashes.empty() && !fails && !engine;
    if (engine) return crashes.size() <= (fails ? 0 : 1);
    return fails ? crashes.empty() : !crashes.empty() || length.calls > 0;
  }
};

bool Arguments::take(std::string_view word, std::string_view value) {
  if (word == "--trace") return trace = true;
  if (word == "--engine") return engine = true;
  if (word == "--sticky") return plan.sticky = true;
  if (word == "--minutes") return test::read_number(value, length.minutes);
  if (word == "--seed") return test::read_number(value, length.seed);
  if (word == "--calls") return test::read_number(value, length.calls);
  if (word == "--at") return test::read_number(value, plan.at);
  if (word == "--crash") {
    const auto moment = moment_from(value);
    if (moment) crashes.push_back(*moment);
    return moment.has_value();
  }
  const auto named = [&](Fault each) { return name(each) == value; };
  const auto found = std::find_if(all_faults.begin(), all_faults.end(), named);
  if (found != all_faults.end()) plan.fault = *found;
  return found != all_faults.end();
}

void print(const std::vector<Op>& ops) {
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    fmt::print("{:5} {:11} {} {} {} {} at {} +{}\n", i, name(op.kind), op.node, op.name, op.other,
               op.other_name, op.offset, op.bytes.size());
  }
}

/// The disk that the crash leaves. Nothing: there are not so many operations.
std::optional<Disk> left_of(const Disk& start, const std::vector<Op>& ops, const Moment& moment) {
  if (moment.op > ops.size()) return std::nullopt;
  Disk disk = start;
  for (std::size_t op = 0; op < moment.op; ++op) disk.apply(ops[op]);
  return disk.crash(moment.damage, moment.seed);
}

/// The violation; nothing: no such crash or fault was met.
std::optional<std::string> crash_again(const Arguments& given) {
  Run run = record(make_script(given.length.seed, given.length.calls));
  std::string violation;
  if (given.trace && given.crashes.empty()) print(run.ops);
  for (const Moment& moment : given.crashes) {
    if (given.trace) print(run.ops);
    const auto left = left_of(run.start, run.ops, moment);
    if (!left) return std::nullopt;
    auto judged = judge(*left, allowed_at(run, moment.op), sequel_of(moment));
    violation = judged.violation;
    if (violation.empty()) violation = judge_copies(*left, run.copies, moment.op, 1);
    run = std::move(judged.recovery);
  }
  return violation;
}

std::optional<std::string> crash_engine_again(const Arguments& given) {
  const EngineRun run = record_engine(given.length.seed);
  if (given.trace) print(run.ops);
  if (given.crashes.empty()) return "";
  const Moment& moment = given.crashes.front();
  const auto left = left_of(run.start, run.ops, moment);
  if (!left) return std::nullopt;
  return judge_engine(*left, run, moment.op);
}

std::optional<std::string> fail_again(const Arguments& given) {
  const auto outcome =
      given.engine ? run_engine_failing(given.length.seed, given.plan)
                   : run_failing(make_script(given.length.seed, given.length.calls), given.plan);
  if (given.trace) print(outcome.ops);
  if (outcome.faults == 0) return std::nullopt;
  return outcome.violation;
}

std::optional<std::string> run_again(const Arguments& given) try {
  if (given.plan.at != Plan::never) return fail_again(given);
  return given.engine ? crash_engine_again(given) : crash_again(given);
} catch (const std::exception& wrong) {
  return wrong.what();  // Without any crash it was not as promised.
}

int one_case(const Arguments& given) {
  const auto violation = run_again(given);
  if (!violation) {
    fmt::print(stderr, "faults_test: there is no such moment, so nothing was tried\n");
    return 2;
  }
  fmt::print("{}\n", violation->empty() ? "no violation" : *violation);
  return violation->empty() ? 0 : 1;
}

}  // namespace
}  // namespace reprise::faults

int main(int count, char** words) {
  using namespace reprise;
  faults::Arguments given;
  const auto understood = test::read_arguments(
      count, words, {"--minutes", "--seed", "--calls", "--crash", "--fault", "--at"},
      [&](std::string_view word, std::string_view value) { return given.take(word, value); },
      {"--trace", "--engine", "--sticky"});
  if (understood == test::Given::tests) return doctest::Context(count, words).run();
  if (understood == test::Given::own && given.fit()) {
    return given.length.minutes > 0 ? faults::run_for(given.length) : faults::one_case(given);
  }
  fmt::print(stderr, "faults_test: its arguments are one of the lines that main.cc lists\n");
  return 2;
}

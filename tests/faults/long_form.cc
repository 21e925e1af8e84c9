#include "tests/faults/long_form.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "support/last_words.h"
#include "tests/faults/crash.h"
#include "tests/faults/engine_failing.h"
#include "tests/faults/engine_run.h"
#include "tests/faults/failing.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

class LongForm {
 public:
  explicit LongForm(const Length& length)
      : until_(std::chrono::steady_clock::now() + std::chrono::minutes(length.minutes)) {}

  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= until_; }

  void run(std::uint64_t seed) {
    const std::size_t calls = 4 + seed % 12;
    const Script script = make_script(seed, calls);
    const auto prefix = fmt::format("--seed {} --calls {}", seed, calls);
    const auto run = recorded(prefix, [&] { return record(script); });
    if (run) crash(*run, prefix, seed, 1);
    crash_engine(seed);
    // They take several times as long as all crashes, and are more alike from seed to seed.
    if (run && seed % 16 == 1) fail(script, *run, prefix);
    fmt::print("seed {}: {} operations; ", seed, run ? run->ops.size() : 0);
    tell_counts();
  }

  /// Every crash of every recovery from every crash of one script.
  void run_twice_deep(std::uint64_t seed, std::size_t calls) {
    const auto prefix = fmt::format("--seed {} --calls {}", seed, calls);
    const auto run = recorded(prefix, [&] { return record(make_script(seed, calls)); });
    if (!run) return;
    crashes_.enumerate(*run, {.seed = seed}, [&](const Moment& moment, const Judgement& judgement) {
      const auto again = take(prefix, moment, judgement.violation);
      if (judgement.violation.empty()) {
        crashes_.enumerate(judgement.recovery, {.seed = seed},
                           [&](const Moment& second, const Judgement& judged) {
                             take(again, second, judged.violation);
                             return !over();
                           });
      }
      fmt::print("recoveries from {} done; ", to_text(moment));
      tell_counts();
      return !over();
    });
  }

  [[nodiscard]] int finish() {
    tell_counts();
    return violations_ == 0 ? 0 : 1;
  }

 private:
  void tell_counts() {
    fmt::print(
        "{} crash states of stores, {} of engines, {} of copies; {} failing runs left {} states, "
        "{} of engines {}; {} violations\n",
        crashes_.distinct(), crashes_.distinct(Subject::engine), crashes_.distinct(Subject::copy),
        runs_, crashes_.distinct(Subject::failing), engine_runs_,
        crashes_.distinct(Subject::failing_engine), violations_);
    static_cast<void>(std::fflush(stdout));
  }

  /// What `make` has recorded. Nothing: without any crash it was not as promised, as was told.
  template <typename Make>
  auto recorded(const std::string& again, const Make& make) -> std::optional<decltype(make())> {
    test::set_last_words(fmt::format("ABORTED in faults_test {}\n", again));
    try {
      return make();
    } catch (const std::exception& wrong) {
      tell(again, wrong.what());
      return std::nullopt;
    }
  }

  /// How to run this crash again.
  std::string take(const std::string& prefix, const Moment& moment, const std::string& violation) {
    auto again = fmt::format("{} --crash {}", prefix, to_text(moment));
    test::set_last_words(fmt::format("ABORTED after faults_test {}\n", again));
    if (!violation.empty()) tell(again, violation);
    return again;
  }

  void crash_engine(std::uint64_t seed) {
    if (over()) return;
    const auto prefix = fmt::format("--engine --seed {}", seed);
    const auto run = recorded(prefix, [&] { return record_engine(seed); });
    if (!run) return;
    faults::crash_engine(*run, 1 + seed % 4, crashes_,
                         [&](const Moment& moment, const std::string& violation) {
                           take(prefix, moment, violation);
                           return !over();
                         });
    fail_engine(*run, prefix);
  }

  /// Each fault at a place of its own from seed to seed.
  void fail_engine(const EngineRun& recorded, const std::string& prefix) {
    for (const Fault fault : all_faults) {
      for (const bool sticky : {false, true}) {
        if (over()) return;
        if (fault == Fault::full && !sticky) continue;  // Once, it is the same as no_space.
        const auto at = place_of(fault, recorded, recorded.seed * 7919 + (sticky ? 1 : 0));
        const auto again = fmt::format("{} --fault {} --at {}{}", prefix, name(fault), at,
                                       sticky ? " --sticky" : "");
        test::set_last_words(fmt::format("ABORTED in faults_test {}\n", again));
        const auto outcome = run_engine_failing(recorded.seed, {fault, at, sticky}, crashes_);
        ++engine_runs_;
        if (!outcome.violation.empty()) tell(again, outcome.violation);
        if (outcome.faults == 0) tell(again, "no fault was met");
      }
    }
  }

  void tell(const std::string& again, const std::string& violation) {
    ++violations_;
    fmt::print("VIOLATION faults_test {}: {}\n", again, violation);
    static_cast<void>(std::fflush(stdout));
  }

  /// Every crash of the run; of the recoveries each so-many-th is crashed in turn.
  void crash(const Run& run, const std::string& prefix, std::uint64_t seed, int depth) {
    // Deeper, a sample: the number of states is to the power of the depth.
    const Choice choice{.seed = seed, .stride = depth == 1 ? 1U : 5U + 3U * seed % 7U};
    crashes_.enumerate(run, choice, [&](const Moment& moment, const Judgement& judgement) {
      const auto again = take(prefix, moment, judgement.violation);
      const bool deeper = judgement.violation.empty() && depth < 3 && ++judged_ % 97 == 0;
      if (deeper) crash(judgement.recovery, again, seed + judged_, depth + 1);
      return !over();
    });
  }

  void fail(const Script& script, const Run& recorded, const std::string& prefix) {
    for (const Fault fault : all_faults) {
      const std::uint64_t last = fault == Fault::read_error ? recorded.reads : recorded.ops.size();
      for (std::uint64_t at = 0; at < last; ++at) {
        if (fault != Fault::read_error && !hits(fault, recorded.ops[at])) continue;
        for (const bool sticky : {false, true}) {
          if (over()) return;
          if (fault == Fault::full && !sticky) continue;  // Once, it is the same as no_space.
          const auto again = fmt::format("{} --fault {} --at {}{}", prefix, name(fault), at,
                                         sticky ? " --sticky" : "");
          test::set_last_words(fmt::format("ABORTED in faults_test {}\n", again));
          const auto outcome = run_failing(script, {fault, at, sticky}, crashes_);
          ++runs_;
          if (!outcome.violation.empty()) tell(again, outcome.violation);
          if (outcome.faults == 0) tell(again, "no fault was met");
        }
      }
    }
  }

  std::chrono::steady_clock::time_point until_;
  Crashes crashes_;
  std::uint64_t judged_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t engine_runs_ = 0;
  std::uint64_t violations_ = 0;
};

}  // namespace

int run_for(const Length& length) {
  test::tell_last_words_when_killed();
  LongForm form(length);
  if (length.calls > 0) {
    form.run_twice_deep(length.seed, length.calls);
  } else {
    for (std::uint64_t seed = length.seed; !form.over(); ++seed) form.run(seed);
  }
  return form.finish();
}

}  // namespace reprise::faults

#include "tests/faults/long_form.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "tests/faults/crash.h"
#include "tests/faults/failing.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

/// What is being judged, for the case that it takes the process down.
std::string current;

void tell_current(int) {
  // NOLINTNEXTLINE(bugprone-unused-return-value): nobody is left to tell.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, current.data(), current.size());
  std::_Exit(3);
}

class LongForm {
 public:
  explicit LongForm(std::uint64_t minutes)
      : until_(std::chrono::steady_clock::now() + std::chrono::minutes(minutes)) {}

  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= until_; }

  void run(std::uint64_t seed) {
    const std::size_t calls = 4 + seed % 12;
    const Script script = make_script(seed, calls);
    const auto prefix = fmt::format("--seed {} --calls {}", seed, calls);
    const Run recorded = record(script);
    crash(recorded, prefix, seed, 1);
    fail(script, recorded, prefix);
    fmt::print("seed {}: {} operations; so far {} crash states, {} failing runs, {} violations\n",
               seed, recorded.ops.size(), crashes_.distinct(), runs_, violations_);
    static_cast<void>(std::fflush(stdout));
  }

  int finish() const {
    fmt::print("{} distinct crash states, {} failing runs, {} violations\n", crashes_.distinct(),
               runs_, violations_);
    return violations_ == 0 ? 0 : 1;
  }

 private:
  void tell(const std::string& again, const std::string& violation) {
    ++violations_;
    fmt::print("VIOLATION faults_test {}: {}\n", again, violation);
  }

  /// Every crash of the run; of the recoveries each so-many-th is crashed in turn.
  void crash(const Run& run, const std::string& prefix, std::uint64_t seed, int depth) {
    // Deeper, a sample: the number of states is to the power of the depth.
    const Choice choice{.seed = seed, .stride = depth == 1 ? 1U : 5U + 3U * seed % 7U};
    crashes_.enumerate(run, choice, [&](const Moment& moment, const Judgement& judgement) {
      const auto again = fmt::format("{} --crash {}", prefix, to_text(moment));
      current = fmt::format("ABORTED after faults_test {}\n", again);
      if (!judgement.violation.empty()) tell(again, judgement.violation);
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
          const auto again = fmt::format("{} --fault {} --at {}{}", prefix, name(fault), at,
                                         sticky ? " --sticky" : "");
          current = fmt::format("ABORTED in faults_test {}\n", again);
          const auto outcome = run_failing(script, {fault, at, sticky});
          ++runs_;
          if (!outcome.violation.empty()) tell(again, outcome.violation);
        }
      }
    }
  }

  std::chrono::steady_clock::time_point until_;
  Crashes crashes_;
  std::uint64_t judged_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t violations_ = 0;
};

}  // namespace

int run_for(std::uint64_t minutes, std::uint64_t seed) {
  static_cast<void>(std::signal(SIGABRT, tell_current));
  static_cast<void>(std::signal(SIGSEGV, tell_current));
  LongForm form(minutes);
  while (!form.over()) form.run(seed++);
  return form.finish();
}

}  // namespace reprise::faults

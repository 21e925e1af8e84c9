#include "tests/sim/long_form.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "support/last_words.h"
#include "tests/sim/whole_engine.h"

namespace reprise::sim {
namespace {

using Instant = std::chrono::steady_clock::time_point;

class LongForm {
 public:
  LongForm(double minutes, std::uint64_t seed)
      : next_(seed), until_(now() + std::chrono::milliseconds(static_cast<long>(minutes * 60e3))) {}

  int run() {
    {
      const std::jthread second([this] { work(); });
      work();
    }
    if (terminal_) fmt::print(stderr, "\r\033[K");
    fmt::print("{}\n", counts());
    if (seeds_ == 0) {
      fmt::print(stderr, "sim_test: there was no time for a seed, so nothing was tried\n");
      return 2;
    }
    return violations_ == 0 ? 0 : 1;
  }

 private:
  static Instant now() { return std::chrono::steady_clock::now(); }

  void work() {
    while (now() < until_) {
      const std::uint64_t seed = next_++;
      test::set_last_words(fmt::format("ABORTED in sim_test --seed {}\n", seed));
      const Outcome outcome = simulate_twice(draw_plan(seed));
      const std::lock_guard lock(mutex_);
      ++seeds_;
      records_ += outcome.records;
      deaths_ += outcome.deaths;
      if (!outcome.violation.empty()) violate(seed, outcome.violation);
      tell();
    }
  }

  void violate(std::uint64_t seed, const std::string& what) {
    ++violations_;
    fmt::print("VIOLATION sim_test --seed {}: {}\n", seed, what);
    static_cast<void>(std::fflush(stdout));
    const Plan small = minimized(draw_plan(seed), what, 300);
    fmt::print("  made smaller: sim_test --plan '{}': {}\n", to_text(small),
               simulate_twice(small).violation);
    static_cast<void>(std::fflush(stdout));
  }

  void tell() {
    if (now() < told_ + std::chrono::seconds(terminal_ ? 1 : 10)) return;
    told_ = now();
    if (terminal_) {
      fmt::print(stderr, "\r{}\033[K", counts());
    } else {
      fmt::print("{}\n", counts());
      static_cast<void>(std::fflush(stdout));
    }
  }

  [[nodiscard]] std::string counts() const {
    return fmt::format("{} seeds, each twice; {} lives that died, {} records, {} violations",
                       seeds_, deaths_, records_, violations_);
  }

  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  std::atomic<std::uint64_t> next_;
  const Instant until_;
  std::mutex mutex_;
  Instant told_ = now();
  std::uint64_t seeds_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t deaths_ = 0;
  std::uint64_t violations_ = 0;
};

}  // namespace

int run_for(double minutes, std::uint64_t seed) {
  test::tell_last_words_when_killed();
  return LongForm(minutes, seed).run();
}

int run_plan(const Plan& plan) {
  fmt::print("{}\n", to_text(plan));
  static_cast<void>(std::fflush(stdout));  // It may take the process down.
  const Outcome outcome = simulate_twice(plan);
  fmt::print("{} records, {} lives that died: {}\n", outcome.records, outcome.deaths,
             outcome.violation.empty() ? "no violation" : outcome.violation);
  return outcome.violation.empty() ? 0 : 1;
}

}  // namespace reprise::sim

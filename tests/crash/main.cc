// The test of this folder; or, told so, kills for as long as there is time:
//
//   crash_test --minutes N [--seed N]
//
// Four stores at a time, each with a process of its own, each judged after fifty kills. The seed
// draws their options and the lengths of their lives.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "support/arguments.h"
#include "tests/crash/kill_loop.h"

namespace reprise::crash {
namespace {

constexpr int stores = 4;

class LongForm {
 public:
  LongForm(double minutes, std::uint64_t seed)
      : next_(seed), until_(now() + std::chrono::milliseconds(static_cast<long>(minutes * 60e3))) {}

  int run() {
    {
      std::vector<std::jthread> others;
      for (int i = 1; i < stores; ++i) others.emplace_back([this] { work(); });
      work();
    }
    fmt::print("{}\n", counts());
    if (kills_ == 0) {
      fmt::print(stderr, "crash_test: there was no time for a kill, so nothing was tried\n");
      return violations_ == 0 ? 2 : 1;
    }
    if (kills_ >= 200 && recovering_ == 0) {
      fmt::print("VIOLATION crash_test: no kill hit a recovery, so none there was tried\n");
      return 1;
    }
    return violations_ == 0 ? 0 : 1;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static Clock::time_point now() { return Clock::now(); }

  void work() {
    while (now() < until_) {
      const std::uint64_t seed = next_++;
      const auto count =
          kill_loop({.seed = seed, .life_max_ms = 5000}, [this] { return now() >= until_; });
      const std::lock_guard lock(mutex_);
      kills_ += count.kills;
      recovering_ += count.recovering;
      receipts_ += count.receipts;
      bodies_ += count.bodies;
      if (!count.violation.empty()) {
        ++violations_;
        fmt::print("VIOLATION crash_test --minutes 1 --seed {}: {}; the store is {}\n", seed,
                   count.violation, count.folder);
      }
      fmt::print("{}\n", counts());
      static_cast<void>(std::fflush(stdout));
    }
  }

  [[nodiscard]] std::string counts() const {
    return fmt::format(
        "{} kills, {} of them during a recovery, {} receipts, {} bodies, {} violations", kills_,
        recovering_, receipts_, bodies_, violations_);
  }

  std::atomic<std::uint64_t> next_;
  const Clock::time_point until_;
  std::mutex mutex_;
  std::uint64_t kills_ = 0;
  std::uint64_t recovering_ = 0;
  std::uint64_t receipts_ = 0;
  std::uint64_t bodies_ = 0;
  std::uint64_t violations_ = 0;
};

}  // namespace
}  // namespace reprise::crash

int main(int count, char** words) {
  using namespace reprise;
  double minutes = 0;
  std::uint64_t seed = 1;
  const auto given = test::read_arguments(count, words, {"--minutes", "--seed"},
                                          [&](std::string_view word, std::string_view value) {
                                            if (word == "--seed")
                                              return test::read_number(value, seed);
                                            return test::read_number(value, minutes) && minutes > 0;
                                          });
  if (given == test::Given::tests) return doctest::Context(count, words).run();
  if (given == test::Given::own && minutes > 0) return crash::LongForm(minutes, seed).run();
  fmt::print(stderr, "crash_test: known are --minutes N and --seed N, not without the first\n");
  return 2;
}

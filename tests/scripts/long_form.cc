#include "tests/scripts/long_form.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "support/last_words.h"
#include "tests/scripts/plan.h"

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

using Clock = std::chrono::steady_clock;

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '|');
  return text;
}

class LongForm {
 public:
  explicit LongForm(const Length& length)
      : length_(length), sequences_(length.operations), begun_(Clock::now()) {
    for (std::size_t i = length.part - 1; i < all(); i += length.parts) ++planned_;
  }

  int run() {
    std::vector<std::jthread> workers;
    left_ = length_.threads;
    for (std::size_t i = 0; i < length_.threads; ++i) workers.emplace_back([this] { work(); });
    {
      std::unique_lock lock(mutex_);
      const auto pause =
          ::isatty(STDOUT_FILENO) != 0 ? std::chrono::seconds(1) : std::chrono::seconds(10);
      while (!ended_.wait_for(lock, pause, [this] { return left_ == 0; })) tell_progress();
      tell_summary();
    }
    if (done_ == 0) {
      fmt::print(stderr, "scripts_test: there was no script, or no time, so nothing was tried\n");
      return 2;
    }
    return violations_ == 0 ? 0 : 1;
  }

 private:
  [[nodiscard]] std::size_t all() const {
    return length_.pairs ? Pairs().size() : sequences_.size();
  }
  [[nodiscard]] double minutes() const {
    return std::chrono::duration<double, std::ratio<60>>(Clock::now() - begun_).count();
  }
  [[nodiscard]] bool over() const { return length_.minutes && minutes() >= *length_.minutes; }

  void work() {
    while (!over()) {
      const std::size_t index = length_.part - 1 + next_.fetch_add(1) * length_.parts;
      if (index >= all()) break;
      // Mixed by a prime, so that some of them are some of everything.
      judge_one(index * 1'000'003 % all());
    }
    const std::lock_guard lock(mutex_);
    --left_;
    ended_.notify_all();
  }

  void judge_one(std::size_t index) {
    Judged judged;
    std::string again;
    const Visit visit = [&](const Script& script, const std::optional<Crash>& crash,
                            const Outcome* outcome) {
      again = fmt::format("--script {}", to_text(script));
      if (crash) again += fmt::format(" --crash {}", to_text(*crash));
      if (length_.seed != 1) again += fmt::format(" --seed {}", length_.seed);
      test::set_last_words(fmt::format("ABORTED in scripts_test {}\n", again));
      if (outcome != nullptr && !outcome->violation.empty()) tell(again, outcome->violation);
    };
    try {
      judged = length_.pairs ? judge_pair(Pairs().at(index), length_.seed, visit)
                             : judge(sequences_.at(index), length_.seed, visit);
    } catch (const std::exception& error) {
      tell(again, std::string("thrown: ") + error.what());
    }
    const std::lock_guard lock(mutex_);
    ++done_;
    at_once_ += judged.scripts > 0 ? 1 : 0;
    judged_.scripts += judged.scripts;
    judged_.crashes += judged.crashes;
    judged_.calls += judged.calls;
  }

  void tell(const std::string& again, const std::string& violation) {
    const std::lock_guard lock(mutex_);
    ++violations_;
    fmt::print("VIOLATION scripts_test {}: {}\n", again, one_line(violation));
    static_cast<void>(std::fflush(stdout));
  }

  // Under the mutex.
  [[nodiscard]] std::string counts() const {
    const auto what = length_.pairs
                          ? fmt::format("pairs of operations, {} of them at once", at_once_)
                          : "sequences";
    return fmt::format(
        "{} of {} {}: {} scripts, {} crash points, {} calls explained, {} violations", done_,
        planned_, what, judged_.scripts, judged_.crashes, judged_.calls, violations_);
  }
  void tell_progress() const {
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    fmt::print("{}{} in {:.1f} minutes{}", terminal ? "\r" : "", counts(), minutes(),
               terminal ? "\033[K" : "\n");
    static_cast<void>(std::fflush(stdout));
  }
  void tell_summary() const {
    if (::isatty(STDOUT_FILENO) != 0) fmt::print("\r\033[K");
    fmt::print("scripts_test: {} in {:.1f} minutes{}\n", counts(), minutes(),
               done_ < planned_ ? "; the time was over" : "");
    static_cast<void>(std::fflush(stdout));
  }

  Length length_;
  Sequences sequences_;
  Clock::time_point begun_;
  std::size_t planned_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t left_ = 0;
  std::size_t done_ = 0;
  std::size_t at_once_ = 0;  ///< Pairs whose second caller called while the first waited.
  Judged judged_;
  std::size_t violations_ = 0;
};

}  // namespace

int run_all(const Length& length) {
  test::tell_last_words_when_killed();
  return LongForm(length).run();
}

}  // namespace reprise::scripts

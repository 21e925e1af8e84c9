#include "tests/crash/kill_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "support/store_check.h"

namespace reprise::crash {
namespace {

namespace fs = std::filesystem;

/// Far longer than a last life has ever taken, on whatever machine.
constexpr std::chrono::minutes patience{10};

struct Ended {
  bool signalled = false;
  std::string result;
};

/// What the workflows of kill_worker.cc come to: an id ends with what its instance was started
/// with, the id of a child with its parent's and ".kid".
std::string result_due(std::string_view id, bool signalled) {
  const bool kid = id.ends_with(".kid");
  if (kid) id.remove_suffix(4);
  if (!kid && !signalled) return "none";
  std::int64_t from = -1;
  const auto digits = id.substr(id.rfind('-') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), from);
  return std::to_string(from + (kid ? 14 : 15));
}

class Loop {
 public:
  explicit Loop(const KillPlan& plan)
      : random_(plan.seed), exponent_(std::log(5.0), std::log(double(plan.life_max_ms))) {
    std::string made = (fs::temp_directory_path() / "reprise-kill-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) violate("no folder can be made");
    count_.folder = made;
    store_ = made + "/store";
    constexpr std::array<const char*, 3> shards{"1", "2", "8"};
    constexpr std::array<const char*, 3> snapshots{"50", "500", "100000"};
    constexpr std::array<const char*, 2> budgets{"1", "268435456"};
    words_ = {shards.at(random_() % 3), snapshots.at(random_() % 3), budgets.at(random_() % 2)};
  }

  KillCount run(std::uint64_t kills, const std::function<bool()>& over) {
    while (good() && count_.kills < kills && !over()) kill_one();
    if (good()) judge();
    if (good()) fs::remove_all(count_.folder);
    return std::move(count_);
  }

 private:
  [[nodiscard]] bool good() const { return count_.violation.empty(); }
  void violate(std::string what) {
    if (good()) count_.violation = std::move(what);
  }

  /// `out`: what becomes its standard output, or -1.
  [[nodiscard]] pid_t spawn(const char* mode, int out) const {
    const std::string worker = fs::read_symlink("/proc/self/exe").parent_path() / "kill_worker";
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (out >= 0) ::dup2(out, STDOUT_FILENO);
    ::execl(worker.c_str(), "kill_worker", store_.c_str(), mode, words_[0], words_[1], words_[2],
            nullptr);
    ::_exit(127);
  }

  void kill_one() {
    const auto life = static_cast<int>(std::exp(exponent_(random_)));
    const auto before = opens().size();
    const pid_t child = spawn("work", -1);
    if (child < 0) return violate("no process can be made");
    // pidfd would be neater; asking every millisecond works on every kernel we support.
    int status = 0;
    for (int waited = 0; waited < life; ++waited) {
      if (::waitpid(child, &status, WNOHANG) == child) {
        return violate(fmt::format("the worker ended by itself: status {}", status));
      }
      ::poll(nullptr, 0, 1);
    }
    ::kill(child, SIGKILL);
    // It may have been quicker than the signal, and any other signal is its own.
    if (::waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
        WTERMSIG(status) != SIGKILL) {
      return violate(fmt::format("the worker ended by itself: status {}", status));
    }
    ++count_.kills;
    const std::string last = opens().substr(before);
    if (last.find("opening") != last.npos && last.find("opened") == last.npos) ++count_.recovering;
    // As the kill left it; the first lives may end before there is a store.
    if (count_.kills % 10 == 0 && fs::exists(store_ + "/db")) verify();
  }

  /// By workers so far: each adds a line before it recovers a store, and one when that is done.
  [[nodiscard]] std::string opens() const {
    std::ifstream lines(store_ + ".opens");
    return {std::istreambuf_iterator<char>(lines), {}};
  }

  void verify() {
    const std::string findings = test::findings_of(store_);
    if (!findings.empty()) violate("the verifier finds: " + findings);
  }

  void judge() {
    const auto ended = finish();
    for (const auto& [id, one] : ended) {
      const auto due = result_due(id, one.signalled);
      if (one.result != due) violate(fmt::format("{} came to {}, not {}", id, one.result, due));
      count_.results += due == "none" ? 0 : 1;
    }
    if (!good()) return;
    verify();
    std::ifstream receipts(store_ + ".receipts");
    for (std::string line; std::getline(receipts, line);) judge_receipt(line, ended);
    if (count_.kills > 20 && count_.receipts == 0) violate("nothing was ever acknowledged");
    judge_bodies();
  }

  /// The last life, which tells what became of every instance.
  std::map<std::string, Ended> finish() {
    const std::string out = store_ + ".ended";
    const int file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const pid_t child = spawn("finish", file);
    int status = 0;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (::waitpid(child, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) {
        violate(fmt::format("the last life has not ended in {} minutes", patience.count()));
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
        break;
      }
      ::poll(nullptr, 0, 10);
    }
    ::close(file);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      violate(fmt::format("the last life did not end well: status {}", status));
    }
    std::map<std::string, Ended> ended;
    std::ifstream lines(out);
    std::string id;
    Ended one;
    while (lines >> id >> one.signalled && std::getline(lines >> std::ws, one.result)) {
      ended[id] = one;
    }
    count_.instances = ended.size();
    return ended;
  }

  void judge_receipt(const std::string& line, const std::map<std::string, Ended>& ended) {
    std::istringstream words(line);
    std::string kind, id, detail;
    words >> kind >> id >> detail;
    ++count_.receipts;
    const auto found = ended.find(id);
    const bool kept = found != ended.end() && (kind != "signalled" || found->second.signalled) &&
                      (kind != "result" || found->second.result == detail);
    if (!kept) violate("acknowledged and lost: " + line);
  }

  /// Operations of a run start in order; one that starts again after a later one had started, or
  /// after an answer told that it had ended, ran again although its completion was durable.
  void judge_bodies() {
    std::map<std::uint64_t, std::uint64_t> ended;  // Run → the highest operation known to have.
    std::uint64_t cut_off = 0;
    std::ifstream ledger(store_ + ".ledger");
    for (std::string line; std::getline(ledger, line);) {
      std::istringstream words(line);
      std::string kind;
      std::uint64_t run = 0;
      std::uint64_t op = 0;
      // A kill may have cut a line off; the next one then goes on behind it.
      if (!(words >> kind >> run >> op && words.eof())) {
        if (++cut_off > count_.kills) violate("the ledger can't be read: " + line);
        continue;
      }
      std::uint64_t& last = ended[run];
      if (kind == "passed") {
        ++count_.passed;
        last = std::max(last, op);
        continue;
      }
      ++count_.bodies;
      if (op <= last) {
        violate(fmt::format("ran again though its completion was durable: {} of {:x}", op, run));
      }
      last = std::max(last, op - 1);
    }
    if (count_.receipts > 200 && count_.passed == 0) violate("no run was ever seen to get on");
  }

  std::mt19937_64 random_;
  std::uniform_real_distribution<double> exponent_;
  std::string store_;
  std::array<const char*, 3> words_{};
  KillCount count_;
};

}  // namespace

KillCount kill_loop(const KillPlan& plan, const std::function<bool()>& over) {
  return Loop(plan).run(plan.kills, over);
}

}  // namespace reprise::crash

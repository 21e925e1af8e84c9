#include "tests/rot/long_form.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/journal/store_fixture.h"

#include <fmt/format.h>

namespace reprise::rot {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

/// Longer than any case takes on a busy machine, the making of a sample included.
constexpr auto hung_after = 300s;

/// One worker, and those that take its place when it dies.
class Watch {
 public:
  explicit Watch(Work work) : work_(std::move(work)), shared_(shared_in(work_.folder)) { begin(); }
  ~Watch() {
    if (process_ > 0) end_by_force();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// True while there is work left.
  [[nodiscard]] bool look(std::vector<std::string>& violations) {
    if (std::exchange(unstarted_, false)) {
      violations.push_back("rot_test: no process can be made for a worker");
    }
    if (process_ <= 0) return false;
    int status = 0;
    const pid_t ended = ::waitpid(process_, &status, WNOHANG);
    take_told(violations);
    if (ended == process_) {
      process_ = 0;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
      return go_on(violations, WIFSIGNALED(status) ? fmt::format("the process ended with signal {}",
                                                                 WTERMSIG(status))
                                                   : "the process ended by itself");
    }
    const auto number = shared_.number.load();
    if (number != seen_) {
      seen_ = number;
      seen_at_ = Time::now();
    } else if (Time::now() - seen_at_ > hung_after) {
      end_by_force();
      return go_on(violations, "the process hung");
    }
    return true;
  }

  [[nodiscard]] Counts counts() const {
    Counts counts{shared_.flips, shared_.others, shared_.engines, {}, {}};
    for (std::size_t i = 0; i < counts.first.size(); ++i) {
      counts.first.at(i) = {shared_.first_done.at(i), shared_.first_of.at(i),
                            shared_.first_all.at(i)};
    }
    for (std::size_t i = 0; i < outcomes; ++i) counts.by_outcome.at(i) = shared_.by_outcome.at(i);
    return counts;
  }

 private:
  void begin() {
    seen_ = shared_.number;
    seen_at_ = Time::now();
    std::vector<std::string> words = {"rot_test", "--worker"};
    for (auto& word : to_words(work_)) words.push_back(std::move(word));
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, last_words().c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0644);
    // Not a copy of this process, which may have threads of RocksDB that a copy would miss.
    const int failed =
        ::posix_spawn(&process_, "/proc/self/exe", &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0) process_ = 0;
    unstarted_ = failed != 0;
  }

  void end_by_force() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  /// The case that was judged is a violation; the next process goes on behind it.
  bool go_on(std::vector<std::string>& violations, const std::string& how) {
    std::ifstream file(last_words());
    std::string words;
    for (std::string line; std::getline(file, line);) words += " " + line;
    const auto number = shared_.number.load();
    const bool stuck = number <= work_.after;
    violations.push_back(fmt::format("rot_test {}: {}{}{}", shared_.arguments.data(), how,
                                     words.empty() ? "" : ":", words));
    if (stuck) return false;  // It dies before it gets anywhere.
    work_.after = number;
    begin();
    return true;
  }

  void take_told(std::vector<std::string>& violations) {
    std::ifstream file(violations_in(work_.folder));
    file.seekg(static_cast<std::streamoff>(told_));
    for (std::string line; std::getline(file, line) && !file.eof();) {
      told_ += line.size() + 1;
      violations.push_back(std::move(line));
    }
  }

  [[nodiscard]] std::string last_words() const { return work_.folder + "/stderr"; }

  Work work_;
  Shared& shared_;
  pid_t process_ = 0;
  bool unstarted_ = false;  ///< The last attempt failed, and nobody was told.
  std::uint64_t seen_ = 0;
  Time::time_point seen_at_;
  std::uint64_t told_ = 0;
};

}  // namespace

std::string text_of(const Counts& counts) {
  std::string text =
      fmt::format("{} bit flips, {} other edits ({} of both opened by an engine): ", counts.flips,
                  counts.others, counts.engines);
  for (std::size_t i = 0; i < outcomes; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", counts.by_outcome.at(i),
                        name(static_cast<Outcome>(i)));
  }
  return text;
}

/// How far it is with the bits of the first seed.
std::string share_of_first(std::uint64_t seed, const Counts& counts) {
  const auto share = [](const Share& one) {
    return one.all ? fmt::format("all {}", one.done) : fmt::format("{} of {}", one.done, one.of);
  };
  return fmt::format("; bits of seed {}: small files {}, large files {}", seed,
                     share(counts.first[0]), share(counts.first[1]));
}

Watched watch(std::vector<Work> works, const std::function<void(const Watched&)>& progress) {
  const journal::testing::TempFolder folder;
  std::vector<std::unique_ptr<Watch>> watches;
  for (std::size_t i = 0; i < works.size(); ++i) {
    works[i].folder = folder / std::to_string(i);
    std::filesystem::create_directories(works[i].folder);
    watches.push_back(std::make_unique<Watch>(std::move(works[i])));
  }
  Watched watched;
  for (bool busy = true; busy;) {
    ::poll(nullptr, 0, 50);
    busy = false;
    watched.counts = {};
    for (const auto& each : watches) {
      busy = each->look(watched.violations) || busy;
      watched.counts += each->counts();
    }
    progress(watched);
  }
  return watched;
}

int run_for(const Length& length) {
  const auto begun = Time::now();
  const auto until = std::chrono::system_clock::now().time_since_epoch() +
                     std::chrono::duration<double, std::ratio<60>>(length.minutes);
  const auto until_ms = std::chrono::duration_cast<std::chrono::milliseconds>(until).count();
  const std::uint64_t workers = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Work> works;
  for (std::uint64_t i = 0; i < workers; ++i) {
    Work work;
    work.plan = {length.seed + i, workers, length.seed, 0};
    work.until_ms = until_ms;
    works.push_back(std::move(work));
  }
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  auto told_at = begun;
  std::size_t told = 0;
  const auto watched = watch(std::move(works), [&](const Watched& so_far) {
    for (; told < so_far.violations.size(); ++told) {
      fmt::print("{}VIOLATION {}\n", terminal ? "\r\033[K" : "", so_far.violations[told]);
    }
    if (Time::now() - told_at < (terminal ? 1s : 10s)) return;
    told_at = Time::now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(told_at - begun).count();
    fmt::print("{}{} s: {}{}, {} violations{}", terminal ? "\r\033[K" : "", seconds,
               text_of(so_far.counts), share_of_first(length.seed, so_far.counts),
               so_far.violations.size(), terminal ? "" : "\n");
    static_cast<void>(std::fflush(stdout));
  });
  fmt::print("{}from seed {}: {}{}, {} violations\n", terminal ? "\r\033[K" : "", length.seed,
             text_of(watched.counts), share_of_first(length.seed, watched.counts),
             watched.violations.size());
  if (watched.counts.flips == 0) {
    fmt::print(stderr, "rot_test: no bit was flipped: give it more minutes\n");
  }
  return watched.violations.empty() && watched.counts.flips > 0 ? 0 : 1;
}

}  // namespace reprise::rot

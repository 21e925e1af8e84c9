// A real process, killed with SIGKILL at random moments: nothing acknowledged may be lost.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "support/store_check.h"

namespace {

std::filesystem::path worker() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kill_worker";
}

pid_t spawn(const std::string& store, const char* mode, int out) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (out >= 0) dup2(out, STDOUT_FILENO);
  execl(worker().c_str(), "kill_worker", store.c_str(), mode, nullptr);
  _exit(127);
}

/// Waits until the process ends, or `life_ms` have passed and it was killed. True if killed.
bool live(pid_t child, int life_ms) {
  // pidfd would be neater; a closed pipe tells the end of a process on every kernel we support.
  const int slice = 1;
  for (int waited = 0; waited < life_ms; waited += slice) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return false;
    poll(nullptr, 0, slice);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return true;
}

int kills_wanted() {
  const char* given = std::getenv("REPRISE_KILLS");
  return given != nullptr ? std::atoi(given) : 50;
}

struct Ended {
  bool signalled = false;
  std::string result;
};

std::map<std::string, Ended> finish(const std::string& store) {
  const std::string out = store + ".ended";
  const int file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const pid_t child = spawn(store, "finish", file);
  int status = 0;
  waitpid(child, &status, 0);
  close(file);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  std::map<std::string, Ended> ended;
  std::ifstream lines(out);
  std::string id;
  Ended one;
  while (lines >> id >> one.signalled && std::getline(lines >> std::ws, one.result)) {
    ended[id] = one;
  }
  return ended;
}

}  // namespace

TEST_SUITE("crash/kill") {
  TEST_CASE("a process killed at random moments loses nothing it acknowledged") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("reprise-kill-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const std::string store = (folder / "store").string();
    const std::uint64_t seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> exponent(std::log(5.0), std::log(1000.0));
    int kills = 0;
    while (kills < kills_wanted()) {
      const int life = static_cast<int>(std::exp(exponent(random)));
      const pid_t child = spawn(store, "work", -1);
      REQUIRE(child > 0);
      REQUIRE_MESSAGE(live(child, life), "the worker ended by itself");
      ++kills;
      // As the kill left it; the first lives may end before there is a store.
      if (kills % 10 == 0 && std::filesystem::exists(store + "/db"))
        reprise::test::check_store(store);
    }
    const auto ended = finish(store);
    reprise::test::check_store(store);

    std::ifstream receipts(store + ".receipts");
    std::set<std::string> finished;
    int lost = 0;
    int count = 0;
    for (std::string line; std::getline(receipts, line);) {
      std::istringstream words(line);
      std::string kind, id, detail;
      words >> kind >> id >> detail;
      ++count;
      const auto found = ended.find(id);
      if (found == ended.end())
        ++lost;
      else if (kind == "signalled" && !found->second.signalled)
        ++lost;
      else if (kind == "result" && found->second.result != detail)
        ++lost;
    }
    CHECK(count > 0);
    CHECK_MESSAGE(lost == 0, lost << " of " << count << " receipts lost");

    // Operations of a run start in order; one that starts again after a later one had started was
    // run again although its completion was durable.
    std::map<std::string, int> last;
    int again = 0;
    std::ifstream ledger(store + ".ledger");
    for (std::string key; std::getline(ledger, key);) {
      const auto dash = key.rfind('-');
      const std::string run = key.substr(0, dash);
      const int op = std::stoi(key.substr(dash + 1));
      if (op < last[run]) ++again;
      last[run] = std::max(last[run], op);
    }
    CHECK_MESSAGE(again == 0, again << " bodies ran again after their completion was durable");
    MESSAGE(kills << " kills, " << count << " receipts, " << ended.size() << " instances");
    std::filesystem::remove_all(folder);
  }
}

// A durable file audit of this machine that survives being killed.
//
//   audit run [--kills N] [--packages N] [--store DIR | --keep]   supervise: kill, restart, compare
//   audit work STORE PACKAGES                       one life of the worker (used by `run`)
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "files.h"
#include "workflows.h"

namespace {

using audit::Report;
using namespace std::chrono_literals;

std::vector<std::string> first_packages(std::size_t count) {
  auto packages = audit::installed_packages();
  if (count != 0 && packages.size() > count) packages.resize(count);
  return packages;
}

int work(const std::string& store, std::size_t count) {
  const std::string ledger = store + ".ledger";
  audit::set_ledger(open(ledger.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  reprise::Registry workflows;
  workflows.add("audit_package", audit::audit_package);
  workflows.add("audit_machine", audit::audit_machine);
  auto engine = reprise::Engine::open({.path = store}, workflows);
  if (!engine) {
    fmt::print(stderr, "audit: {}\n", engine.error().message());
    return 1;
  }
  auto run = engine->start(audit::audit_machine, "audit", first_packages(count));
  if (!run) {
    fmt::print(stderr, "audit: {}\n", run.error().message());
    return 1;
  }
  for (;;) {
    auto result = run->result(50ms);
    if (result) {
      std::ofstream(store + ".result") << nlohmann::json(*result).dump();
      return 0;
    }
    if (result.code() != reprise::Code::timed_out) {
      fmt::print(stderr, "audit: {}\n", result.error().message());
      return 1;
    }
  }
}

/// Steps the bodies of all lives have started, and how often each.
std::map<std::string, int> read_ledger(const std::string& store) {
  std::map<std::string, int> started;
  std::ifstream ledger(store + ".ledger");
  for (std::string key; std::getline(ledger, key);) ++started[key];
  return started;
}

void draw_bar(double share, int kills, bool terminal) {
  constexpr int width = 40;
  const int full = static_cast<int>(share * width);
  fmt::print("{}[{}{}] {:3.0f} %  kills survived: {}{}", terminal ? "\r" : "",
             std::string(static_cast<std::size_t>(full), '#'),
             std::string(static_cast<std::size_t>(width - full), '.'), share * 100, kills,
             terminal ? "  " : "\n");
  std::fflush(stdout);
}

pid_t start_worker(const std::string& self, const std::string& store, std::size_t count) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string packages = std::to_string(count);
    execl(self.c_str(), self.c_str(), "work", store.c_str(), packages.c_str(), nullptr);
    std::perror("exec");
    _exit(127);
  }
  return child;
}

/// Starts once per step of the whole audit; a step is done when the next of its package started, so
/// this tells progress well enough without asking the engine.
std::size_t steps_of(const std::vector<std::string>& packages) {
  std::size_t steps = 0;
  for (const auto& package : packages) {
    steps += 1 + static_cast<std::size_t>((audit::count_files(package) + 99) / 100);
  }
  return steps;
}

struct Lives {
  int kills = 0;
  int exit_code = 0;
};

/// Runs the worker to its end, killing it whenever progress passes the next of `moments`.
Lives supervise(const std::string& self, const std::string& store, std::size_t count,
                std::size_t steps, const std::vector<double>& moments) {
  Lives lives;
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  pid_t worker = start_worker(self, store, count);
  double shown = -1;
  for (;;) {
    const double share =
        std::min(1.0, static_cast<double>(read_ledger(store).size()) / static_cast<double>(steps));
    if (share - shown >= (terminal ? 0.005 : 0.1)) {
      draw_bar(share, lives.kills, terminal);
      shown = share;
    }
    const auto next = static_cast<std::size_t>(lives.kills);
    if (next < moments.size() && share >= moments[next]) {
      kill(worker, SIGKILL);
      waitpid(worker, nullptr, 0);
      ++lives.kills;
      draw_bar(share, lives.kills, terminal);
      worker = start_worker(self, store, count);
    }
    int status = 0;
    if (waitpid(worker, &status, WNOHANG) == worker) {
      lives.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      draw_bar(share, lives.kills, terminal);
      if (terminal) fmt::print("\n");
      return lives;
    }
    usleep(2000);
  }
}

/// A folder of its own for each run, so that several on one machine keep out of each other's way.
std::filesystem::path own_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "reprise-audit-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    throw std::filesystem::filesystem_error("no folder for the store", path,
                                            std::error_code(errno, std::generic_category()));
  }
  return path;
}

Report plain_pass(const std::vector<std::string>& packages) {
  Report plain;
  for (const auto& package : packages) {
    Report report = audit::check_files(package, 0, audit::count_files(package));
    report.packages = 1;
    plain.add(report);
  }
  return plain;
}

/// False if the audit failed, or found something else than a plain pass.
bool supervise_and_compare(const std::string& self, const std::string& store, int kills,
                           std::size_t count) {
  const auto packages = first_packages(count);
  const std::size_t steps = steps_of(packages);
  // Drawn over progress, not over time: all of them come before the end, however fast it runs.
  std::mt19937_64 random(std::random_device{}());
  std::uniform_real_distribution<double> moment(0.02, 0.90);
  std::vector<double> moments;
  for (int i = 0; i < kills; ++i) moments.push_back(moment(random));
  std::sort(moments.begin(), moments.end());

  fmt::print("auditing {} packages in {} steps, killing the process {} times on the way\n",
             packages.size(), steps, kills);
  const Lives lives = supervise(self, store, count, steps, moments);
  if (lives.exit_code != 0) {
    fmt::print("the audit ended with exit code {}\n", lives.exit_code);
    return false;
  }
  std::ifstream file(store + ".result");
  const auto durable = nlohmann::json::parse(file).get<Report>();
  const auto started = read_ledger(store);
  std::size_t repeated = 0;
  for (const auto& [key, times] : started) repeated += times > 1 ? 1 : 0;
  const bool same = plain_pass(packages) == durable;
  fmt::print(
      "\nwhat the audit found on this machine\n"
      "  packages                {:>6}\n  files                   {:>6}\n"
      "  changed since installed {:>6}\n  not there to read       {:>6}\n",
      durable.packages, durable.files, durable.mismatches, durable.missing);
  fmt::print(
      "what the kills did to it\n"
      "  kills survived          {:>6}\n  steps done              {:>6}\n"
      "  step bodies run again   {:>6}  (killed before their result was on disk)\n",
      lives.kills, started.size(), repeated);
  fmt::print("  same as one plain pass  {:>6}\n", same ? "yes" : "NO");
  return same && lives.kills == kills;
}

struct Arguments {
  int kills = 5;
  std::size_t packages = 0;
  std::string store;
  bool keep = false;
};

/// Returns the exit code.
int run(const Arguments& given) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  std::filesystem::path own;
  if (given.store.empty()) own = own_folder();
  const std::string store = own.empty() ? given.store : (own / "store").string();
  bool good = false;
  try {
    good = supervise_and_compare(self.string(), store, given.kills, given.packages);
  } catch (const std::exception& error) {
    fmt::print(stderr, "audit: {}\n", error.what());
  }
  if (good && !given.keep && !own.empty()) {
    std::filesystem::remove_all(own);
    return 0;
  }
  fmt::print("\nlook into what happened:\n");
  const auto tool = self.parent_path().parent_path() / "reprise";
  fmt::print("  {0} ls {1} --limit 10\n  {0} show {1} audit\n  {0} history {1} audit\n",
             tool.string(), store);
  if (!own.empty()) fmt::print("and when you are done:\n  rm -r {}\n", own.string());
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments given;
  std::size_t packages = 0;
  CLI::App app("A durable file audit of this machine that survives being killed.", "audit");
  app.require_subcommand(1);
  auto* whole = app.add_subcommand("run", "Runs the audit, kills it on the way, and compares");
  whole->add_option("--kills", given.kills, "How often the process is killed (5)")
      ->check(CLI::Range(0, 1000));
  whole->add_option("--packages", given.packages, "Only the first so many packages (all)")
      ->check(CLI::PositiveNumber);
  whole->add_option("--store", given.store, "A new folder for the store, which stays there");
  whole->add_flag("--keep", given.keep, "Keep the store; else it goes when all went well");
  auto* life = app.add_subcommand("work", "One life of the worker (`run` starts it)");
  life->add_option("STORE", given.store)->required();
  life->add_option("PACKAGES", packages)->required();
  try {
    app.parse(argc, argv);
    return life->parsed() ? work(given.store, packages) : run(given);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "audit: {}\n", error.what());
    return 1;
  }
}

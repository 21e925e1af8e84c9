#include "tools/benchmarks/isolated.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace reprise::bench {
namespace {

void write_all(int pipe, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::write(pipe, text.data() + done, text.size() - done);
    if (n <= 0) return;  // Who reads it is gone.
    done += static_cast<std::size_t>(n);
  }
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; (n = ::read(pipe, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(n));
  }
  return text;
}

/// The first character says whether it is what the work returned or what it threw.
[[noreturn]] void child(int pipe, const std::function<std::string()>& work) {
  try {
    write_all(pipe, "+" + work());
  } catch (const std::exception& error) {
    write_all(pipe, std::string("-") + error.what());
  }
  std::fflush(nullptr);
  _exit(0);
}

/// Returns what it wrote and how it ended.
std::pair<std::string, int> run_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    ::close(ends[0]);
    child(ends[1], work);
  }
  ::close(ends[1]);
  std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {std::move(text), status};
}

}  // namespace

std::string isolated(const std::function<std::string()>& work) {
  auto [text, status] = run_child(work);
  if (WIFSIGNALED(status)) {
    throw std::runtime_error(std::string("the process died: ") + strsignal(WTERMSIG(status)));
  }
  if (text.empty()) throw std::runtime_error("the process ended without a word");
  if (text.front() == '-') throw std::runtime_error(text.substr(1));
  return text.substr(1);
}

void killed(const std::function<void()>& work) {
  const auto [text, status] = run_child([&work] {
    work();
    return std::string("it was to be killed and ended by itself");
  });
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return;
  throw std::runtime_error(text.empty() ? "the process died of another cause" : text.substr(1));
}

Scratch::Scratch(std::string path) : path_(std::move(path)) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

Scratch::~Scratch() {
  std::error_code ignored;  // It is only left behind.
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace reprise::bench

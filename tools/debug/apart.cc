#include "tools/debug/apart.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include <fmt/format.h>

namespace reprise::debug {
namespace {

constexpr int look_every_ms = 50;

/// A byte that says whether it is an answer; of an error its code, too, as text up to a line break.
std::string packed(const Result<std::string>& answer) {
  if (answer) return "+" + *answer;
  return fmt::format("-{}\n{}", static_cast<int>(answer.code()), answer.error().message());
}

[[noreturn]] void run(const std::function<Result<std::string>()>& work, int to, ::pid_t holder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != holder) ::_exit(0);
  ::signal(SIGINT, SIG_IGN);  // Who holds it decides.
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  std::string told;
  try {
    told = packed(work());
  } catch (const std::exception& error) {
    told = packed(Error(Code::engine_failed, error.what()));
  }
  std::fflush(nullptr);
  for (std::string_view left = told; !left.empty();) {
    const auto written = ::write(to, left.data(), left.size());
    if (written < 0 && errno != EINTR) break;
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
  ::_exit(0);
}

int wait_for(::pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Result<std::string> unpacked(const std::string& told, int status) {
  if (told.starts_with('+')) return told.substr(1);
  const auto end = told.find('\n');
  if (told.starts_with('-') && end != told.npos) {
    const auto code = std::strtol(told.c_str() + 1, nullptr, 10);
    return Error(static_cast<Code>(code), told.substr(end + 1));
  }
  if (WIFSIGNALED(status)) {
    return Error(Code::engine_failed, fmt::format("the code's process was killed by signal {} ({})",
                                                  WTERMSIG(status), ::strsignal(WTERMSIG(status))));
  }
  return Error(Code::engine_failed, fmt::format("the code ended its process with code {}",
                                                WIFEXITED(status) ? WEXITSTATUS(status) : 0));
}

}  // namespace

Result<std::string> apart(const std::function<Result<std::string>()>& work,
                          const std::function<bool()>& enough) {
  std::array<int, 2> ends = {-1, -1};
  const ::pid_t holder = ::getpid();
  std::fflush(nullptr);
  const bool piped = ::pipe(ends.data()) == 0;
  const ::pid_t process = piped ? ::fork() : -1;
  if (process == 0) {
    ::close(ends[0]);
    run(work, ends[1], holder);
  }
  if (piped) ::close(ends[1]);
  if (process < 0) {
    const Error error(Code::io_error, fmt::format("no process for it: {}", std::strerror(errno)));
    if (piped) ::close(ends[0]);
    return error;
  }
  std::string told;
  std::array<char, 64 * 1024> part = {};
  for (;;) {
    ::pollfd waited = {ends[0], POLLIN, 0};
    if (::poll(&waited, 1, look_every_ms) > 0) {
      const auto got = ::read(ends[0], part.data(), part.size());
      if (got == 0 || (got < 0 && errno != EINTR)) break;
      if (got > 0) told.append(part.data(), static_cast<std::size_t>(got));
    } else if (enough && enough()) {
      ::close(ends[0]);
      ::kill(process, SIGKILL);
      wait_for(process);
      return Error(Code::timed_out, "the code was not waited for any longer");
    }
  }
  ::close(ends[0]);
  return unpacked(told, wait_for(process));
}

}  // namespace reprise::debug

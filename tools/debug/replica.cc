#include "tools/debug/replica.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "tools/debug/replica_worker.h"
#include "tools/debug/wire.h"

namespace reprise::debug {
namespace {

constexpr auto patience = std::chrono::seconds(1);  // For a process that has closed its socket.
constexpr int look_every_ms = 50;

Error no_process(std::string_view what) {
  return {Code::io_error, fmt::format("{}: {}", what, std::strerror(errno))};
}

/// Code that breaks its own process may have it say anything.
Error not_understood(const std::exception& error) {
  return {Code::engine_failed,
          fmt::format("the code's process said what can't be understood: {}", error.what())};
}

struct Sockets {
  int ours = -1;
  int theirs = -1;
};

Result<Sockets> make_sockets() {
  std::array<int, 2> ends = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return no_process("no socket for a process that replays");
  }
  return Sockets{ends[0], ends[1]};
}

}  // namespace

Result<Replica> Replica::start(const Program& program, const Enough& enough) {
  auto sockets = make_sockets();
  if (!sockets) return std::move(sockets).error();
  // Replicas of replicas are waited for here.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  std::fflush(nullptr);
  const ::pid_t holder = ::getpid();
  const ::pid_t process = ::fork();
  if (process == 0) {
    ::close(sockets->ours);
    work(sockets->theirs, program, holder);
  }
  ::close(sockets->theirs);
  if (process < 0) {
    ::close(sockets->ours);
    return no_process("no process to replay in");
  }
  Replica replica(sockets->ours, process);
  auto told = replica.receive(enough);
  if (!told) return std::move(told).error();
  try {
    replica.arrival_ = arrival_of(*told);
  } catch (const std::exception& error) {
    return not_understood(error);
  }
  return replica;
}

Replica::Replica(Replica&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      process_(std::exchange(other.process_, -1)),
      arrival_(std::move(other.arrival_)) {}

Replica& Replica::operator=(Replica&& other) noexcept {
  if (this != &other) {
    end();
    socket_ = std::exchange(other.socket_, -1);
    process_ = std::exchange(other.process_, -1);
    arrival_ = std::move(other.arrival_);
  }
  return *this;
}

Replica::~Replica() { end(); }

void Replica::end() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (process_ <= 0) return;
  // It may be busy for ever.
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

Result<void> Replica::advance(Seq next, const Enough& enough) {
  if (arrival_.next >= next || arrival_.stuck()) return {};
  auto told = request(go_request(next), enough);
  if (!told) return std::move(told).error();
  try {
    arrival_ = arrival_of(*told);
  } catch (const std::exception& error) {
    return not_understood(error);
  }
  return {};
}

Result<Replica> Replica::split(const Enough& enough) {
  auto sockets = make_sockets();
  if (!sockets) return std::move(sockets).error();
  Replica other(sockets->ours, -1);
  other.arrival_ = arrival_;
  const bool sent = send_message(socket_, split_request(), sockets->theirs);
  ::close(sockets->theirs);
  if (!sent) return died();
  auto told = other.receive(enough);
  if (!told) return std::move(told).error();
  try {
    auto process = process_of(*told);
    if (!process) return std::move(process).error();
    other.process_ = *process;
  } catch (const std::exception& error) {
    return not_understood(error);
  }
  return other;
}

Result<std::string> Replica::ask(std::string_view query, std::string_view arguments,
                                 const Enough& enough) {
  if (query.size() > text_max || arguments.size() > text_max) {
    return Error(Code::invalid_argument,
                 fmt::format("a query and its arguments may have {} bytes each", text_max));
  }
  auto told = request(ask_request(query, arguments), enough);
  if (!told) return told;
  try {
    return answer_of(*told);
  } catch (const std::exception& error) {
    return not_understood(error);
  }
}

Result<std::string> Replica::request(std::string_view message, const Enough& enough) {
  if (!send_message(socket_, message)) return died();
  return receive(enough);
}

Result<std::string> Replica::receive(const Enough& enough) {
  for (;;) {
    ::pollfd waited = {socket_, POLLIN, 0};
    const int ready = ::poll(&waited, 1, look_every_ms);
    if (ready > 0) break;
    if (enough && enough()) {
      return Error(Code::timed_out,
                   "the code was not waited for any longer: it does not come to the next event");
    }
  }
  auto message = receive_message(socket_);
  if (!message) return died();
  return std::move(message->text);
}

/// It has closed its socket.
Error Replica::died() {
  int status = 0;
  ::pid_t reaped = 0;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (process_ > 0 && (reaped = ::waitpid(process_, &status, WNOHANG)) == 0 &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::string how = "its process died";
  if (reaped == process_ && WIFSIGNALED(status)) {
    how = fmt::format("its process was killed by signal {} ({})", WTERMSIG(status),
                      ::strsignal(WTERMSIG(status)));
  } else if (reaped == process_ && WIFEXITED(status)) {
    how = fmt::format("its process ended with code {}", WEXITSTATUS(status));
  }
  if (reaped == process_) process_ = -1;
  return {Code::engine_failed,
          fmt::format("the code ran on from event {}, and {}", arrival_.next, how)};
}

}  // namespace reprise::debug

#include "tools/debug/replica_worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <utility>
#include <vector>

#include "tools/debug/place.h"
#include "tools/debug/wire.h"

namespace reprise::debug {
namespace {

/// The process ends when `holder`, its parent, does.
void end_with(::pid_t holder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != holder) ::_exit(0);
}

class Worker {
 public:
  Worker(int socket, const Program& program, ::pid_t holder)
      : socket_(socket), program_(program), holder_(holder), places_(program.recording) {}

  void run() {
    const auto until = static_cast<Seq>(program_.recording.events.size());
    auto rerun = replay::Rerun::run(program_.workflows, program_.recording, until,
                                    [this](const replay::Rerun::Place& at) { stand(at); });
    // From here on it is where it can't leave.
    if (!rerun) {
      arrival_ = {};
      arrival_.next = 1;
      arrival_.error = rerun.error().message();
      tell();
      serve(nullptr);
    }
    arrival_ = places_.end(*rerun);
    tell();
    serve(&rerun->code());
  }

  [[noreturn]] void fail(std::string why) {
    arrival_.error = std::move(why);
    tell();
    serve(nullptr);
    ::_exit(0);
  }

 private:
  void stand(const replay::Rerun::Place& at) {
    places_.pass(at);
    if (at.next < target_) return;
    arrival_ = places_.at(at);
    tell();
    serve(&at.code);
  }

  void tell() {
    if (!send_message(socket_, arrival_reply(arrival_))) ::_exit(0);
  }

  /// Returns when it is to go on.
  void serve(replay::Decider* code) {
    for (;;) {
      auto message = receive_message(socket_);
      if (!message) ::_exit(0);
      const auto request = request_of(message->text);
      switch (request.kind) {
        case Request::Kind::go:
          target_ = request.next;
          if (!places_.ended()) return;
          tell();
          break;
        case Request::Kind::split: split(message->socket); break;
        case Request::Kind::ask: {
          const auto answer = answer_reply(ask(code, request.query, request.arguments));
          if (!send_message(socket_, answer)) ::_exit(0);
        }
      }
    }
  }

  /// By way of a process that ends at once: then who holds the first one is told how this one ends.
  void split(int socket) {
    const ::pid_t between = ::fork();
    if (between < 0) {
      refuse(socket);
      return;
    }
    if (between > 0) {
      ::close(socket);
      ::waitpid(between, nullptr, 0);
      return;
    }
    const ::pid_t parent = ::getpid();
    if (const ::pid_t other = ::fork(); other != 0) {
      if (other < 0) refuse(socket);
      ::_exit(0);
    }
    ::close(std::exchange(socket_, socket));
    // From when the one between is gone, the holder can wait for this one.
    while (::getppid() == parent) ::usleep(50);
    end_with(holder_);
    if (!send_message(socket_, process_reply(::getpid()))) ::_exit(0);
  }

  static void refuse(int socket) {
    const Error error(Code::io_error, "there is no process to replay in");
    static_cast<void>(send_message(socket, answer_reply(error)));
    ::close(socket);
  }

  int socket_;
  const Program& program_;
  ::pid_t holder_;
  Places places_;
  Seq target_ = 1;
  Arrival arrival_;
};

}  // namespace

void work(int socket, const Program& program, ::pid_t holder) {
  end_with(holder);
  ::signal(SIGINT, SIG_IGN);  // Who holds it decides.
  ::signal(SIGPIPE, SIG_IGN);
#ifdef PR_SET_PTRACER
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // A debugger may come.
#endif
  if (const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC); nothing >= 0) {
    ::dup2(nothing, STDIN_FILENO);  // What is typed is for who holds it.
  }
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // What code prints is no answer of the session's.
  Worker worker(socket, program, holder);
  try {
    worker.run();
  } catch (const std::exception& error) {
    worker.fail(error.what());
  }
  ::_exit(0);
}

}  // namespace reprise::debug

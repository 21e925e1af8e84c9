// A process of its own in which the code is replayed, and stands still before an event. It can be
// told to go on, to answer a query, and to split in two: one that stays is where to go back to.
//
// Invariants:
// - It never goes backwards, holds no file of a store, and lets nothing out.
// - It ends when its Replica is gone, or the process that holds it.
// - What it says is data: code that breaks its own process can't break this one.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "replay/rerun.h"
#include "tools/debug/execution.h"

namespace reprise::debug {

/// What is replayed. All of it outlives the replicas.
struct Program {
  const Registry& workflows;
  const replay::Recording& recording;
};

class Replica {
 public:
  /// Asked while it is waited for; true: no more.
  using Enough = std::function<bool()>;

  /// One that stands before event 1, or is stuck there. REQUIRES: this process has no other thread
  /// that holds a lock. Errors: io_error (no process), and those of advance().
  static Result<Replica> start(const Program& program, const Enough& enough);
  Replica(Replica&& other) noexcept;
  Replica& operator=(Replica&& other) noexcept;
  ~Replica();

  [[nodiscard]] const Arrival& arrival() const noexcept { return arrival_; }

  /// Goes on until it stands before event `next`. Errors: engine_failed: it died, and how;
  /// timed_out: enough. It is of no use after either.
  Result<void> advance(Seq next, const Enough& enough);
  /// Another one at the same place. Errors: io_error, and those of advance().
  Result<Replica> split(const Enough& enough);
  /// Errors: those of Execution::ask.
  Result<std::string> ask(std::string_view query, std::string_view arguments, const Enough& enough);

 private:
  Replica(int socket, ::pid_t process) noexcept : socket_(socket), process_(process) {}

  Result<std::string> receive(const Enough& enough);
  Result<std::string> request(std::string_view message, const Enough& enough);
  Error died();
  void end() noexcept;

  int socket_ = -1;
  ::pid_t process_ = -1;
  Arrival arrival_;
};

}  // namespace reprise::debug

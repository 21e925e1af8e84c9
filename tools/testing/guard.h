// Notices what workflow code may not call: clocks, random numbers, the environment, files, sockets,
// threads, processes, sleep.
//
// A program that links reprise::testing calls the functions of interposed.cc in the place of those
// of the C library, which they pass everything on to. Other programs are as they were.
//
// Threads: each listener hears of its own thread alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reprise::testing {

enum class Reach : std::uint8_t {
  clock,
  random,
  environment,
  file,
  network,
  thread,
  process,
  sleep
};

/// A call whose answer is in no journal: a replay gets another one, or does it again.
struct Impurity {
  std::string call;    ///< Of the C library: "clock_gettime".
  std::string where;   ///< "orders.cc:41"; without debug information the function's name.
  std::string advice;  ///< "use ctx.now()".

  bool operator==(const Impurity&) const = default;
};
/// One sentence.
[[nodiscard]] std::string told(const Impurity& impurity);

/// Where a call came from: return addresses, innermost first, zeros behind them.
using Stack = std::array<void*, 48>;

class Guard {
 public:
  Guard();

  /// While one lives, what code on this thread does wrong is heard by `guard`.
  class Listening {
   public:
    explicit Listening(Guard& guard) noexcept : before_(std::exchange(current_, &guard)) {}
    ~Listening() { current_ = before_; }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

   private:
    Guard* before_;
  };

  /// Notes the call unless what runs is no workflow code. `call` is a literal.
  static void notice(Reach reach, const char* call) noexcept;

  /// Each place so far once, in the order in which they were come to. Asks llvm-symbolizer or
  /// addr2line for the lines, where one of them is installed.
  [[nodiscard]] std::vector<Impurity> heard();
  /// Writes to stderr what was heard since somebody last asked.
  void tell_unasked() noexcept;

 private:
  struct Call {
    Reach reach;
    const char* name;
    Stack stack;

    bool operator==(const Call&) const = default;
  };

  void note(const Call& call) noexcept;
  [[nodiscard]] std::vector<Impurity> heard_of(std::size_t from) const;

  inline static thread_local constinit Guard* current_ = nullptr;
  std::vector<Call> calls_;  ///< Of a size that is not exceeded: noting takes no memory.
  std::size_t asked_ = 0;    ///< So many were told of to who asked.
};

}  // namespace reprise::testing

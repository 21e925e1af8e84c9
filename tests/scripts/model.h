// What the documentation promises of one instance, as a small machine: which answers a call may get
// in which state, and what it leaves behind. Written from docs/ and the comments of api/reprise/,
// not from the engine.
//
// What an instance does by itself (to end, to be deleted, to be forgotten) may happen between any
// two calls for which it is due: `after` tries it both ways.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <reprise/error.h>
#include <reprise/ids.h>
#include <reprise/options.h>

namespace reprise::scripts {

enum class Verb : std::uint8_t {
  start,
  start_with_signal,
  signal,
  query,
  cancel,
  terminate,
  pause,
  resume,
  find,
  result,
  describe,
  list,
  history,
};
std::string_view name(Verb verb);

/// What was asked, and answered.
struct Call {
  Verb verb = Verb::start;
  int input = 0;             ///< start
  char value = 0;            ///< signals: what it says; `end_signal` for the name "end".
  std::string id;            ///< signal: "" without one.
  bool waits = false;        ///< result: as long as it takes.
  bool at_shutdown = false;  ///< result: told when the engine shut down in order.
  std::uint64_t run = 0;     ///< Of a start's answer, or describe's. result: whose.
  Nanos called = 0;          ///< Wall time.
  Nanos returned = 0;

  bool answered = true;
  Code code = Code::ok;
  std::string text;  ///< Of result and query; history: the signals, in order.
  InstanceStatus status = InstanceStatus::pending;  ///< describe, list.
  std::uint32_t unread = 0;                         ///< describe
  bool cancelled = false;                           ///< history: a cancel is in it.
  bool listed = false;                              ///< list
};
inline constexpr char end_signal = '.';

/// For the message of a violation.
std::string to_text(const Call& call);

struct Times {
  Nanos retention = 0;
  Nanos tombstone = 0;
};

class Model {
 public:
  enum class Life : std::uint8_t { absent, open, completed, cancelled, terminated, deleted };

  struct State {
    Life life = Life::absent;
    int input = 0;
    std::uint64_t run = 0;      ///< 0: nobody was told yet.
    std::uint64_t earlier = 0;  ///< The run before, which this one must not be.
    bool paused = false;
    bool cancel = false;
    bool stopped = false;          ///< Was paused or terminated: code may never have run.
    std::string inbox;             ///< Signals, in the order they were taken.
    std::vector<std::string> ids;  ///< Theirs.
    std::size_t seen = 0;          ///< A query told of so many.
    std::string result;            ///< "" until somebody was told.
    Nanos now = 0;
    Nanos since = 0;  ///< Started, closed or deleted, at the earliest,
    Nanos until = 0;  ///< and, of the last two, at the latest.

    auto operator<=>(const State&) const = default;
  };

  explicit Model(Times times) : times_(times) {}

  [[nodiscard]] State first() const { return {}; }
  [[nodiscard]] std::vector<State> after(const State& state, const Call& call) const;

 private:
  void by_itself(const State& state, const Call& call, std::vector<State>& states) const;

  Times times_;
};

}  // namespace reprise::scripts

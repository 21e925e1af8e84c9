// A history as bars on a line of time: one for the run, one for each operation, in pieces.
//
// Which received signal completes which await is shown by their order, per name, as the journal's
// own fold decides it; a signal that came while the run was paused is shown from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reprise/ids.h>

#include "tools/cli/events.h"

namespace reprise::cli {

/// A piece of a bar.
struct Piece {
  enum class Kind : std::uint8_t {
    run,       ///< The run itself, not paused.
    paused,    ///< The run, paused.
    body,      ///< An attempt of a step, from its schedule to its answer.
    cut,       ///< An attempt that was never answered: its process died.
    rest,      ///< Between two attempts.
    token,     ///< Handed over; the token's answer is awaited.
    timer,     ///< Until it is due.
    awaited,   ///< A signal nobody has sent yet.
    unread,    ///< A signal the code has not awaited yet.
    starting,  ///< A child that is asked for.
    child,     ///< A child that runs.
    send,      ///< A signal on its way.
  };
  Kind kind = Kind::run;
  Nanos from = 0;
  Nanos to = 0;
  std::uint32_t attempt = 0;
  bool failed = false;
  bool open = false;  ///< It has not ended yet; `to` is the end of the picture.
  std::string text;   ///< Why it failed.
};

struct Bar {
  enum class End : std::uint8_t { open, done, failed, cancelled };
  std::string_view what;  ///< "run", "step", "timer", "signal", "child", "send".
  OpId op = 0;            ///< 0: the run.
  std::string name;
  std::string target;  ///< Id of the child, or of who is sent to.
  std::string site;
  Seq first = 0;  ///< The event that opened it.
  End end = End::open;
  bool asked_for = false;  ///< One of its events is.
  bool detached = false;   ///< A child that is done with once it has started.
  std::vector<Piece> pieces;

  [[nodiscard]] Nanos from() const { return pieces.front().from; }
  [[nodiscard]] Nanos to() const { return pieces.back().to; }
};

/// What has no length: a signal's arrival, a request to cancel, a choice of a version.
struct Moment {
  Seq seq = 0;
  Nanos time = 0;
  std::string_view what;
  std::string text;
};

class Timeline {
 public:
  /// Takes in the events of one run, in order.
  void add(const ToldEvent& event);
  /// Behind the last event: draws what is open to the end.
  void end();

  /// The run first, then operations in the order they were opened.
  [[nodiscard]] const std::vector<Bar>& bars() const noexcept { return bars_; }
  [[nodiscard]] const std::vector<Moment>& moments() const noexcept { return moments_; }
  /// Of the events that are asked for, in order, each once.
  [[nodiscard]] const std::vector<Nanos>& times() const noexcept { return times_; }

 private:
  Bar& open(const ToldEvent& event, std::string_view what, Piece::Kind kind);
  Bar* bar_of(OpId op);
  bool add_of_run(const ToldEvent& event);
  void add_of_operation(const ToldEvent& event);
  void go_on(const ToldEvent& event, Piece::Kind kind);
  void attempt(const ToldEvent& event);
  void answer(const ToldEvent& event, bool last);
  void arrival(const ToldEvent& event);
  void awaited(const ToldEvent& event);
  void close_run(const ToldEvent& event, Bar::End end);

  std::vector<Bar> bars_;
  std::vector<Moment> moments_;
  std::vector<Nanos> times_;
  Nanos last_ = 0;  ///< Time of the last event.
  std::unordered_map<OpId, std::size_t> of_op_;
  std::map<std::string, std::deque<OpId>> awaiting_;  ///< By the signal's name.
  std::map<std::string, std::deque<Nanos>> unread_;   ///< When they came.
};

}  // namespace reprise::cli

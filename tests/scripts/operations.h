// What a host does with its engine in one place of a script.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::scripts {

enum class Op : std::uint8_t {
  start,
  start_other,     ///< With another input: a conflict, or the other instance.
  start_signal,    ///< With a signal.
  signal_id,       ///< With an id.
  signal_same_id,  ///< With the same id, but another value.
  signal_plain,    ///< Without an id: repeated, it counts twice.
  end,             ///< The signal without which the instance does not end.
  query,
  cancel,
  terminate,
  pause,
  resume,
  result,  ///< With a timeout of a second.
  watch,   ///< For the result, by callback.
  describe,
  list,
  history,
  snapshot,
  moment,     ///< Three seconds pass,
  timers,     ///< two minutes: more than the instance waits by itself,
  retention,  ///< an hour and a half: a finished one is deleted,
  tombstone,  ///< five hours: and its id is free again.
  restart,    ///< In order.
  // Not in scripts, but at their end:
  outcome,  ///< The result, however long it takes.
};
inline constexpr std::size_t op_count = 23;
std::string_view name(Op op);
std::optional<Op> op_of(std::string_view name);

/// One place of a script: an operation, and maybe a second caller's that begins when the first
/// has looked for its answer so many times.
struct Place {
  Op op = Op::start;
  std::optional<Op> other{};
  unsigned polls = 0;
};
using Script = std::vector<Place>;

/// "start,signal_id+cancel@3,timers"
std::string to_text(const Script& script);
std::optional<Script> script_of(std::string_view text);

/// What follows every script: what is paused goes on, what is missing is sent, time passes until
/// the instance has ended, and after a restart everything is asked for.
inline constexpr std::array ending{
    Op::resume,  Op::start,   Op::end,   Op::outcome,  Op::snapshot, Op::moment, Op::timers,
    Op::restart, Op::outcome, Op::query, Op::describe, Op::history,  Op::list,
};

}  // namespace reprise::scripts

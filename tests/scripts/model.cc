#include "tests/scripts/model.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tests/scripts/workflows.h"

namespace reprise::scripts {
namespace {

using Life = Model::Life;
using State = Model::State;

/// "They go when their time comes, or within a minute of it": and so much until the next call.
constexpr Nanos late = Nanos{2} * 60 * 1'000'000'000;
/// So long the instance sleeps before it takes its first signal.
constexpr Nanos sleeps = Nanos{10} * 1'000'000'000;

bool exists(const State& state) {
  return state.life != Life::absent && state.life != Life::deleted;
}
bool ended(const State& state) { return exists(state) && state.life != Life::open; }

std::string gos(std::string_view inbox) {
  std::string found(inbox);
  std::erase(found, end_signal);
  return found;
}

State closed(State state, Life life, Nanos since, Nanos until) {
  state.life = life;
  state.paused = false;
  state.since = since;
  state.until = until;
  return state;
}

State started(const State& before, const Call& call) {
  State fresh;
  fresh.life = Life::open;
  fresh.input = call.input;
  fresh.earlier = before.run != 0 ? before.run : before.earlier;
  fresh.now = before.now;
  fresh.since = call.called;
  return fresh;
}

void deliver(State& state, const Call& call) {
  if (!call.id.empty()) {
    if (std::find(state.ids.begin(), state.ids.end(), call.id) != state.ids.end()) return;
    state.ids.push_back(call.id);
  }
  state.inbox += call.value;
}

/// A run that was told is the same for ever, and no earlier one.
bool take_run(State& state, const Call& call) {
  if (!call.answered) return true;
  if (call.run == 0 || call.run == state.earlier) return false;
  if (state.run == 0) state.run = call.run;
  return state.run == call.run;
}

bool may_answer(const Call& call, Code code) { return !call.answered || call.code == code; }

std::optional<State> start(State state, const Call& call) {
  if (state.life == Life::deleted) {
    const Code refusal = state.input == call.input ? Code::closed : Code::conflict;
    return may_answer(call, refusal) ? std::optional(state) : std::nullopt;
  }
  if (exists(state) && state.input != call.input) {
    return may_answer(call, Code::conflict) ? std::optional(state) : std::nullopt;
  }
  if (!may_answer(call, Code::ok)) return std::nullopt;
  if (state.life == Life::absent) state = started(state, call);
  if (call.verb == Verb::start_with_signal && state.life == Life::open) deliver(state, call);
  return take_run(state, call) ? std::optional(state) : std::nullopt;
}

/// signal, cancel, terminate, pause: for those that are open.
std::optional<State> change(State state, const Call& call) {
  const Code code = !exists(state) ? Code::not_found : ended(state) ? Code::closed : Code::ok;
  if (!may_answer(call, code)) return std::nullopt;
  if (code != Code::ok) return state;
  switch (call.verb) {
    case Verb::signal: deliver(state, call); break;
    case Verb::cancel: state.cancel = true; break;
    case Verb::pause: state.paused = state.stopped = true; break;
    default:
      state.stopped = true;
      return closed(state, Life::terminated, call.called, call.returned);
  }
  return state;
}

std::optional<State> query(State state, const Call& call) {
  if (!call.answered) return state;
  if (!exists(state)) return call.code == Code::not_found ? std::optional(state) : std::nullopt;
  if (call.code == Code::unknown_query) {
    return state.stopped && state.seen == 0 ? std::optional(state) : std::nullopt;
  }
  if (call.code != Code::ok || call.text.size() < state.seen) return std::nullopt;
  if (!gos(state.inbox).starts_with(call.text)) return std::nullopt;
  state.seen = call.text.size();
  return state;
}

std::optional<State> result(State state, const Call& call) {
  if (!call.answered) return state;
  const bool possible = [&] {
    if (!exists(state) || (state.run != 0 && call.run != state.run)) {
      return call.code == Code::not_found || call.code == Code::stale_run;
    }
    switch (state.life) {
      case Life::open:
        if (call.at_shutdown) return call.code == Code::shutting_down;
        return call.code == Code::timed_out && !call.waits;
      case Life::cancelled: return call.code == Code::workflow_cancelled;
      case Life::terminated: return call.code == Code::workflow_terminated;
      default: break;
    }
    if (call.code != Code::ok) return false;
    if (!state.result.empty()) return call.text == state.result;
    // All that came before "end" was taken, and of what came after it the first few.
    const std::string all = gos(state.inbox);
    for (std::size_t taken = state.inbox.find(end_signal); taken <= all.size(); ++taken) {
      if (taken >= state.seen && call.text == result_of(state.input, all.substr(0, taken))) {
        return true;
      }
    }
    return false;
  }();
  if (!possible) return std::nullopt;
  if (call.code == Code::ok) state.result = call.text;
  return state;
}

bool shows(const State& state, InstanceStatus status) {
  switch (state.life) {
    case Life::completed: return status == InstanceStatus::completed;
    case Life::cancelled: return status == InstanceStatus::cancelled;
    case Life::terminated: return status == InstanceStatus::terminated;
    default: break;
  }
  if (state.paused) return status == InstanceStatus::paused;
  return status == InstanceStatus::pending || status == InstanceStatus::running ||
         status == InstanceStatus::waiting;
}

/// A finished one has given up those it has not taken.
bool may_be_unread(const State& state, const Call& call) {
  if (ended(state)) return call.unread == 0;
  if (call.returned < state.since + sleeps) return call.unread == state.inbox.size();
  return call.unread + state.seen <= state.inbox.size();
}

std::optional<State> look(State state, const Call& call) {
  if (!call.answered) return state;
  if (call.verb == Verb::list) {
    const bool right = call.code == Code::ok && call.listed == exists(state) &&
                       (!call.listed || shows(state, call.status));
    return right ? std::optional(state) : std::nullopt;
  }
  if (!exists(state)) return call.code == Code::not_found ? std::optional(state) : std::nullopt;
  if (call.code != Code::ok) return std::nullopt;
  if (call.verb == Verb::history) {
    const bool right = call.text == state.inbox && call.cancelled == state.cancel;
    return right ? std::optional(state) : std::nullopt;
  }
  if (call.verb == Verb::find) return take_run(state, call) ? std::optional(state) : std::nullopt;
  const bool right =
      shows(state, call.status) && take_run(state, call) && may_be_unread(state, call);
  return right ? std::optional(state) : std::nullopt;
}

std::optional<State> take(State state, const Call& call) {
  switch (call.verb) {
    case Verb::start:
    case Verb::start_with_signal: return start(std::move(state), call);
    case Verb::signal:
    case Verb::cancel:
    case Verb::terminate:
    case Verb::pause: return change(std::move(state), call);
    case Verb::query: return query(std::move(state), call);
    case Verb::result: return result(std::move(state), call);
    case Verb::find:
    case Verb::describe:
    case Verb::list:
    case Verb::history: return look(std::move(state), call);
    case Verb::resume: break;
  }
  if (!may_answer(call, exists(state) ? Code::ok : Code::not_found)) return std::nullopt;
  state.paused = false;
  return state;
}

}  // namespace

void Model::by_itself(const State& state, const Call& call, std::vector<State>& states) const {
  const Nanos from = state.now;
  const Nanos until = std::max(call.returned, from);
  if (state.life == Life::open) {
    states.push_back(state);
    if (state.paused) return;
    if (state.inbox.find(end_signal) != std::string::npos) {
      by_itself(closed(state, Life::completed, from, until), call, states);
    }
    if (state.cancel) by_itself(closed(state, Life::cancelled, from, until), call, states);
    return;
  }
  const Nanos kept = state.life == Life::deleted ? times_.tombstone : times_.retention;
  const bool goes = state.life != Life::absent && until >= state.since + kept;
  if (goes) {
    State gone;
    if (state.life != Life::deleted) {
      gone = state;
      gone.life = Life::deleted;
      gone.since = state.since + kept;
      gone.until = std::min(until, state.until + kept + late);
    } else {
      gone.earlier = state.run != 0 ? state.run : state.earlier;
    }
    by_itself(gone, call, states);
  }
  if (!goes || call.called < state.until + kept + late) states.push_back(state);
}

std::vector<State> Model::after(const State& state, const Call& call) const {
  std::vector<State> befores;
  by_itself(state, call, befores);
  std::vector<State> states;
  for (State& before : befores) {
    if (auto next = take(std::move(before), call)) {
      next->now = std::max(state.now, call.returned);
      states.push_back(*std::move(next));
    }
  }
  return states;
}

std::string_view name(Verb verb) {
  switch (verb) {
    case Verb::start: return "start";
    case Verb::start_with_signal: return "start_with_signal";
    case Verb::signal: return "signal";
    case Verb::query: return "query";
    case Verb::cancel: return "cancel";
    case Verb::terminate: return "terminate";
    case Verb::pause: return "pause";
    case Verb::resume: return "resume";
    case Verb::find: return "find";
    case Verb::result: return "result";
    case Verb::describe: return "describe";
    case Verb::list: return "list";
    case Verb::history: return "history";
  }
  return "?";
}

std::string to_text(const Call& call) {
  std::string text(name(call.verb));
  if (call.input != 0) text += fmt::format(" input {}", call.input);
  if (call.value != 0) text += fmt::format(" '{}'", call.value);
  if (!call.id.empty()) text += " id " + call.id;
  if (!call.answered) return text + ": no answer";
  text += fmt::format(": {}", reprise::name(call.code));
  if (call.run != 0) text += fmt::format(" run {:x}", call.run);
  if (call.code != Code::ok) return text;
  if (!call.text.empty()) text += fmt::format(" \"{}\"", call.text);
  if (call.verb == Verb::list) text += call.listed ? " listed" : " not listed";
  if (call.listed || call.verb == Verb::describe) {
    text += fmt::format(" {}", reprise::name(call.status));
  }
  if (call.unread != 0) text += fmt::format(" unread {}", call.unread);
  if (call.cancelled) text += " cancelled";
  return text;
}

}  // namespace reprise::scripts

#include "tests/scripts/client.h"

#include <chrono>
#include <string_view>
#include <utility>

#include <reprise/assert.h>

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view subject = "subject";

template <class R>
bool take(Call& call, const R& answer) {
  call.code = answer ? Code::ok : answer.code();
  return answer.ok();
}

/// What a caller is told whose process goes down: it knows nothing of what it asked for.
bool knows_nothing(Code code) {
  return code == Code::outcome_unknown || code == Code::engine_failed ||
         code == Code::shutting_down || code == Code::timed_out;
}

bool is_open(InstanceStatus status) {
  return status == InstanceStatus::pending || status == InstanceStatus::running ||
         status == InstanceStatus::waiting || status == InstanceStatus::paused;
}

/// Of a signal's payload, which is a JSON string of one character.
char value_of(const EventInfo& event) {
  if (event.name == "end") return end_signal;
  return event.payload.bytes.size() == 3 ? event.payload.bytes[1] : '?';
}

std::optional<Nanos> time_of(Op op) {
  switch (op) {
    case Op::moment: return std::chrono::nanoseconds(3s).count();
    case Op::timers: return std::chrono::nanoseconds(2min).count();
    case Op::retention: return std::chrono::nanoseconds(90min).count();
    case Op::tombstone: return std::chrono::nanoseconds(5h).count();
    default: return std::nullopt;
  }
}

}  // namespace

/// A callback that is waited for, of the process it was given to.
struct Client::Watch {
  Call call;
  std::uint64_t from = 0;
  std::uint64_t until = 0;
  unsigned answers = 0;
  bool lost = false;
};

bool Client::observe(Call call, const std::function<void(Call&)>& ask) {
  const std::uint64_t from = ++tick_;
  call.called = machine_.now();
  ask(call);
  call.returned = machine_.now();
  call.answered = !(machine_.dead() && knows_nothing(call.code));
  calls_.push_back({call, from, ++tick_, call.answered});
  if (call.answered) learn(call);
  return call.answered;
}

/// What bodies may do from now on.
void Client::learn(const Call& call) {
  if (call.code != Code::ok) return;
  World& world = machine_.world();
  if (call.run != 0) run_ = call.run;
  if (call.verb == Verb::cancel || call.verb == Verb::terminate) {
    world.terminated =
        call.verb == Verb::terminate || (world.terminated && world.dropped_run == run_);
    world.dropped_run = run_;
  }
}

bool Client::call(Op op) {
  const Engine& engine = machine_.engine();
  const Id id(subject);
  const auto start = [&](int input) {
    return observe({.verb = Verb::start, .input = input}, [&](Call& call) {
      auto run = engine.start(collect, id, input);
      if (take(call, run)) call.run = run->run().value;
    });
  };
  const auto signal = [&](char value, std::string_view with) {
    return observe({.verb = Verb::signal, .value = value, .id = std::string(with)},
                   [&](Call& call) {
                     const std::string name = value == end_signal ? "end" : "go";
                     take(call, engine.signal(id, name, std::string(1, value), {.id = with}));
                   });
  };
  const auto simple = [&](Verb verb, auto method) {
    return observe({.verb = verb}, [&](Call& call) { take(call, method()); });
  };
  switch (op) {
    case Op::start: return start(1);
    case Op::start_other: return start(2);
    case Op::start_signal:
      return observe({.verb = Verb::start_with_signal, .input = 1, .value = 's'}, [&](Call& call) {
        auto run = engine.start_with_signal(collect, id, "go", std::string("s"), 1);
        if (take(call, run)) call.run = run->run().value;
      });
    case Op::signal_id: return signal('x', "x-1");
    case Op::signal_same_id: return signal('y', "x-1");
    case Op::signal_plain: return signal('p', "");
    case Op::end: return signal(end_signal, "end-1");
    case Op::cancel: return simple(Verb::cancel, [&] { return engine.cancel(id); });
    case Op::terminate: return simple(Verb::terminate, [&] { return engine.terminate(id); });
    case Op::pause: return simple(Verb::pause, [&] { return engine.pause(id); });
    case Op::resume: return simple(Verb::resume, [&] { return engine.resume(id); });
    default: return read(op);
  }
}

bool Client::read(Op op) {
  const Engine& engine = machine_.engine();
  const Id id(subject);
  switch (op) {
    case Op::query:
      return observe({.verb = Verb::query}, [&](Call& call) {
        auto taken = engine.query<std::string>(id, "taken");
        if (take(call, taken)) call.text = *taken;
      });
    case Op::describe:
      return observe({.verb = Verb::describe}, [&](Call& call) {
        auto info = engine.describe(id);
        if (!take(call, info)) return;
        call.run = info->run.value;
        call.status = info->status;
        call.unread = info->unread_signals;
      });
    case Op::list:
      return observe({.verb = Verb::list}, [&](Call& call) {
        auto all = engine.list();
        if (!take(call, all)) return;
        for (const InstanceInfo& info : *all) {
          if (info.key.id != subject) continue;
          call.listed = true;
          call.status = info.status;
        }
      });
    case Op::history:
      return observe({.verb = Verb::history}, [&](Call& call) {
        auto events = engine.history(id);
        if (!take(call, events)) return;
        for (const EventInfo& event : *events) {
          if (event.kind == "signal_received") call.text += value_of(event);
          call.cancelled = call.cancelled || event.kind == "cancel_requested";
        }
      });
    case Op::result: return observe_result(false);
    case Op::outcome: return observe_result(true);
    default: break;
  }
  REPRISE_ASSERT(op == Op::watch);
  return watch();
}

bool Client::find(std::optional<Run<std::string>>& run) {
  return observe({.verb = Verb::find}, [&](Call& call) {
    auto handle = machine_.engine().find<std::string>(subject);
    if (!take(call, handle)) return;
    call.run = handle->run().value;
    run = *std::move(handle);
  });
}

bool Client::observe_result(bool waits) {
  std::optional<Run<std::string>> run;
  if (const bool found = find(run); !run) return found;
  return observe({.verb = Verb::result, .waits = waits, .run = run->run().value}, [&](Call& call) {
    auto text = waits ? run->result() : run->result(1s);
    if (take(call, text)) call.text = *text;
  });
}

bool Client::watch() {
  std::optional<Run<std::string>> run;
  if (const bool found = find(run); !run) return found;
  auto watch = std::make_shared<Watch>();
  watch->call = {.verb = Verb::result, .waits = true, .run = run->run().value};
  watch->call.called = machine_.now();
  watch->from = ++tick_;
  watches_.push_back(watch);
  run->on_result([this, watch](Result<std::string> text) {
    ++watch->answers;
    watch->until = ++tick_;
    watch->call.returned = machine_.now();
    if (take(watch->call, text)) watch->call.text = *text;
    watch->lost = knows_nothing(watch->call.code) && machine_.dead();
    if (watch->call.code != Code::shutting_down || !machine_.ending()) return;
    // It tells that the run was open when the engine went down, and nothing of the time before.
    watch->call.at_shutdown = true;
    watch->call.called = shutdown_at_;
    watch->from = shutdown_tick_;
  });
  return true;
}

bool Client::attempt(Op op) {
  if (op == Op::snapshot) {
    machine_.engine().snapshot();
    return true;
  }
  if (op != Op::restart) return call(op);
  shutdown_at_ = machine_.now();
  shutdown_tick_ = ++tick_;
  auto ended = machine_.shut_down();
  auto& violations = machine_.world().violations;
  if (!ended) {
    violations.push_back("shutdown: " + ended.error().message());
    return true;
  }
  if (machine_.dead()) return crash();
  // Who shuts down in order leaves nobody waiting.
  for (const auto& watch : watches_) {
    const bool silent = watch->answers == 0 && !watch->lost;
    if (silent) violations.push_back("a callback was never called, up to an orderly shutdown");
  }
  return machine_.open();
}

bool Client::pass(Nanos until) {
  while (machine_.now() < until || machine_.dead()) {
    if (machine_.dead() && !crash()) return false;
    machine_.pass_until(until);
  }
  return true;
}

bool Client::again(Op op) {
  if (const auto time = time_of(op)) return pass(machine_.now() + *time);
  while (machine_.running() && !attempt(op)) {
    if (!crash()) return false;
  }
  // It may have died after its last word.
  return machine_.running() && (!machine_.dead() || crash());
}

bool Client::perform(const Place& place) {
  if (!place.other) return again(place.op);
  bool acknowledged = false;
  machine_.interrupt(place.polls, [&] { acknowledged = attempt(*place.other); });
  const auto time = time_of(place.op);
  const Nanos until = machine_.now() + time.value_or(0);
  bool first = true;
  if (time) {
    machine_.pass_until(until);
  } else {
    first = attempt(place.op);
  }
  if (!machine_.interrupted()) {
    alone_ = true;
    acknowledged = true;
  }
  if (machine_.dead() && !crash()) return false;
  return (first || again(place.op)) && (acknowledged || again(*place.other)) &&
         (!time || pass(until));
}

bool Client::crash() {
  if (!machine_.dead()) machine_.kill();
  const bool open = machine_.open();
  for (const auto& watch : watches_) watch->lost = watch->lost || watch->answers == 0;
  return open;
}

void Client::check_end() {
  auto& violations = machine_.world().violations;
  for (const auto& watch : watches_) {
    if (watch->answers > 1) violations.push_back("a callback was called twice");
    if (watch->answers == 0 && !watch->lost) violations.push_back("a callback was never called");
  }
  auto all = machine_.engine().list();
  if (!all) violations.push_back("list: " + all.error().message());
  if (!all) return;
  for (const InstanceInfo& info : *all) {
    if (!is_open(info.status)) continue;
    violations.push_back(
        fmt::format("\"{}\" is {} in the end", info.key.id, reprise::name(info.status)));
  }
}

History Client::history() const {
  History all = calls_;
  for (const auto& watch : watches_) {
    if (watch->answers == 0 || watch->lost) continue;
    all.push_back({watch->call, watch->from, watch->until, true});
  }
  return all;
}

}  // namespace reprise::scripts

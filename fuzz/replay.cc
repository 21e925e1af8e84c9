// Replay of arbitrary histories. A script either makes up events, or plays the world around a real
// workflow (so that its history is long and right) and then damages what was recorded.
#include <algorithm>
#include <memory>

#include "fuzz/deciding.h"
#include "fuzz/events.h"
#include "replay/instance_state.h"
#include "replay/rules.h"

#include <fmt/format.h>

namespace reprise::fuzz {
namespace {

using replay::Event;
using replay::EventKind;
using replay::InstanceState;
using replay::Names;
using replay::OpKind;

constexpr RunId run = RunId::make(0, 1);
constexpr std::size_t history_max = 400;

/// A state after a copy of it went to disk and back.
InstanceState stored(const InstanceState& state) {
  const auto bytes = replay::encode(state);
  auto decoded = replay::decode_instance_state(bytes);
  holds(accepted(decoded), "a state that was folded is stored and read");
  holds(replay::encode(*decoded) == bytes, "equal states are equal bytes");
  return std::move(*decoded);
}

/// Folds a history twice: at once, and with a row where `rows` has a bit.
void check_fold(const std::vector<std::string>& history, const Names& names, std::uint64_t rows) {
  InstanceState whole;
  whole.run = run;
  InstanceState stepwise = whole;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const auto event = replay::decode(history[i]).value();
    replay::apply_instance(whole, event, history[i], names, 1);
    replay::apply_instance(stepwise, event, history[i], names, 1);
    if ((rows >> (i % 64) & 1) != 0) stepwise = stored(stepwise);
    static_cast<void>(whole.settling());
  }
  holds(replay::encode(whole) == replay::encode(stored(stepwise)),
        "a fold from rows comes to what a fold at once comes to");
  holds(whole.seq == history.size(), "every event counts");
  holds(whole.status == replay::Status::open || whole.open.empty(),
        "a closed run has nothing open");
}

void check_replay(const std::vector<std::string>& history, const Names& names, std::uint64_t rows) {
  if (!is_history(history, names)) return;
  check_fold(history, names, rows);
  const auto told = replayed(run, history, names);
  holds(replayed(run, history, names) == told, "a replay comes to the same each time");
}

/// Plays the runtime: records arrivals, feeds them, takes commands and records them.
class World {
 public:
  World() {
    for (const auto* name : {"a", "b", "cc"}) names_.add(name);
    state_.run = run;
    live_ = fresh_decider(run);
  }

  void start(std::uint8_t input) {
    Event event = arrival(EventKind::workflow_started);
    event.name = names_.find(workflow_name);
    event.id = "id";
    event.seed = input;
    event.encoding = Encoding::json;
    const auto text = fmt::format("[{}]", input);
    event.payload = text;
    arrive(event);
  }

  void step(Input& input) {
    const auto what = input.byte();
    switch (what % 16) {
      case 0: return pause(what);
      case 1: return restart();
      case 2: return signal(what, input.byte());
      case 3: {
        if (what < 0xA0) return;
        Event event = arrival(EventKind::cancel_requested);
        return arrive(event);
      }
      case 4:
        if (what < 0xF0) return;
        return arrive(arrival(EventKind::workflow_terminated));
      default: return answer(what, input.byte());
    }
  }

  [[nodiscard]] bool ended() const {
    return live_ == nullptr || state_.status != replay::Status::open ||
           history_.size() >= history_max;
  }
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] const std::vector<std::string>& history() const { return history_; }

  /// The journal alone leads a fresh decider to where the live one is.
  void restart() {
    auto decider = fresh_decider(run);
    const auto fed = decider->feed(events_of(history_), names_);
    holds(accepted(fed), "what the live one has taken, a fresh one takes");
    if (decider->mismatch()) holds(false, describe(*decider->mismatch()));
    if (decider->state_difference()) holds(false, describe(*decider->state_difference()));
    holds(decider->take_commands().empty(), "a replay of all there is issues nothing new");
    holds(decider->fed() == history_.size(), "it has seen everything");
    for (const auto& [op, open] : state_.open) {
      if (open.kind != OpKind::step) continue;
      holds(decider->body(op) != nullptr, "an open step has its body again");
    }
    live_ = std::move(decider);
  }

 private:
  Event arrival(EventKind kind, OpId op = 0) {
    Event event;
    event.kind = kind;
    event.op = op;
    event.time = ++time_;
    return event;
  }

  void pause(std::uint8_t what) {
    const bool paused = state_.paused.has_value();
    Event event = arrival(paused ? EventKind::workflow_resumed : EventKind::workflow_paused);
    if (!paused && what < 0x80) return;
    event.number = paused ? 0 : static_cast<std::uint64_t>(replay::PauseReason::user);
    arrive(event);
  }

  void signal(std::uint8_t what, std::uint8_t value) {
    Event event = arrival(EventKind::signal_received);
    event.name = 1 + (what >> 4) % 3;
    event.encoding = Encoding::json;
    const auto text = std::to_string(value);
    event.payload = text;
    arrive(event);
  }

  void answer(std::uint8_t which, std::uint8_t value) {
    if (state_.open.empty()) return;
    auto at = state_.open.begin();
    std::advance(at, which % state_.open.size());
    const auto& [op, open] = *at;
    Event event;
    const auto text = std::to_string(value & 0x3F);
    switch (open.kind) {
      case OpKind::step: event = answer_step(op, open, value); break;
      case OpKind::timer: event = arrival(EventKind::timer_fired, op); break;
      case OpKind::signal: return signal(static_cast<std::uint8_t>((open.name - 1) << 4), value);
      case OpKind::child:
        event = arrival(open.child.value == 0 ? (value < 0x20 ? EventKind::child_start_failed
                                                              : EventKind::child_started)
                                              : EventKind::child_completed,
                        op);
        event.peer = RunId::make(0, 2);
        event.failed = event.kind == EventKind::child_start_failed || value < 0x40;
        break;
      case OpKind::send:
        event = arrival(EventKind::signal_delivered, op);
        event.failed = value < 0x40;
        break;
    }
    if (event.failed) {
      event.failure_code = static_cast<std::uint16_t>(Code::step_failed);
      event.failure_message = "no";
    } else if (event.kind == EventKind::step_completed ||
               event.kind == EventKind::child_completed) {
      event.encoding = Encoding::json;
      event.payload = value == 0xFF ? "{" : std::string_view(text);
    }
    arrive(event);
  }

  Event answer_step(OpId op, const replay::OpenOp& open, std::uint8_t value) {
    Event event = arrival(open.running ? EventKind::step_completed : EventKind::step_scheduled, op);
    event.attempt = open.running ? open.attempt : open.attempt + 1;
    if (!open.running) return event;
    if (value < 0x30) {
      event.kind = EventKind::step_attempt_failed;
      event.due = time_ + 3;
    } else if (value < 0x40 && !open.handed_over) {
      event.kind = EventKind::step_handed_over;
    } else {
      event.failed = value < 0x60;
    }
    return event;
  }

  void record(const Event& event) {
    auto& bytes = history_.emplace_back();
    replay::encode(event, bytes);
    replay::apply_instance(state_, event, bytes, names_, 1);
  }

  void arrive(const Event& event) {
    record(event);
    const auto fed = live_->feed(events_of(history_, history_.size() - 1), names_);
    if (!accepted(fed)) {
      holds(fed.code() == Code::undecodable, "what the runtime records can be fed");
      live_.reset();
      return;
    }
    if (live_->mismatch()) holds(false, describe(*live_->mismatch()));
    for (const auto& command : live_->take_commands()) {
      record(replay::event_of(state_, command, intern(command.name),
                              intern(replay::site_text(command.site)), time_));
    }
    holds(live_->fed() == history_.size(), "the decider is where its history is");
  }

  std::uint32_t intern(std::string_view text) {
    const auto id = names_.find(text);
    return text.empty() || id != 0 ? id : names_.add(text);
  }

  Names names_;
  InstanceState state_;
  std::vector<std::string> history_;
  std::unique_ptr<replay::Decider> live_;
  Nanos time_ = 1000;
};

void damage(std::vector<std::string>& history, Dice& dice) {
  const auto at = dice.roll(history.size());
  switch (dice.roll(6)) {
    case 0: history.erase(history.begin() + static_cast<std::ptrdiff_t>(at)); break;
    case 1: history.insert(history.begin() + static_cast<std::ptrdiff_t>(at), history[at]); break;
    case 2: std::swap(history[at], history[dice.roll(history.size())]); break;
    case 3: history.resize(at + 1); break;
    default: {
      auto event = replay::decode(history[at]).value();
      Texts texts;
      change(event, dice, texts);
      history[at] = bytes_of(event);
      break;
    }
  }
}

void play(Input input) {
  World world;
  const auto rows = input.number(8);
  Dice dice(input.number(2));
  world.start(input.byte());
  while (!input.empty() && !world.ended()) world.step(input);
  if (!world.ended()) world.restart();
  check_replay(world.history(), world.names(), rows);
  auto history = world.history();
  for (auto left = 1 + rows % 4; left != 0 && !history.empty(); --left) damage(history, dice);
  check_replay(history, world.names(), rows);
}

void make_up(Input input) {
  Names names;
  for (const auto* name : {"a", "b", "cc"}) names.add(name);
  const auto rows = input.number(8);
  std::vector<std::string> history;
  Event start;
  start.kind = EventKind::workflow_started;
  start.name = 1;
  start.id = "id";
  start.encoding = Encoding::json;
  start.payload = "[1]";
  history.push_back(bytes_of(start));
  Texts texts;
  while (!input.empty() && history.size() < history_max) {
    const auto event = event_from(input, texts);
    if (static_cast<int>(event.kind) < 100 || event.kind == EventKind::workflow_started) continue;
    history.push_back(bytes_of(event));
    if (is_closing_event(event.kind)) break;
  }
  check_replay(history, names, rows);
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  Dice dice(4);
  for (int i = 0; i < 40; ++i) {
    std::string seed(1, static_cast<char>(i));
    for (auto left = 12 + dice.roll(200); left != 0; --left) {
      seed.push_back(static_cast<char>(dice.draw()));
    }
    all.push_back(seed);
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::fuzz;
  Input input(data, size);
  if (input.byte() % 2 == 0) {
    play(input);
  } else {
    make_up(input);
  }
  return 0;
}

#include "tools/testing/explorer.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "tools/testing/within.h"

namespace reprise::testing {
namespace {

/// What is to come behind all timers comes behind so many: some workflows always have one.
constexpr std::uint64_t all_timers = 50;

std::string words(const CrashPoint& crash, std::uint64_t life) {
  switch (crash.kind) {
    case CrashPoint::Kind::record:
      return fmt::format("process {} dies with {} records of its own on disk", life, crash.at);
    case CrashPoint::Kind::before:
      return fmt::format("process {} dies just before its effect {}", life, crash.at);
    case CrashPoint::Kind::after: break;
  }
  return fmt::format("process {} dies just after its effect {}", life, crash.at);
}

std::uint64_t mixed(std::uint64_t past, std::uint64_t more) {
  return runtime::SeededRandom(past ^ (more * 0x9E3779B97F4A7C15ULL)).draw();
}

}  // namespace

Explorer::Explorer(const ExploreOptions& options, const Schedule& schedule, std::uint64_t past,
                   Lives& lives)
    : options_(options),
      schedule_(schedule),
      due_past_(past),
      lives_(lives),
      signals_(options.signals.size()) {
  lives_.directed_by(this);
}
Explorer::~Explorer() { lives_.directed_by(nullptr); }

std::optional<CrashPoint> Explorer::begin_life() {
  // Their process is gone. A signal that was on its way comes in the next one: it is known by then
  // that there is an instance.
  held_.clear();
  ++life_;
  for (std::size_t i = taken_; i < schedule_.size(); ++i) {
    if (const auto* crash = std::get_if<CrashPoint>(&schedule_[i])) return *crash;
  }
  return std::nullopt;
}

void Explorer::begun() {
  if (life_ == 1) return;
  const auto next_due = lives_.disk().open_due(lives_.clock().wall());
  if (!next_due) return;
  Choice choice;
  choice.add(Way::Kind::down);
  if (!choose(choice, 0)) return;
  tell(fmt::format("process {} is up only when the next timer is due", life_));
  lives_.clock().advance(*next_due - lives_.clock().wall());
}

bool Explorer::died() {
  const auto* crash = complete() ? nullptr : std::get_if<CrashPoint>(&schedule_[taken_]);
  if (crash == nullptr) return false;
  ++taken_;
  tell(words(*crash, life_));
  records_before_ = 0;
  calls_before_ = 0;
  return true;
}

std::optional<Way> Explorer::choose(Choice choice, std::uint64_t what) {
  choice.at = ++choices_;
  past_ = mixed(mixed(past_, what), (std::uint64_t{choice.bodies} << 16) + choice.kinds);
  past_ = mixed(past_, (std::uint64_t{choice.signals} << 32) + choice.repeats);
  choice.past = past_;
  if (complete()) {
    open_.push_back(choice);
    return std::nullopt;
  }
  const auto* chosen = std::get_if<Chosen>(&schedule_[taken_]);
  if (chosen == nullptr || chosen->at != choice.at) return std::nullopt;
  if (taken_ + 1 == schedule_.size() && due_past_ != 0 && due_past_ != past_) {
    found_.emplace_back(
        "the same beginning went another way: mocks, drive, signals or code depend "
        "on more than their arguments");
  }
  if (!choice.has(chosen->way)) return std::nullopt;
  ++taken_;
  records_before_ = lives_.records();
  calls_before_ = lives_.calls();
  return chosen->way;
}

void Explorer::add_signals(Choice& choice, std::size_t first) const {
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto bit = std::uint32_t{1} << i;
    if (signals_[i].state == State::unsent && i >= first) choice.signals |= bit;
    if (signals_[i].state == State::sent && !signals_[i].twice && !ended_) choice.repeats |= bit;
  }
}

std::optional<BodyChoice> Explorer::next_body(const std::vector<runtime::StepRun>& waiting) {
  for (;;) {
    if (planned_) return std::nullopt;
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (!held_.contains(key_of(waiting[i]))) ready.push_back(i);
    }
    if (ready.empty()) return std::nullopt;
    const runtime::StepRun& first = waiting[ready.front()];
    if (first_run_ == 0) first_run_ = first.run.value;
    Choice choice;
    choice.bodies = static_cast<std::uint16_t>(std::min<std::size_t>(ready.size(), 1000));
    if (!ended_) {
      for (const auto kind : {Way::Kind::after, Way::Kind::slow, Way::Kind::slowest,
                              Way::Kind::late, Way::Kind::latest}) {
        choice.add(kind);
      }
      add_signals(choice, 0);
    }
    if (options_.failures) {
      for (const auto kind : {Way::Kind::failed, Way::Kind::lost, Way::Kind::refused}) {
        choice.add(kind);
      }
    }
    const auto way = choose(choice, mixed(first.run.value, (first.op << 8) + first.attempt));
    const auto body = way ? take_way(*way, waiting, ready) : BodyChoice{ready.front()};
    if (body) return body;
  }
}

/// Nothing: others may go on now.
std::optional<BodyChoice> Explorer::take_way(Way way, const std::vector<runtime::StepRun>& waiting,
                                             const std::vector<std::size_t>& ready) {
  const auto first = ready.front();
  const runtime::StepRun& step = waiting[first];
  const auto name = named(step);
  switch (way.kind) {
    case Way::Kind::body:
      tell(fmt::format("{} goes before {}", named(waiting[ready[way.n - 1u]]), name));
      return BodyChoice{ready[way.n - 1u]};
    case Way::Kind::after:
      tell(fmt::format("{} waits until nothing else can go on", name));
      held_.emplace(key_of(step), std::nullopt);
      return std::nullopt;
    case Way::Kind::slow:
    case Way::Kind::slowest: {
      const bool all = way.kind == Way::Kind::slowest;
      tell(
          fmt::format("{} begins its work behind {}", name, all ? "all timers" : "the next timer"));
      held_.emplace(key_of(step), Behind{.left = all ? all_timers : 1});
      return std::nullopt;
    }
    case Way::Kind::late:
    case Way::Kind::latest: {
      const bool all = way.kind == Way::Kind::latest;
      tell(fmt::format("{} does its work, and its answer comes behind {}", name,
                       all ? "all timers" : "the next timer"));
      held_.emplace(key_of(step), Behind{.left = all ? all_timers : 1});
      return BodyChoice{first, BodyEnd::late};
    }
    case Way::Kind::failed:
      tell(fmt::format("{} fails before its work", name));
      return BodyChoice{first, BodyEnd::failed};
    case Way::Kind::lost:
      tell(fmt::format("{} does its work, and its answer is lost", name));
      return BodyChoice{first, BodyEnd::lost};
    case Way::Kind::refused:
      tell(fmt::format("{} fails for good", name));
      return BodyChoice{first, BodyEnd::refused};
    case Way::Kind::signal:
    case Way::Kind::again: {
      const bool again = way.kind == Way::Kind::again;
      tell(fmt::format("{} comes {}before {} runs", named(way.n - 1u),
                       again ? "a second time, " : "", name));
      plan(way.n - 1u, again);
      return std::nullopt;
    }
    case Way::Kind::later:
    case Way::Kind::last:
    case Way::Kind::down: break;
  }
  return BodyChoice{first};
}

bool Explorer::may_tell(const runtime::StepRun& late) { return !held_.contains(key_of(late)); }

bool Explorer::over(Behind& behind, std::optional<Nanos> next_due) const {
  const auto now = lives_.clock().wall();
  const auto records = lives_.disk().records();
  const bool came = behind.due && *behind.due <= now;
  if (came && records != behind.records && --behind.left == 0) return true;
  // Else it was of something that is over, or is so now.
  if (came || !behind.due || !next_due || *next_due > *behind.due) behind.due = next_due;
  behind.records = records;
  return !behind.due;
}

bool Explorer::release(std::optional<Nanos> next_due) {
  bool released = false;
  for (auto body = held_.begin(); body != held_.end();) {
    if (ended_ || !body->second || over(*body->second, next_due)) {
      body = held_.erase(body);
      released = true;
    } else {
      ++body;
    }
  }
  return released;
}

void Explorer::idle(std::optional<Nanos> next_due) {
  if (release(next_due)) {
    lives_.at(lives_.clock().wall(),
              [](Engine&) {});  // Something has happened: who waits is asked.
    return;
  }
  idle_signals(next_due);
}

void Explorer::idle_signals(std::optional<Nanos> next_due) {
  if (sending_) return;  // Its host lets time pass, and is not overtaken.
  if (signals_wait_ && over(*signals_wait_, next_due)) signals_wait_.reset();
  if (signals_wait_) return;
  const auto first = first_unsent();
  Choice choice;
  add_signals(choice, first ? *first + 1 : signals_.size());
  if (first && next_due) {
    choice.add(Way::Kind::later);
    choice.add(Way::Kind::last);
  }
  const auto way = choice.ways() == 0 ? std::nullopt : choose(choice, first ? *first + 1 : 0);
  if (!way) {
    if (first) plan(*first, false);
    return;
  }
  switch (way->kind) {
    case Way::Kind::signal:
      tell(fmt::format("{} comes before {}", named(way->n - 1u), named(*first)));
      return plan(way->n - 1u, false);
    case Way::Kind::again:
      tell(fmt::format("{} comes a second time", named(way->n - 1u)));
      return plan(way->n - 1u, true);
    case Way::Kind::later:
      tell(fmt::format("{}, and what was to follow, comes behind the next timer", named(*first)));
      signals_wait_ = Behind{next_due, lives_.disk().records(), 1};
      return;
    case Way::Kind::last:
      tell(fmt::format("{}, and what was to follow, comes behind all timers", named(*first)));
      signals_wait_ = Behind{next_due, lives_.disk().records(), all_timers};
      return;
    default: return;  // Of bodies, and of a process that is down.
  }
}

std::optional<std::size_t> Explorer::first_unsent() const {
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    if (signals_[i].state == State::unsent) return i;
  }
  return std::nullopt;
}

std::string Explorer::named(const runtime::StepRun& step) const {
  auto name = fmt::format("\"{}\" #{}", step.name, step.op);
  if (step.run.value != first_run_) name += fmt::format(" of run {:x}", step.run.value);
  if (step.attempt > 1) name += fmt::format(" attempt {}", step.attempt);
  return name;
}

std::string Explorer::named(std::size_t signal) const {
  return fmt::format("signal {} \"{}\"", signal + 1, options_.signals[signal].name);
}

void Explorer::plan(std::size_t signal, bool again) {
  planned_ = true;
  if (again) {
    signals_[signal].twice = true;
  } else {
    signals_[signal].state = State::sending;
  }
  lives_.at(lives_.clock().wall(), [self = std::weak_ptr(self_), signal, again](Engine& engine) {
    if (const auto explorer = self.lock()) (*explorer)->send(engine, signal, again);
  });
}

void Explorer::send(Engine& engine, std::size_t signal, bool again) {
  planned_ = false;
  Result<void> sent;
  try {
    const Within inside(sending_);
    sent = options_.signals[signal].send(engine, Id(options_.id),
                                         fmt::format("outside-{}", signal + 1));
  } catch (const EnoughTime&) {
    throw;
  } catch (const Error& error) {
    sent = error;
  } catch (const std::exception& error) {
    sent = Error(Code::engine_failed, error.what());
  } catch (...) {
    sent = Error(Code::engine_failed, "something that is no std::exception was thrown");
  }
  if (lives_.dead()) {
    // Nobody knows whether it came: it is sent again, a second time only where that is chosen.
    if (again) {
      signals_[signal].twice = false;
    } else {
      signals_[signal].state = State::unsent;
    }
    return;
  }
  if (!again) signals_[signal].state = State::sent;
  // Behind the end it is refused, and when the end is forgotten not even known.
  const bool late = sent.code() == Code::closed || (ended_ && sent.code() == Code::not_found);
  if (sent || late) return;
  found_.push_back(fmt::format("{} is refused: {}: {}", named(signal), name(sent.code()),
                               sent.error().message()));
}

}  // namespace reprise::testing

#include "tools/debug/session.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tools/cli/text.h"
#include "tools/debug/telling.h"

#include <fmt/format.h>

namespace reprise::debug {
namespace {

constexpr std::size_t stops_max = 100;
constexpr Seq events_around = 10;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == line.npos) break;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

/// What stands behind the first word, without the blanks around it.
std::string_view rest_of(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == line.npos) return {};
  line.remove_prefix(begin);
  line.remove_prefix(std::min(line.find_first_of(" \t"), line.size()));
  const auto first = line.find_first_not_of(" \t");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

Result<Seq> number_of(std::string_view word, std::string_view what) {
  Seq number = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) return number;
  return Error(Code::invalid_argument, fmt::format("{:?} is no number of {}", word, what));
}

/// The only argument, a count; 1 without one.
Result<Seq> count_of(const std::vector<std::string_view>& words) {
  if (words.size() < 2) return Seq{1};
  return number_of(words[1], "events");
}

}  // namespace

const std::vector<Session::Command>& Session::commands() {
  static const std::vector<Command> all = {
      {"next", "n", "next [N]          so many events on (1)", &Session::forward, true},
      {"step", "s", "step [N]          the same", &Session::forward, true},
      {"back", "b", "back [N]          so many events back (1)", &Session::back, true},
      {"goto", "g", "goto SEQ          before event SEQ", &Session::jump, false},
      {"first", "", "first             before the first event", &Session::to_first, false},
      {"last", "", "last              to the end, or to where code and history part",
       &Session::to_last, false},
      {"break", "",
       "break [WHERE]     stop at 41, step:charge, step_completed, or `when attempt > 1 and "
       "payload/total >= 100`",
       &Session::stop_at, false},
      {"delete", "", "delete N          no more stop N", &Session::remove, false},
      {"continue", "c", "continue          on to the next stop, or the end", &Session::go_on, true},
      {"reverse", "rc", "reverse           back to the stop before, or the start",
       &Session::go_back, true},
      {"events", "e", "events [A [B]]    what happened around here, or from A to B",
       &Session::events, false},
      {"print", "p",
       "print WHAT        state, waits, timers, inbox, input, result, event [SEQ], op N or NAME",
       &Session::print, false},
      {"why", "w", "why               why the next event happens", &Session::why, false},
      {"list", "l", "list              the source around the code's line", &Session::list, false},
      {"ask", "a", "ask NAME [ARGS]   a query of the workflow; ARGS is a JSON array", &Session::ask,
       false},
      {"help", "h", "help              this", &Session::help, false},
      {"quit", "q", "quit", &Session::quit, false},
  };
  return all;
}

Result<void> Session::begin(Seq next) { return move(next); }

Result<void> Session::execute(std::string_view line) {
  auto words = words_of(line);
  const std::string again = again_;
  if (words.empty()) {
    line = again;
    words = words_of(line);
    if (words.empty()) return {};
  }
  for (const auto& command : commands()) {
    if (words[0] != command.name && (command.brief.empty() || words[0] != command.brief)) continue;
    again_ = command.again ? std::string(line) : std::string();
    return (this->*command.run)(words, rest_of(line));
  }
  for (const auto& extra : extras_) {
    if (words[0] == extra.name) return extra.run(rest_of(line));
  }
  return Error(Code::invalid_argument,
               fmt::format("there is no command {:?}; `help` lists them", words[0]));
}

// Moving.

Result<void> Session::move(Seq next) {
  next = std::clamp<Seq>(next, 1, story_.last() + 1);
  if (execution_ != nullptr) {
    auto come = execution_->go(next);
    if (!come) return std::move(come).error();
    arrival_ = std::move(*come);
  }
  next_ = next;
  tell_place(story_, next_, arrival(), sources_, console_);
  return {};
}

Result<void> Session::forward(const Words& words, std::string_view /*rest*/) {
  auto count = count_of(words);
  if (!count) return std::move(count).error();
  // Where code and history part it stops once; whoever goes on reads what is recorded.
  const Seq target = next_ + std::min(*count, story_.last() + 1 - next_);
  if (arrival_ && !arrival_->stuck() && execution_ != nullptr) {
    auto come = execution_->go(target);
    if (!come) return std::move(come).error();
    if (come->stuck()) return move(come->next);
  }
  return move(target);
}

Result<void> Session::back(const Words& words, std::string_view /*rest*/) {
  auto count = count_of(words);
  if (!count) return std::move(count).error();
  return move(*count < next_ ? next_ - *count : 1);
}

Result<void> Session::jump(const Words& words, std::string_view /*rest*/) {
  if (words.size() != 2) return Error(Code::invalid_argument, "say to which event: goto 41");
  auto seq = number_of(words[1], "an event");
  if (!seq) return std::move(seq).error();
  return move(*seq);
}

Result<void> Session::to_first(const Words& /*words*/, std::string_view /*rest*/) {
  return move(1);
}

Result<void> Session::to_last(const Words& /*words*/, std::string_view /*rest*/) {
  if (execution_ == nullptr) return move(story_.last() + 1);
  auto come = execution_->go(story_.last() + 1);
  if (!come) return std::move(come).error();
  return move(come->stuck() ? come->next : story_.last() + 1);
}

std::optional<Seq> Session::stop(Seq from, bool forwards) const {
  const bool payloads = std::any_of(stops_.begin(), stops_.end(), [](const auto& one) {
    return one.second.looks_into_payload();
  });
  for (Seq seq = from; seq >= 1 && seq <= story_.last(); forwards ? ++seq : --seq) {
    const auto told = payloads ? story_.tell(seq) : story_.glance(seq);
    if (std::any_of(stops_.begin(), stops_.end(),
                    [&](const auto& one) { return one.second.holds(told); })) {
      return seq;
    }
  }
  return std::nullopt;
}

Result<void> Session::go_on(const Words& /*words*/, std::string_view /*rest*/) {
  const Seq target = stop(next_ + 1, true).value_or(story_.last() + 1);
  if (execution_ == nullptr || (arrival_ && arrival_->stuck())) return move(target);
  auto come = execution_->go(target);
  if (!come) return std::move(come).error();
  return move(come->stuck() ? come->next : target);
}

Result<void> Session::go_back(const Words& /*words*/, std::string_view /*rest*/) {
  return move(stop(next_ - 1, false).value_or(1));
}

Result<void> Session::stop_at(const Words& words, std::string_view rest) {
  if (words.size() < 2) {
    for (const auto& [number, condition] : stops_) {
      console_.out << fmt::format("  {}  {}\n", number, cli::shown(condition.text(), 200));
    }
    return {};
  }
  if (stops_.size() == stops_max) {
    return Error(Code::invalid_argument, "there are 100 stops; `delete N` takes one away");
  }
  auto condition = Condition::parse(rest);
  if (!condition) return std::move(condition).error();
  stops_.emplace(++stop_number_, std::move(*condition));
  console_.out << fmt::format("stop {}: {}\n", stop_number_, cli::shown(rest, 200));
  return {};
}

Result<void> Session::remove(const Words& words, std::string_view /*rest*/) {
  if (words.size() != 2) return Error(Code::invalid_argument, "say which: delete 1");
  auto number = number_of(words[1], "a stop");
  if (!number) return std::move(number).error();
  if (stops_.erase(*number) != 0) return {};
  return Error(Code::not_found, fmt::format("there is no stop {}; `break` lists them", *number));
}

// Looking.

Result<void> Session::events(const Words& words, std::string_view /*rest*/) {
  Seq first = next_ > events_around ? next_ - events_around : 1;
  Seq last = next_ + events_around;
  if (words.size() > 1) {
    auto from = number_of(words[1], "an event");
    if (!from) return std::move(from).error();
    first = std::max<Seq>(*from, 1);
    last = first + 2 * events_around;
  }
  if (words.size() > 2) {
    auto to = number_of(words[2], "an event");
    if (!to) return std::move(to).error();
    last = *to;
  }
  tell_events(story_, first, last, next_, console_);
  return {};
}

Result<void> Session::print(const Words& words, std::string_view rest) {
  const auto what = words.size() > 1 ? words[1] : std::string_view("state");
  if (what == "state") return tell_state(story_, next_, console_);
  if (what == "waits") return tell_waits(story_, next_, {}, console_);
  if (what == "timers") return tell_waits(story_, next_, "timer", console_);
  if (what == "inbox") {
    tell_inbox(story_, next_, console_);
    return {};
  }
  if (what == "input" || what == "result" || what == "event") {
    Seq seq = what == "input" ? 1 : what == "result" ? story_.last() : next_;
    if (what == "event" && words.size() > 2) {
      auto given = number_of(words[2], "an event");
      if (!given) return std::move(given).error();
      seq = *given;
    }
    if (seq < 1 || seq > story_.last()) {
      return Error(Code::not_found, fmt::format("events are 1 to {}", story_.last()));
    }
    tell_event(story_, seq, console_);
    return {};
  }
  if (what == "op" && words.size() > 2) {
    return tell_operations(story_, next_, words[2], console_);
  }
  return tell_operations(story_, next_, rest, console_);
}

Result<void> Session::why(const Words& /*words*/, std::string_view /*rest*/) {
  return tell_why(story_, next_, console_);
}

Result<void> Session::list(const Words& /*words*/, std::string_view /*rest*/) {
  if (!arrival_) {
    return Error(Code::unregistered, "there is no code here: only what is recorded");
  }
  tell_source(*arrival_, sources_, console_);
  return {};
}

Result<void> Session::ask(const Words& words, std::string_view rest) {
  if (execution_ == nullptr) {
    return Error(Code::unregistered, "there is no code here: only what is recorded");
  }
  if (words.size() < 2) return Error(Code::invalid_argument, "say which query: ask total");
  const auto arguments = rest_of(rest);
  auto answer = execution_->ask(words[1], arguments.empty() ? "[]" : arguments);
  if (!answer) return std::move(answer).error();
  console_.out << "  " << cli::shown(*answer, 16 * 1024) << '\n';
  return {};
}

Result<void> Session::help(const Words& /*words*/, std::string_view /*rest*/) {
  for (const auto& command : commands()) {
    console_.out << fmt::format("  {:<3} {}\n", command.brief, command.usage);
  }
  for (const auto& extra : extras_) {
    console_.out << fmt::format("      {}\n", extra.usage);
  }
  console_.out << "  An empty line moves once more.\n";
  return {};
}

Result<void> Session::quit(const Words& /*words*/, std::string_view /*rest*/) {
  ended_ = true;
  return {};
}

}  // namespace reprise::debug

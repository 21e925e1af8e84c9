#include "tools/debug/telling.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "replay/event.h"
#include "tools/cli/text.h"
#include "tools/cli/verdict.h"

#include <fmt/format.h>

namespace reprise::debug {
namespace {

using cli::colored;
using cli::shown;
namespace color = cli::color;

constexpr std::size_t payload_width = 100;
constexpr std::size_t payload_whole = 64 * 1024;
constexpr std::size_t text_width = 200;
constexpr std::uint32_t lines_around = 5;

/// `step_completed "charge" (op 3) attempt 2`.
std::string phrase(const Told& told, bool shade) {
  const auto& event = told.event;
  auto text = colored(event.kind, event.failure ? color::red : color::cyan, shade);
  if (!event.name.empty()) text += fmt::format(" \"{}\"", shown(event.name, cli::name_width));
  if (event.op != 0) text += fmt::format(" (op {})", event.op);
  if (event.attempt > 1) text += fmt::format(" attempt {}", event.attempt);
  return text;
}

/// What it carries, in short.
std::string content(const Told& told, std::size_t width) {
  const auto& event = told.event;
  if (event.failure) {
    const auto type = shown(event.failure->type, width);
    return fmt::format("{}{}{}", type, type.empty() ? "" : ": ",
                       shown(event.failure->message, width));
  }
  auto text = shown(event.payload, told.payload_size, width);
  if (text.empty()) text = shown(event.text, width);
  return text;
}

std::string site_text(const std::string& site) {
  return site.empty() ? site : "  at " + shown(site, text_width);
}

std::vector<OpId> operations_named(const Story& story, Seq next, std::string_view which) {
  OpId number = 0;
  const auto read = std::from_chars(which.data(), which.data() + which.size(), number);
  if (read.ec == std::errc() && read.ptr == which.data() + which.size()) {
    const auto opened = story.opened(number);
    return opened && *opened < next ? std::vector<OpId>{number} : std::vector<OpId>{};
  }
  std::vector<OpId> found;
  for (Seq seq = 1; seq < next; ++seq) {
    const auto told = story.glance(seq);
    const auto opened = story.opened(told.event.op);
    if (told.event.op != 0 && opened == seq && told.event.name == which) {
      found.push_back(told.event.op);
    }
  }
  return found;
}

}  // namespace

std::string event_line(const Told& told, Seq last, bool color) {
  const auto what = content(told, payload_width);
  return fmt::format("event {} of {}  {}{}{}", told.event.seq, last, phrase(told, color),
                     what.empty() ? "" : "  ", what);
}

void tell_place(const Story& story, Seq next, const Arrival* arrival, SourceLines& sources,
                const cli::Console& console) {
  if (next > story.last()) {
    console.out << fmt::format("the end, behind event {}: {}\n", story.last(),
                               name(story.recorded().info.status));
  } else {
    const auto told = story.tell(next);
    console.out << event_line(told, story.last(), console.color);
    if (next > 1) {
      const auto after = cli::apart(story.glance(next - 1).event.time, told.event.time);
      console.out << "  " << colored(cli::delta_text(after), color::dim, console.color);
    }
    console.out << '\n';
  }
  if (arrival == nullptr) return;
  if (arrival->state && arrival->next == next) {
    const auto& state = *arrival->state;
    console.out << colored(fmt::format("what the code watches is not what it was since event {}",
                                       state.seq),
                           color::red, console.color)
                << '\n';
    // Once where it comes up, and at the end.
    if (next == state.seq + 1 || next > story.last()) cli::tell(state, console);
  }
  if (arrival->mismatch) {
    console.out << colored(fmt::format("the code parts from its history before event {}",
                                       arrival->next),
                           color::red, console.color)
                << '\n';
    cli::tell(*arrival->mismatch, console);
  }
  if (!arrival->error.empty()) {
    console.out << fmt::format("the code goes no further than event {}: {}\n", arrival->next,
                               shown(arrival->error, text_width));
  }
  if (arrival->next != next) {
    console.out << "  (what is recorded, without the code)\n";
    return;
  }
  for (const auto& command : arrival->ahead) {
    console.out << fmt::format("  the code would go on with {}\n", shown(command, text_width));
  }
  if (arrival->file.empty()) return;
  const auto line = sources.line(arrival->file, arrival->line);
  console.out << colored(fmt::format("  {}:{}", shown(arrival->file, text_width), arrival->line),
                         color::dim, console.color)
              << (line ? "  " + shown(*line, text_width) : "") << '\n';
}

void tell_source(const Arrival& arrival, SourceLines& sources, const cli::Console& console) {
  const auto first = arrival.line > lines_around ? arrival.line - lines_around : 1;
  bool any = false;
  for (auto number = first; number <= arrival.line + lines_around; ++number) {
    const auto line = sources.line(arrival.file, number);
    if (!line) continue;
    any = true;
    console.out << colored(fmt::format("{}{:>5}  {}", number == arrival.line ? '>' : ' ', number,
                                       shown(*line, text_width)),
                           number == arrival.line ? color::bold : std::string_view(), console.color)
                << '\n';
  }
  if (any) return;
  console.out << (arrival.file.empty() ? std::string("no source line is known here\n")
                                       : fmt::format("{} is not found: say --source FOLDER\n",
                                                     shown(arrival.file, text_width)));
}

void tell_events(const Story& story, Seq first, Seq last, Seq next, const cli::Console& console) {
  for (Seq seq = first; seq <= std::min(last, story.last()); ++seq) {
    const auto told = story.tell(seq);
    const auto what = content(told, payload_width);
    console.out << fmt::format("{} {:>6}  {}{}{}{}\n", seq == next ? '>' : ' ', seq,
                               phrase(told, console.color), what.empty() ? "" : "  ", what,
                               site_text(told.event.site));
  }
}

Result<void> tell_state(Story& story, Seq next, const cli::Console& console) {
  const auto& state = story.before(next);
  const auto line = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) console.out << fmt::format("  {:<10} {}\n", what, text);
  };
  const bool ended = state.status != replay::Status::open;
  line("status", ended ? std::string(name(story.recorded().info.status))
                       : std::string(state.seq == 0 ? "not started" : "open"));
  line("time", state.seq == 0 ? "" : cli::time_text(state.time) + " UTC");
  if (state.paused) line("paused", "its code does not run");
  if (state.cancel_requested) line("cancel", "requested");
  line("operations", fmt::format("{} begun, {} open", state.ops, state.open.size()));
  if (!state.signals.unread().empty()) {
    line("inbox", cli::counted(state.signals.unread().size(), "signal not awaited yet",
                               "signals not awaited yet"));
  }
  return tell_waits(story, next, {}, console);
}

Result<void> tell_waits(Story& story, Seq next, std::string_view kind,
                        const cli::Console& console) {
  auto told = story.explain(next);
  if (!told) return std::move(told).error();
  if (!told->first.empty()) console.out << fmt::format("  {:<10} {}\n", "first", told->first);
  using Align = cli::Table::Align;
  cli::Table table({{"OPEN", Align::left},
                    {"NAME", Align::left},
                    {"OP", Align::right},
                    {"DUE (UTC)", Align::left},
                    {"NEEDS", Align::left},
                    {"SITE", Align::left}});
  bool any = false;
  for (const auto& need : told->needs) {
    if (!kind.empty() && need.wait.kind != kind) continue;
    any = true;
    table.add({need.wait.kind, shown(need.wait.name, cli::name_width), cli::number(need.wait.op),
               cli::time_text(need.wait.due), shown(need.text, text_width),
               shown(need.wait.site, text_width)});
  }
  if (any) {
    table.print(console.out, console.color);
  } else {
    console.out << (kind.empty() ? "  no operation is open\n"
                                 : fmt::format("  no {} is open\n", kind));
  }
  return {};
}

void tell_inbox(Story& story, Seq next, const cli::Console& console) {
  const auto& unread = story.before(next).signals.unread();
  if (unread.empty()) console.out << "  no signal waits to be awaited\n";
  for (const auto& signal : unread) {
    console.out << "  " << event_line(story.tell(signal.signal), story.last(), console.color)
                << '\n';
  }
}

Result<void> tell_operations(Story& story, Seq next, std::string_view which,
                             const cli::Console& console) {
  constexpr std::size_t told_max = 20;
  auto found = operations_named(story, next, which);
  if (found.empty()) {
    return Error(Code::not_found,
                 fmt::format("before event {} no operation {} was begun; `events` lists what was",
                             next, shown(which, text_width)));
  }
  if (found.size() > told_max) {
    console.out << fmt::format("  the last {} of {}\n", told_max, found.size());
    found.erase(found.begin(), found.end() - told_max);
  }
  for (const OpId op : found) {
    for (Seq seq = *story.opened(op); seq < next; ++seq) {
      const auto told = story.glance(seq);
      if (told.event.op != op) continue;
      console.out << fmt::format("  {}{}\n",
                                 event_line(story.tell(seq), story.last(), console.color),
                                 site_text(told.event.site));
    }
    if (story.before(next).open.contains(op)) console.out << "    open\n";
  }
  return {};
}

void tell_event(const Story& story, Seq seq, const cli::Console& console) {
  const auto told = story.tell(seq);
  const auto line = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) console.out << fmt::format("  {:<10} {}\n", what, text);
  };
  console.out << fmt::format("event {} of {}  {}\n", seq, story.last(),
                             phrase(told, console.color));
  line("time", cli::time_text(told.event.time) + " UTC");
  line("site", shown(told.event.site, text_width));
  line("text", shown(told.event.text, payload_whole));
  line("due", cli::time_text(told.event.due));
  line("payload", shown(told.event.payload, told.payload_size, payload_whole));
  if (!told.event.failure) return;
  line("failure", fmt::format("{}{}",
                              told.event.failure->type.empty()
                                  ? ""
                                  : shown(told.event.failure->type, text_width) + ": ",
                              shown(told.event.failure->message, payload_whole)));
}

Result<void> tell_why(Story& story, Seq next, const cli::Console& console) {
  if (next > story.last()) {
    console.out << "nothing more is recorded\n";
    return tell_waits(story, next, {}, console);
  }
  const auto told = story.glance(next);
  console.out << "  " << event_line(story.tell(next), story.last(), console.color) << '\n';
  std::optional<Seq> command = next;
  if (!told.command) {
    command = story.opened(told.event.op);
    if (told.event.op == 0 || !command) {
      console.out << "  came from outside\n";
      return tell_waits(story, next, {}, console);
    }
    console.out << fmt::format("  answers {}{}\n",
                               event_line(story.tell(*command), story.last(), console.color),
                               site_text(story.glance(*command).event.site));
  }
  const auto woken = story.woken_before(*command);
  if (woken) {
    console.out << fmt::format("  which the code did when it was told {}\n",
                               event_line(story.tell(*woken), story.last(), console.color));
  }
  return {};
}

}  // namespace reprise::debug

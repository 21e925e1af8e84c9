#include "tools/cli/commands.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr std::size_t id_width = 48;
constexpr std::size_t name_width = 32;
constexpr std::size_t text_width = 60;

std::string_view color_of(InstanceStatus status) {
  switch (status) {
    case InstanceStatus::completed: return color::green;
    case InstanceStatus::failed:
    case InstanceStatus::terminated: return color::red;
    case InstanceStatus::paused:
    case InstanceStatus::cancelled: return color::yellow;
    case InstanceStatus::pending:
    case InstanceStatus::running:
    case InstanceStatus::waiting: return color::cyan;
  }
  return {};
}

std::string status_of(const InstanceInfo& info) {
  if (info.paused.empty()) return std::string(name(info.status));
  return fmt::format("{} ({})", name(info.status), info.paused);
}

std::string number(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }

InstanceKey key_of(const Arguments& given) { return {given.space.value_or(""), given.ids.front()}; }

void tell_waits(const InstanceInfo& info, const Console& console) {
  if (info.waits.empty()) return;
  using Align = Table::Align;
  Table table({{"WAITS FOR", Align::left},
               {"NAME", Align::left},
               {"OP", Align::right},
               {"ATTEMPT", Align::right},
               {"SINCE (UTC)", Align::left},
               {"DUE (UTC)", Align::left},
               {"SITE", Align::left}});
  for (const auto& wait : info.waits) {
    table.add({wait.kind,
               shown(wait.name, name_width),
               number(wait.op),
               number(wait.attempt),
               time_text(wait.since),
               {time_text(wait.due), color::yellow},
               {shown(wait.site, text_width), color::dim}});
  }
  console.out << '\n';
  table.print(console.out, console.color);
}

}  // namespace

Result<int> list(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  ListFilter filter;
  filter.status = given.status;
  filter.space = given.space;
  if (!given.workflow.empty()) filter.workflow = given.workflow;
  const std::size_t limit = given.limit.value_or(1000);
  // One more than is told says whether there are more.
  filter.limit = std::max(limit, limit + 1);
  std::vector<std::string> damaged;
  auto found = source->reader->list(filter, damaged);
  if (!found) return std::move(found).error();
  const bool more = found->size() > limit;
  if (more) found->resize(limit);
  std::sort(found->begin(), found->end(), [](const auto& one, const auto& other) {
    return std::tie(one.started, one.run) < std::tie(other.started, other.run);
  });
  using Align = Table::Align;
  Table table({{"NAMESPACE", Align::left},
               {"ID", Align::left},
               {"WORKFLOW", Align::left},
               {"STATUS", Align::left},
               {"STARTED (UTC)", Align::left},
               {"CLOSED (UTC)", Align::left},
               {"EVENTS", Align::right},
               {"DETAIL", Align::left}});
  for (const auto& info : *found) {
    if (given.json) {
      console.out << to_json(info) << '\n';
      continue;
    }
    table.add({shown(info.key.space, id_width),
               {shown(info.key.id, id_width), color::bold},
               shown(info.workflow, name_width),
               {status_of(info), color_of(info.status)},
               time_text(info.started),
               time_text(info.closed),
               number(info.events),
               shown(info.detail, text_width)});
  }
  if (!given.json && !found->empty()) table.print(console.out, console.color);
  if (!given.json && found->empty()) console.err << "no such instances\n";
  if (more)
    console.err << fmt::format("there are more than {}; --limit says how many are told\n", limit);
  for (const auto& problem : damaged) console.err << "damage: " << shown(problem, 500) << '\n';
  return damaged.empty() ? 0 : 1;
}

Result<int> show(const Arguments& given, const Console& console, const Registry& workflows) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto info = source->reader->describe(key_of(given));
  if (!info) return std::move(info).error();
  const bool unregistered = !workflows.entries().empty() && info->closed == 0 &&
                            workflows.find(std::string_view(info->workflow)) == nullptr;
  if (given.json) {
    console.out << to_json(*info) << '\n';
    return 0;
  }
  const auto line = [&](std::string_view what, std::string_view text) {
    if (!text.empty()) console.out << fmt::format("  {:<10} {}\n", what, text);
  };
  console.out << colored(shown(info->key.id, id_width), color::bold, console.color) << '\n';
  line("namespace", shown(info->key.space, id_width));
  line("workflow", shown(info->workflow, name_width) +
                       (unregistered ? "  (not registered in this program)" : ""));
  line("status", colored(status_of(*info), color_of(info->status), console.color));
  line("detail", shown(info->detail, 500));
  line("run", fmt::format("{:016x}", info->run.value));
  line("started", time_text(info->started) + " UTC");
  if (info->closed != 0) line("closed", time_text(info->closed) + " UTC");
  line("history", fmt::format("{} events, {}", info->events, size_text(info->history_bytes)));
  if (info->unread_signals != 0) {
    line("unread", fmt::format("{} signals nobody awaited yet", info->unread_signals));
  }
  tell_waits(*info, console);
  return 0;
}

Result<int> history(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto events = source->reader->history(key_of(given));
  if (!events) return std::move(events).error();
  const std::size_t limit = std::min(given.limit.value_or(events->size()), events->size());
  using Align = Table::Align;
  Table table({{"SEQ", Align::right},
               {"TIME (UTC)", Align::left},
               {"AFTER", Align::right},
               {"EVENT", Align::left},
               {"OP", Align::right},
               {"NAME", Align::left},
               {"ATTEMPT", Align::right},
               {"DUE (UTC)", Align::left},
               {"PAYLOAD", Align::left},
               {"FAILURE", Align::left},
               {"SITE", Align::left}});
  Nanos before = 0;
  for (std::size_t i = 0; i < limit; ++i) {
    const auto& event = (*events)[i];
    if (given.json) {
      console.out << to_json(event) << '\n';
      continue;
    }
    table.add({number(event.seq),
               {time_text(event.time), color::dim},
               before == 0 ? "" : delta_text(event.time - before),
               {event.kind, color::cyan},
               number(event.op),
               shown(event.name, name_width),
               number(event.attempt),
               time_text(event.due),
               shown(event.payload, text_width),
               {event.failure ? shown(event.failure->message, text_width) : "", color::red},
               {shown(event.site, text_width), color::dim}});
    before = event.time;
  }
  if (!given.json) table.print(console.out, console.color);
  if (limit < events->size()) {
    console.err << fmt::format("the first {} of {} events\n", limit, events->size());
  }
  return 0;
}

}  // namespace reprise::cli

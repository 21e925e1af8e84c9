#include "tools/cli/commands.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "tools/cli/events.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

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

/// The latest events that say why the instance is paused (until it is resumed), was asked to cancel
/// or was terminated, in order.
Result<std::vector<EventInfo>> reasons_of(const Source& source, const InstanceKey& key) {
  std::vector<EventInfo> reasons;
  const auto forget = [&](std::string_view kind) {
    std::erase_if(reasons, [&](const auto& event) { return event.kind == kind; });
  };
  auto told = source.reader->history(key, 0, [&](EventInfo event, std::uint64_t) {
    if (event.kind == "workflow_resumed") forget("workflow_paused");
    if (event.kind == "workflow_paused" || event.kind == "cancel_requested" ||
        event.kind == "workflow_terminated") {
      forget(event.kind);
      reasons.push_back(std::move(event));
    }
    return true;
  });
  if (!told) return std::move(told).error();
  std::erase_if(reasons, [](const auto& event) { return event.text.empty(); });
  return reasons;
}

/// How a finished run ended: its last event.
Result<Ending> ending_of(const Source& source, const InstanceInfo& info) {
  Ending ending;
  const auto keep = [&](EventInfo event, std::uint64_t size) {
    ending = {std::move(event), size};
    return true;
  };
  auto told = source.reader->history(info.key, payload_max, keep, info.events);
  if (!told) return std::move(told).error();
  return ending;
}

/// Message, then what a program goes by: "no money (NoMoney, workflow_failed)".
std::string text_of(const Failure& failure) {
  const auto code = name(static_cast<Code>(failure.code));
  return fmt::format("{} ({}{})", shown(failure.message, 500),
                     failure.type.empty() ? "" : shown(failure.type, name_width) + ", ", code);
}

/// What to say when `filter` finds none: of a namespace without instances that it has none.
std::string none_found(const Source& source, const ListFilter& filter) {
  ListFilter all;
  all.space = filter.space;
  all.limit = 1;
  std::vector<std::string> ignored;
  auto found = source.reader->list(all, ignored);
  if (!filter.space || !found || !found->empty()) return "no such instances";
  if (filter.space->empty()) return "the default namespace has no instances";
  return fmt::format("the namespace \"{}\" has no instances", shown(*filter.space, id_width));
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
  if (!given.json && found->empty()) console.err << none_found(*source, filter) << '\n';
  if (more)
    console.err << fmt::format("there are more than {}; --limit says how many are told\n", limit);
  for (const auto& problem : damaged) console.err << "damage: " << shown(problem, 500) << '\n';
  return damaged.empty() ? exits::done : exits::found;
}

Result<int> show(const Arguments& given, const Console& console, const Registry& workflows) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  auto info = source->reader->describe(*key);
  if (!info) return std::move(info).error();
  // A damaged history hides the reasons and the result only.
  int code = exits::done;
  const auto damage = [&](const Error& error) {
    console.err << "damage: " << shown(error.message(), 500) << '\n';
    code = exits::found;
  };
  auto found = reasons_of(*source, *key);
  if (!found) damage(found.error());
  const auto reasons = found ? std::move(*found) : std::vector<EventInfo>();
  Ending ending;
  if (info->closed != 0 && found) {
    auto ended = ending_of(*source, *info);
    if (ended) {
      ending = std::move(*ended);
    } else {
      damage(ended.error());
    }
  }
  const bool unregistered = !workflows.entries().empty() && info->closed == 0 &&
                            workflows.find(std::string_view(info->workflow)) == nullptr;
  if (given.json) {
    console.out << to_json(*info, reasons, ending) << '\n';
    return code;
  }
  const auto line = [&](std::string_view what, std::string_view text) {
    if (!text.empty()) console.out << fmt::format("  {:<10} {}\n", what, text);
  };
  console.out << colored(shown(info->key.id, id_width), color::bold, console.color) << '\n';
  line("namespace", shown(info->key.space, id_width));
  line("workflow", shown(info->workflow, name_width) +
                       (unregistered ? "  (not registered in this program)" : ""));
  line("status", colored(status_of(*info), color_of(info->status), console.color));
  const auto& [last, size] = ending;
  line("result", shown(last.payload, size, 500));
  if (info->status == InstanceStatus::failed && last.failure) {
    line("failure", text_of(*last.failure));
  } else {
    line("detail", shown(info->detail, 500));
  }
  for (const auto& event : reasons) {
    line("reason", fmt::format("{} ({})", shown(event.text, 500), event.kind));
  }
  line("run", fmt::format("{:016x}", info->run.value));
  line("started", time_text(info->started) + " UTC");
  if (info->closed != 0) line("closed", time_text(info->closed) + " UTC");
  line("history", fmt::format("{}, {}", counted(info->events, "event", "events"),
                              size_text(info->history_bytes)));
  if (info->unread_signals != 0) {
    line("signals",
         fmt::format("{} received that the code has not awaited yet", info->unread_signals));
  }
  tell_waits(*info, console);
  return code;
}

}  // namespace reprise::cli

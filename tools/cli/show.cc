#include "tools/cli/show.h"

#include <utility>

#include "tools/cli/commands.h"
#include "tools/cli/events.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 60;

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

}  // namespace

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

Result<Shown> look_at(const Source& source, const InstanceKey& key, const Registry& workflows) {
  Shown shown;
  auto info = source.reader->describe(key);
  if (!info) return std::move(info).error();
  shown.info = std::move(*info);
  // A damaged history hides the reasons and the result only.
  auto reasons = reasons_of(source, key);
  if (!reasons) {
    shown.damage.push_back(reasons.error().message());
  } else {
    shown.reasons = std::move(*reasons);
    if (shown.info.closed != 0) {
      auto ending = ending_of(source, shown.info);
      if (ending) {
        shown.ending = std::move(*ending);
      } else {
        shown.damage.push_back(ending.error().message());
      }
    }
  }
  shown.unregistered = !workflows.entries().empty() && shown.info.closed == 0 &&
                       workflows.find(std::string_view(shown.info.workflow)) == nullptr;
  return shown;
}

void tell(const Shown& told, const Console& console) {
  const auto& info = told.info;
  const auto line = [&](std::string_view what, std::string_view text) {
    if (!text.empty()) console.out << fmt::format("  {:<10} {}\n", what, text);
  };
  console.out << colored(shown(info.key.id, id_width), color::bold, console.color) << '\n';
  line("namespace", shown(info.key.space, id_width));
  line("workflow", shown(info.workflow, name_width) +
                       (told.unregistered ? "  (not registered in this program)" : ""));
  line("status", colored(status_of(info), color_of(info.status), console.color));
  const auto& [last, size] = told.ending;
  line("result", shown(last.payload, size, 500));
  if (info.status == InstanceStatus::failed && last.failure) {
    line("failure", text_of(*last.failure));
  } else {
    line("detail", shown(info.detail, 500));
  }
  for (const auto& event : told.reasons) {
    line("reason", fmt::format("{} ({})", shown(event.text, 500), event.kind));
  }
  line("run", fmt::format("{:016x}", info.run.value));
  line("started", time_text(info.started) + " UTC");
  if (info.closed != 0) line("closed", time_text(info.closed) + " UTC");
  line("history", fmt::format("{}, {}", counted(info.events, "event", "events"),
                              size_text(info.history_bytes)));
  if (info.unread_signals != 0) {
    line("signals",
         fmt::format("{} received that the code has not awaited yet", info.unread_signals));
  }
}

int tell_damage(const std::vector<std::string>& damage, const Console& console) {
  for (const auto& one : damage) console.err << "damage: " << shown(one, 500) << '\n';
  return damage.empty() ? exits::done : exits::found;
}

Result<int> show(const Arguments& given, const Console& console, const Registry& workflows) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  auto told = look_at(*source, *key, workflows);
  if (!told) return std::move(told).error();
  if (given.json) {
    console.out << to_json(told->info, told->reasons, told->ending) << '\n';
  } else {
    tell(*told, console);
    tell_waits(told->info, console);
  }
  return tell_damage(told->damage, console);
}

}  // namespace reprise::cli

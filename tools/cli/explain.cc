// `explain`: why an instance does not move, and how often the bodies of its steps have run.
#include "tools/cli/explain.h"

#include <string>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

using Align = Table::Align;

constexpr std::size_t text_width = 300;
constexpr std::size_t site_width = 60;

bool ran_once(const replay::Effect& effect) { return effect.least() == 1 && effect.most() == 1; }

/// Those that ran once are counted: the others are what somebody looks for.
void tell_bodies(const runtime::Explanation& told, const Console& console) {
  if (told.effects.empty()) return;
  Table table({{"BODY", Align::left},
               {"OP", Align::right},
               {"RAN", Align::left},
               {"RETURNED", Align::right},
               {"THREW", Align::right},
               {"NOT KNOWN", Align::right},
               {"SITE", Align::left}});
  std::size_t once = 0;
  for (const auto& [op, effect] : told.effects) {
    if (ran_once(effect) && !effect.pure) {
      ++once;
      continue;
    }
    table.add({shown(effect.name, name_width),
               number(op),
               {ran_text(effect), color::yellow},
               number(effect.returned),
               number(effect.threw),
               number(effect.unknown),
               {shown(effect.site, site_width), color::dim}});
  }
  console.out << fmt::format("\n{} of {} ran exactly once\n", once,
                             counted(told.effects.size(), "body", "bodies"));
  if (once != told.effects.size()) table.print(console.out, console.color);
}

}  // namespace

void tell_needs(const runtime::Explanation& told, const Console& console) {
  if (told.needs.empty()) return;
  Table table({{"WAITS FOR", Align::left},
               {"NAME", Align::left},
               {"OP", Align::right},
               {"SINCE (UTC)", Align::left},
               {"DUE (UTC)", Align::left},
               {"FAILURES LEFT", Align::right},
               {"NEEDS", Align::left},
               {"SITE", Align::left}});
  for (const auto& need : told.needs) {
    const auto left = need.failures_left ? std::to_string(*need.failures_left) : "";
    table.add({need.wait.kind,
               shown(need.wait.name, name_width),
               number(need.wait.op),
               time_text(need.wait.since),
               {time_text(need.wait.due), color::yellow},
               left,
               shown(need.text, text_width),
               {shown(need.wait.site, site_width), color::dim}});
  }
  console.out << '\n';
  table.print(console.out, console.color);
}

void tell_woken(const runtime::Explanation& told, const Console& console) {
  Table table({{"WOKEN AT", Align::right},
               {"TIME (UTC)", Align::left},
               {"BY", Align::left},
               {"NAME", Align::left},
               {"OP", Align::right}});
  for (const auto& event : told.woken) {
    table.add({number(event.seq),
               {time_text(event.time), color::dim},
               {event.kind, color::cyan},
               shown(event.name, name_width),
               number(event.op)});
  }
  console.out << '\n';
  table.print(console.out, console.color);
}

Result<int> explain(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  auto told = source->reader->explained(*key);
  if (!told) return std::move(told).error();
  if (given.json) {
    console.out << to_json(*told) << '\n';
    return exits::done;
  }
  const auto& info = told->info;
  console.out << fmt::format(
      "{}  {}  {}\n", colored(shown(info.key.id, id_width), color::bold, console.color),
      shown(info.workflow, name_width),
      info.paused.empty() ? name(info.status) : fmt::format("paused ({})", info.paused));
  if (!told->first.empty())
    console.out << fmt::format("  first   {}\n", shown(told->first, text_width));
  tell_needs(*told, console);
  tell_woken(*told, console);
  tell_bodies(*told, console);
  return exits::done;
}

}  // namespace reprise::cli

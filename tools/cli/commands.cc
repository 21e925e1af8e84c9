#include "tools/cli/commands.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "tools/cli/json.h"
#include "tools/cli/show.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 60;

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
  return tell_damage(damaged, console);
}

}  // namespace reprise::cli

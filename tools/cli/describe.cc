// `describe`: all there is to one instance, on one page.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/events.h"
#include "tools/cli/explain.h"
#include "tools/cli/json.h"
#include "tools/cli/show.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"
#include "tools/cli/timeline.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t site_width = 60;
/// Operations in the table unless --limit says otherwise: the latest.
constexpr std::size_t operations_told = 50;

struct Sizes {
  std::uint64_t payloads = 0;  ///< Plain.
  std::uint64_t largest = 0;
  Seq largest_at = 0;
};

struct Whole {
  Shown shown;
  runtime::Explanation explanation;
  Timeline timeline;
  Sizes sizes;
};

std::string_view outcome_of(const Bar& bar) {
  switch (bar.end) {
    case Bar::End::open: return "open";
    case Bar::End::done: return "done";
    case Bar::End::failed: return "failed";
    case Bar::End::cancelled: return "cancelled";
  }
  return "";
}

std::string_view color_of(Bar::End end) {
  switch (end) {
    case Bar::End::open: return color::cyan;
    case Bar::End::done: return {};
    case Bar::End::failed: return color::red;
    case Bar::End::cancelled: return color::yellow;
  }
  return {};
}

/// Attempts of a step so far; 0 of all else.
std::uint32_t attempts_of(const Bar& bar) {
  std::uint32_t most = 0;
  for (const auto& piece : bar.pieces) {
    if (bar.what == "step") most = std::max(most, piece.attempt);
  }
  return most;
}

/// How often its body has run, of a step.
std::string ran_of(const Bar& bar, const runtime::Explanation& explanation) {
  const auto effect = explanation.effects.find(bar.op);
  return effect == explanation.effects.end() ? "" : ran_text(effect->second);
}

Result<Whole> read(const Source& source, const InstanceKey& key, const Registry& workflows) {
  Whole whole;
  auto shown = look_at(source, key, workflows);
  if (!shown) return std::move(shown).error();
  whole.shown = std::move(*shown);
  auto explanation = source.reader->explained(key);
  if (!explanation) return std::move(explanation).error();
  whole.explanation = std::move(*explanation);
  const auto recorded = source.reader->recorded(key);
  if (!recorded) return recorded.error();
  EventFilter nothing;  // What no event has: the payloads stay packed.
  nothing.op = std::numeric_limits<OpId>::max();
  auto each = each_event(*recorded, nothing, [&](const ToldEvent& event) {
    whole.timeline.add(event);
    whole.sizes.payloads += event.payload_size;
    if (event.payload_size > whole.sizes.largest) {
      whole.sizes.largest = event.payload_size;
      whole.sizes.largest_at = event.info.seq;
    }
    return true;
  });
  if (!each) return std::move(each).error();
  whole.timeline.end();
  return whole;
}

Json json_of(const Whole& whole) {
  Json operations = Json::array();
  for (const auto& bar : whole.timeline.bars()) {
    if (bar.op == 0) continue;
    Json one = {{"op", bar.op}, {"kind", bar.what}, {"outcome", outcome_of(bar)}};
    if (!bar.name.empty()) one["name"] = bar.name;
    if (!bar.target.empty()) one["target"] = bar.target;
    if (const auto attempts = attempts_of(bar); attempts != 0) one["attempts"] = attempts;
    if (const auto ran = ran_of(bar, whole.explanation); !ran.empty()) one["ran"] = ran;
    one["opened"] = time_exact(bar.from());
    if (bar.end != Bar::End::open) one["closed"] = time_exact(bar.to());
    one["event"] = bar.first;
    if (!bar.site.empty()) one["site"] = bar.site;
    operations.push_back(std::move(one));
  }
  return {
      {"instance", Json::parse(to_json(whole.shown.info, whole.shown.reasons, whole.shown.ending))},
      {"explanation", Json::parse(to_json(whole.explanation))},
      {"operations", std::move(operations)},
      {"payload_bytes", whole.sizes.payloads},
      {"largest_payload", {{"bytes", whole.sizes.largest}, {"event", whole.sizes.largest_at}}}};
}

void tell_operations(const Whole& whole, std::size_t limit, const Console& console) {
  using Align = Table::Align;
  Table table({{"OP", Align::right},
               {"OPERATION", Align::left},
               {"NAME", Align::left},
               {"TARGET", Align::left},
               {"OUTCOME", Align::left},
               {"ATTEMPTS", Align::right},
               {"OPENED (UTC)", Align::left},
               {"TOOK", Align::right},
               {"BODY RAN", Align::left},
               {"EVENT", Align::right},
               {"SITE", Align::left}});
  const auto& bars = whole.timeline.bars();
  const std::size_t all = bars.empty() ? 0 : bars.size() - 1;
  if (all == 0) return;
  const std::size_t told = std::min(all, limit);
  for (std::size_t i = bars.size() - told; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    const bool open = bar.end == Bar::End::open;
    table.add({number(bar.op),
               std::string(bar.what),
               shown(bar.name, name_width),
               shown(bar.target, id_width),
               {std::string(outcome_of(bar)), color_of(bar.end)},
               number(attempts_of(bar)),
               {time_text(bar.from()), color::dim},
               open ? "" : delta_text(apart(bar.from(), bar.to())).substr(1),
               ran_of(bar, whole.explanation),
               number(bar.first),
               {shown(bar.site, site_width), color::dim}});
  }
  console.out << fmt::format("\n{}{}\n", counted(all, "operation", "operations"),
                             told == all ? "" : fmt::format("; the last {}:", told));
  table.print(console.out, console.color);
}

}  // namespace

Result<int> describe(const Arguments& given, const Console& console, const Registry& workflows) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  auto whole = read(*source, *key, workflows);
  if (!whole) return std::move(whole).error();
  if (given.json) {
    console.out << line_of(json_of(*whole)) << '\n';
    return tell_damage(whole->shown.damage, console);
  }
  tell(whole->shown, console);
  if (whole->sizes.payloads != 0) {
    console.out << fmt::format("  {:<10} {}, the largest {} (event {})\n", "payloads",
                               size_text(whole->sizes.payloads), size_text(whole->sizes.largest),
                               whole->sizes.largest_at);
  }
  if (!whole->explanation.first.empty()) {
    console.out << fmt::format("  {:<10} {}\n", "first", shown(whole->explanation.first, 500));
  }
  tell_needs(whole->explanation, console);
  tell_woken(whole->explanation, console);
  tell_operations(*whole, given.limit.value_or(operations_told), console);
  return tell_damage(whole->shown.damage, console);
}

}  // namespace reprise::cli

// `diff`: two histories side by side, and what of a payload differs.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "replay/compare.h"
#include "tools/cli/commands.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 200;
constexpr std::size_t parts_max = 8;

Result<std::vector<replay::Entry>> entries(Source& source, const InstanceKey& key) {
  auto recorded = source.reader->recorded(key);
  if (!recorded) return std::move(recorded).error();
  recorded->state = {};  // It may be large, and is not asked.
  const auto events = recorded->history();
  return replay::entries_of(events, *recorded->names, recorded->unpack);
}

const std::string& field(const replay::Entry& entry, std::string_view name) {
  static const std::string none;
  const auto found = std::find_if(entry.fields.begin(), entry.fields.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == entry.fields.end() ? none : found->second;
}

/// Where two payloads of JSON differ: "/total: 12, then 13".
std::vector<std::string> parts(const Payload& first, const Payload& second) {
  const auto before = json_of(first);
  const auto after = json_of(second);
  std::vector<std::string> told;
  if (!before || !after) return told;
  for (const auto& change : nlohmann::ordered_json::diff(*before, *after)) {
    if (told.size() == parts_max) {
      told.emplace_back("…");
      break;
    }
    const auto path = change.at("path").get<std::string>();
    const nlohmann::ordered_json::json_pointer at(path);
    const auto text = [](const nlohmann::ordered_json& one) {
      return one.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    };
    const auto was = before->contains(at) ? text(before->at(at)) : "nothing";
    const auto is = change.contains("value") ? text(change.at("value")) : "nothing";
    told.push_back(fmt::format("{}: {}, then {}", path.empty() ? "/" : path, was, is));
  }
  return told;
}

void tell_side(char sign, const std::optional<replay::Entry>& entry, std::string_view shade,
               const Console& console) {
  if (!entry) {
    console.out << fmt::format("  {} nothing\n", sign);
    return;
  }
  const auto line =
      fmt::format("  {} event {}  {}{}{}", sign, entry->seq, shown(entry->label, text_width),
                  entry->site.empty() ? "" : "  at ", shown(entry->site, text_width));
  console.out << colored(line, shade, console.color) << '\n';
}

nlohmann::ordered_json to_json(const replay::Entry& entry) {
  return {{"seq", entry.seq}, {"event", entry.label}, {"site", entry.site}};
}

void tell_json(const replay::Difference& one, const Console& console) {
  nlohmann::ordered_json json;
  if (one.first) json["first"] = to_json(*one.first);
  if (one.second) json["second"] = to_json(*one.second);
  for (const auto name : one.fields) json["fields"].push_back(name);
  if (one.first && one.second) {
    for (const auto& part : parts(one.first->payload, one.second->payload)) {
      json["payload"].push_back(part);
    }
  }
  console.out << line_of(json) << '\n';
}

}  // namespace

void tell(const replay::Difference& one, const Console& console) {
  tell_side('-', one.first, color::red, console);
  tell_side('+', one.second, color::green, console);
  for (const auto name : one.fields) {
    if (name == "order") {
      console.out << "    order: the same, at another time than the others\n";
    } else if (name == "payload") {
      const auto& before = one.first->payload;
      const auto& after = one.second->payload;
      const auto inner = parts(before, after);
      for (const auto& part : inner) {
        console.out << fmt::format("    payload {}\n", shown(part, text_width));
      }
      if (inner.empty()) {
        console.out << fmt::format("    payload: {}, then {}\n",
                                   shown(before, one.first->payload_size, text_width),
                                   shown(after, one.second->payload_size, text_width));
      }
    } else {
      console.out << fmt::format("    {}: {}, then {}\n", name,
                                 shown(field(*one.first, name), text_width),
                                 shown(field(*one.second, name), text_width));
    }
  }
}

Result<int> diff(const Arguments& given, const Console& console) {
  std::vector<replay::Entry> sides[2];
  const std::string* paths[] = {&given.source, &given.other_source};
  const std::optional<std::string> ids[] = {given.id, given.other_id ? given.other_id : given.id};
  for (int side = 0; side < 2; ++side) {
    // One at a time: both may be of one store, which is read by one at a time.
    auto source = open_source(*paths[side]);
    if (!source) return std::move(source).error();
    if (side == 0 || *paths[1] != *paths[0]) tell_notes(*source, console);
    auto key = key_given(*source, ids[side], given.space);
    if (!key) return std::move(key).error();
    auto found = entries(*source, *key);
    if (!found) return std::move(found).error();
    sides[side] = std::move(*found);
  }
  const std::size_t limit = given.limit.value_or(10);
  // One more than is told says whether there are more.
  auto differences = replay::compare(sides[0], sides[1], std::max(limit, limit + 1));
  const bool more = differences.size() > limit;
  if (more) differences.resize(limit);
  for (const auto& one : differences) {
    if (given.json) {
      tell_json(one, console);
    } else {
      tell(one, console);
    }
  }
  if (differences.empty() && !given.json) {
    console.out << fmt::format("the same, event for event: {}\n",
                               counted(sides[0].size(), "event", "events"));
  }
  if (more) {
    console.err << fmt::format("there are more than {}; --limit says how many are told\n", limit);
  }
  return differences.empty() ? exits::done : exits::found;
}

}  // namespace reprise::cli

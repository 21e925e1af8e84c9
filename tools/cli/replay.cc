// `replay`: runs the workflows' code against what was recorded, and says where they part.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "replay/rerun.h"
#include "tools/cli/commands.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t id_width = 48;
constexpr std::size_t name_width = 32;
constexpr std::size_t text_width = 300;

/// What usually is behind a difference, by the field that differs.
std::string_view usual_cause(std::string_view field) {
  static const std::map<std::string_view, std::string_view> causes = {
      {"kind", "a step, timer, signal or child was added, removed or moved"},
      {"name", "it was renamed, or another one comes first now"},
      {"order", "operations are started in another order, or one was added before it"},
      {"arguments",
       "an argument comes from a clock, a random source, a pointer, or the order of an "
       "unordered container; or its type or value was changed"},
      {"target", "the id of a child or of a signal's receiver is made up in another way"},
      {"draws", "random() or uuid() is called more, or less, before it"},
      {"version", "a version that was recorded is not supported any more"},
      {"missing", "what was recorded here is not done any more, or only later"},
      {"extra", "something was added here; put it behind ctx.version()"},
  };
  const auto found = causes.find(field);
  return found == causes.end() ? std::string_view() : found->second;
}

/// How the code of one instance did.
struct Verdict {
  InstanceInfo info;
  Seq at = 0;  ///< The last event that code and history agree about.
  std::optional<replay::Mismatch> mismatch;
  std::optional<Error> error;
  std::vector<replay::Note> notes;  ///< Each once for each source line.
  std::vector<std::string> ahead;   ///< What the code would go on with.

  [[nodiscard]] bool sound() const { return !mismatch && !error; }
};

Verdict run_again(const runtime::Recorded& recorded, const Registry& workflows, Seq until) {
  Verdict verdict;
  verdict.info = recorded.info;
  const auto events = recorded.history();
  auto rerun = replay::Rerun::begin(workflows, {recorded.info.run, recorded.info.workflow, events,
                                                recorded.names, recorded.unpack});
  if (!rerun) {
    verdict.error = rerun.error();
    return verdict;
  }
  if (auto ran = rerun->to(until); !ran) verdict.error = ran.error();
  verdict.at = rerun->at();
  verdict.mismatch = rerun->mismatch();
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& note : rerun->notes()) {
    if (told.emplace(note.site, note.text).second) verdict.notes.push_back(note);
  }
  if (verdict.sound() && verdict.at == recorded.events.last()) {
    for (const auto& command : rerun->ahead()) {
      verdict.ahead.push_back(replay::describe(command));
    }
  }
  return verdict;
}

void tell_mismatch(const replay::Mismatch& mismatch, const Console& console) {
  const auto line = [&](char sign, std::string_view what, const std::string& text,
                        const std::string& site, std::string_view shade) {
    const auto told = fmt::format("  {} {:<9} {}{}{}", sign, what, shown(text, text_width),
                                  site.empty() ? "" : "  at ", shown(site, text_width));
    console.out << colored(told, shade, console.color) << '\n';
  };
  line('-', "recorded", mismatch.expected, mismatch.expected_site, color::red);
  line('+', "issued", mismatch.issued, mismatch.issued_site, color::green);
  console.out << fmt::format("    differs   {}\n", mismatch.field);
  if (const auto cause = usual_cause(mismatch.field); !cause.empty()) {
    console.out << fmt::format("    often     {}\n", cause);
  }
}

void tell(const Verdict& verdict, bool check, const Console& console) {
  const auto& info = verdict.info;
  std::string outcome = "replays";
  std::string_view shade = color::green;
  if (verdict.mismatch) {
    outcome = fmt::format("differs at event {}", verdict.mismatch->seq);
    shade = color::red;
  } else if (verdict.error) {
    outcome = fmt::format("can't be replayed behind event {}", verdict.at);
    shade = color::red;
  } else if (verdict.at < info.events) {
    outcome = fmt::format("replays to event {}", verdict.at);
  }
  const auto space =
      info.key.space.empty() ? "" : fmt::format(" (namespace {})", shown(info.key.space, id_width));
  console.out << fmt::format(
      "{}{}  {}  {}  {}\n", colored(shown(info.key.id, id_width), color::bold, console.color),
      space, shown(info.workflow, name_width), counted(info.events, "event", "events"),
      colored(outcome, shade, console.color));
  if (verdict.mismatch) tell_mismatch(*verdict.mismatch, console);
  if (verdict.error) {
    console.out << fmt::format("    {} ({})\n", shown(verdict.error->message(), text_width),
                               name(verdict.error->code()));
  }
  for (const auto& note : verdict.notes) {
    console.out << fmt::format("    note      event {}: {}{}{}\n", note.seq,
                               shown(note.text, text_width), note.site.empty() ? "" : "  at ",
                               shown(note.site, text_width));
  }
  if (check) return;
  for (const auto& command : verdict.ahead) {
    console.out << fmt::format("    then      {}\n", shown(command, text_width));
  }
}

nlohmann::json to_json(const Verdict& verdict) {
  nlohmann::json told = {{"id", verdict.info.key.id},
                         {"space", verdict.info.key.space},
                         {"workflow", verdict.info.workflow},
                         {"events", verdict.info.events},
                         {"at", verdict.at},
                         {"replays", verdict.sound()}};
  if (const auto& mismatch = verdict.mismatch) {
    told["mismatch"] = {
        {"seq", mismatch->seq},           {"field", mismatch->field},
        {"recorded", mismatch->expected}, {"recorded_site", mismatch->expected_site},
        {"issued", mismatch->issued},     {"issued_site", mismatch->issued_site}};
  }
  if (verdict.error) {
    told["error"] = {{"code", name(verdict.error->code())}, {"message", verdict.error->message()}};
  }
  for (const auto& note : verdict.notes) {
    told["notes"].push_back({{"seq", note.seq}, {"text", note.text}, {"site", note.site}});
  }
  if (!verdict.ahead.empty()) told["then"] = verdict.ahead;
  return told;
}

/// Those that are named, or all there are.
Result<std::vector<InstanceKey>> keys_of(const Source& source, const Arguments& given,
                                         const Console& console) {
  std::vector<InstanceKey> keys;
  for (const auto& id : given.ids) keys.push_back({given.space.value_or(""), id});
  if (!keys.empty()) return keys;
  ListFilter filter;
  filter.space = given.space;
  filter.limit = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> damaged;
  auto found = source.reader->list(filter, damaged);
  if (!found) return std::move(found).error();
  for (const auto& problem : damaged) console.err << "damage: " << shown(problem, 500) << '\n';
  if (!damaged.empty()) return Error(Code::corrupt, "not all of it can be read");
  for (const auto& info : *found) keys.push_back(info.key);
  return keys;
}

}  // namespace

Result<int> replay(const Arguments& given, const Console& console, const Registry& workflows) {
  if (workflows.entries().empty()) {
    return Error(Code::unregistered,
                 "this program holds no workflow: replay with your own, in which main() hands "
                 "its Registry to reprise::tool_main (docs/tool.md)");
  }
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto keys = keys_of(*source, given, console);
  if (!keys) return std::move(keys).error();
  const Seq until = given.until.value_or(std::numeric_limits<Seq>::max());
  std::size_t parted = 0;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    if (console.progress && i % 100 == 0) {
      console.err << fmt::format("\r\x1b[Kreplaying {} of {}", i + 1, keys->size()) << std::flush;
    }
    auto recorded = source->reader->recorded((*keys)[i]);
    if (!recorded) return std::move(recorded).error();
    const Verdict verdict = run_again(*recorded, workflows, until);
    if (!verdict.sound()) ++parted;
    if (console.progress) console.err << "\r\x1b[K" << std::flush;
    if (given.json) {
      console.out << to_json(verdict).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
                  << '\n';
    } else if (!given.check || !verdict.sound() || !verdict.notes.empty()) {
      tell(verdict, given.check, console);
    }
  }
  if (!given.json) {
    console.out << fmt::format("{}, {} differ\n", counted(keys->size(), "history", "histories"),
                               parted == 0 ? "none" : std::to_string(parted));
  }
  return parted == 0 ? 0 : 1;
}

}  // namespace reprise::cli

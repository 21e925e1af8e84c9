#include "tools/cli/verdict.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 300;

/// What usually is behind a difference, by the field that differs.
std::string_view usual_cause(std::string_view field) {
  struct Cause {
    std::string_view field;
    std::string_view text;
  };
  static constexpr Cause causes[] = {
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
      {"state",
       "no command differs yet: the value is computed in another way, by changed code or another "
       "version of a library, or a step's body or a query wrote to it"},
  };
  for (const Cause& cause : causes) {
    if (cause.field == field) return cause.text;
  }
  return {};
}

/// Whatever its code had to say to the last event is recorded: nothing can come before the next
/// arrival, which finds code that says more to be another one.
bool has_nothing_to_do(const replay::InstanceState& state) {
  const bool open = state.status == replay::Status::open && !state.paused;
  const bool at_work = std::any_of(state.open.begin(), state.open.end(), [](const auto& operation) {
    return operation.second.kind == replay::OpKind::step && operation.second.body_open();
  });
  return open && state.code_started && !state.more && !state.cut && !at_work;
}

replay::Mismatch issued_too_much(Seq at, const detail::Command& command) {
  replay::Mismatch mismatch;
  mismatch.seq = at + 1;
  mismatch.field = "extra";
  mismatch.expected = "nothing before the next arrival";
  mismatch.issued = replay::describe(command);
  mismatch.issued_site = replay::site_text(command.site);
  return mismatch;
}

}  // namespace

Verdict run_again(const runtime::Recorded& recorded, const Registry& workflows, Seq until) {
  Verdict verdict;
  verdict.info = recorded.info;
  const auto events = recorded.history();
  auto rerun = replay::Rerun::run(
      workflows,
      {recorded.info.run, recorded.info.workflow, events, recorded.names, recorded.unpack}, until);
  if (!rerun) {
    verdict.error = rerun.error();
    return verdict;
  }
  verdict.error = rerun->error();
  verdict.at = rerun->at();
  verdict.mismatch = rerun->mismatch();
  if (verdict.mismatch) verdict.at = std::min(verdict.at, verdict.mismatch->seq - 1);
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& note : rerun->notes()) {
    if (told.emplace(note.site, note.text).second) verdict.notes.push_back(note);
  }
  if (verdict.sound() && verdict.at == recorded.events.last()) {
    const auto ahead = rerun->ahead();
    if (!ahead.empty() && has_nothing_to_do(recorded.state)) {
      verdict.mismatch = issued_too_much(verdict.at, ahead.front());
    } else {
      for (const auto& command : ahead) verdict.ahead.push_back(replay::describe(command));
    }
  }
  return verdict;
}

std::string reason_of(const Verdict& verdict) {
  if (verdict.mismatch) {
    return fmt::format("differs at event {}: {}", verdict.mismatch->seq, verdict.mismatch->field);
  }
  if (!verdict.error) return {};
  return fmt::format("can't be replayed behind event {}: {} ({})", verdict.at,
                     verdict.error->message(), name(verdict.error->code()));
}

Error no_workflows() {
  return {Code::unregistered,
          "this program holds no workflow: replay with your own, in which main() hands its "
          "Registry to reprise::tool_main, or with a library of them (--workflows; docs/tool.md)"};
}

void tell(const replay::Mismatch& mismatch, const Console& console) {
  const auto line = [&](char sign, std::string_view what, const std::string& text,
                        const std::string& site, std::string_view shade) {
    const auto told = fmt::format("  {} {:<9} {}{}{}", sign, what, shown(text, text_width),
                                  site.empty() ? "" : "  at ", shown(site, text_width));
    console.out << colored(told, shade, console.color) << '\n';
  };
  line('-', "recorded", mismatch.expected, mismatch.expected_site, color::red);
  line('+', "issued", mismatch.issued, mismatch.issued_site, color::green);
  console.out << fmt::format("    differs   {}\n", mismatch.field);
  for (const auto& one : mismatch.watched) {
    console.out << fmt::format("    watched   {}: {}{}\n", shown(one.name, name_width),
                               shown(one.text, text_width),
                               one.differs ? " now, another value then" : ", now and then");
  }
  if (const auto cause = usual_cause(mismatch.field); !cause.empty()) {
    console.out << fmt::format("    often     {}\n", cause);
  }
}

void tell(const replay::Note& note, const Console& console) {
  console.out << fmt::format("    note      event {}: {}{}{}\n", note.seq,
                             shown(note.text, text_width), note.site.empty() ? "" : "  at ",
                             shown(note.site, text_width));
}

void tell(const Verdict& verdict, const Console& console) {
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
  if (verdict.mismatch) tell(*verdict.mismatch, console);
  if (verdict.error) {
    console.out << fmt::format("    {} ({})\n", shown(verdict.error->message(), text_width),
                               name(verdict.error->code()));
  }
  for (const auto& command : verdict.ahead) {
    console.out << fmt::format("    then      {}\n", shown(command, text_width));
  }
}

nlohmann::ordered_json json_of(const Verdict& verdict) {
  nlohmann::ordered_json told = {{"id", verdict.info.key.id},
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
    for (const auto& one : mismatch->watched) {
      told["mismatch"]["watched"].push_back(
          {{"name", one.name}, {"now", one.text}, {"differs", one.differs}});
    }
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

}  // namespace reprise::cli

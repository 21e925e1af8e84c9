// `fork`: what if something had come otherwise? Variants of a recorded history, side by side.
#include "tools/cli/fork.h"

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"
#include "tools/cli/verdict.h"
#include "tools/cli/what_if.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 300;
constexpr std::size_t result_width = 40;
constexpr std::size_t variants_max = 100;

struct Fork {
  Seq at = 0;
  Variant common;  ///< What is said before the first --variant, of all.
  std::vector<Variant> variants;

  Variant& current() { return variants.empty() ? common : variants.back(); }
  /// Each with what is common behind its own, which comes first where both say something.
  [[nodiscard]] std::vector<Variant> all() const {
    if (variants.empty()) return {common};
    auto whole = variants;
    for (Variant& one : whole) {
      one.given.insert(one.given.end(), common.given.begin(), common.given.end());
      one.live.insert(common.live.begin(), common.live.end());
    }
    return whole;
  }
};

std::string outcome_text(const Forked& forked) {
  if (forked.error) return "stopped";
  if (!forked.needs.empty()) return "needs a result";
  return CLI::detail::to_lower(std::string(name(forked.info.status)));
}

std::string_view shade_of(const Forked& forked) {
  if (!forked.done()) return color::yellow;
  return forked.info.status == InstanceStatus::failed ? color::red : color::green;
}

/// The result of a finished run, or its failure.
std::string result_text(const replay::InstanceState& state, const replay::Unpack& unpack) {
  if (!state.outcome) return {};
  if (const auto* failure = std::get_if<Failure>(&*state.outcome)) {
    const bool alike = failure->type.empty() || failure->type == failure->message;
    return shown(alike ? failure->message : fmt::format("{}: {}", failure->type, failure->message),
                 result_width);
  }
  const auto& payload = std::get<Payload>(*state.outcome);
  if (!state.packed) return shown(payload, payload.bytes.size(), result_width);
  replay::Event event;
  event.packed = state.packed;
  event.encoding = payload.encoding;
  event.payload = payload.bytes;
  auto plain = unpack(event);
  if (!plain) return size_text(state.packed.size);
  return shown(Payload{payload.encoding, std::move(*plain)}, state.packed.size, result_width);
}

/// The event of the fork that is otherwise; where it has none, the recorded one.
std::string parts_text(const std::optional<replay::Difference>& parts) {
  if (!parts) return "nowhere";
  const auto& entry = parts->second ? *parts->second : *parts->first;
  return fmt::format("event {} {}{}", entry.seq, shown(entry.label, name_width * 2),
                     parts->second ? "" : ", missing");
}

void tell_more(const Forked& forked, const std::string& title, const Console& console) {
  const auto line = [&](std::string_view what, const std::string& text) {
    console.out << fmt::format("{}{:<6} {}\n", title, what, shown(text, text_width));
  };
  if (forked.error) {
    line("ends", fmt::format("{} ({})", forked.error->message(), name(forked.error->code())));
  }
  for (const auto& need : forked.needs) line("lacks", need);
  if (forked.done()) {
    for (const auto& wait : forked.info.waits) {
      line("waits", fmt::format("for {} \"{}\" (op {}){}{}", wait.kind, wait.name, wait.op,
                                wait.site.empty() ? "" : " at ", wait.site));
    }
  }
  for (const auto& note : forked.notes) line("note", note);
}

nlohmann::ordered_json to_json(const replay::Entry& entry) {
  return {{"seq", entry.seq}, {"event", entry.label}, {"site", entry.site}};
}

std::string to_json(const Forked& forked, const replay::Unpack& unpack) {
  nlohmann::ordered_json told = {{"variant", forked.variant},
                                 {"outcome", outcome_text(forked)},
                                 {"kept", forked.kept},
                                 {"events", forked.info.events},
                                 {"takes_ns", forked.took}};
  if (forked.state.outcome) {
    const auto* payload = std::get_if<Payload>(&*forked.state.outcome);
    const auto value = payload == nullptr || forked.state.packed ? std::nullopt : json_of(*payload);
    if (value) {
      told["result"] = *value;
    } else {
      told[payload == nullptr ? "failure" : "result"] = result_text(forked.state, unpack);
    }
  }
  if (forked.parts) {
    auto& parts = told["parts"];
    if (forked.parts->first) parts["recorded"] = to_json(*forked.parts->first);
    if (forked.parts->second) parts["fork"] = to_json(*forked.parts->second);
    for (const auto field : forked.parts->fields) parts["fields"].push_back(field);
  }
  if (forked.error) {
    told["error"] = {{"code", name(forked.error->code())}, {"message", forked.error->message()}};
  }
  if (!forked.needs.empty()) told["needs"] = forked.needs;
  for (const auto& wait : forked.info.waits) {
    told["waits"].push_back(
        {{"kind", wait.kind}, {"name", wait.name}, {"op", wait.op}, {"site", wait.site}});
  }
  if (!forked.notes.empty()) told["notes"] = forked.notes;
  return told.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

Result<int> run(const Fork& asked, const Arguments& given, const Registry& workflows,
                const Console& console) {
  if (workflows.entries().empty()) return no_workflows();
  const auto variants = asked.all();
  if (!given.to.empty() && variants.size() != 1) {
    return Error(Code::invalid_argument, "--to keeps one variant: give one at a time");
  }
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  auto recorded = source->reader->recorded(*key);
  if (!recorded) return std::move(recorded).error();
  std::vector<Forked> all;
  for (const Variant& variant : variants) {
    auto forked = fork(*recorded, workflows, asked.at, variant);
    if (!forked) return std::move(forked).error();
    all.push_back(std::move(*forked));
  }
  if (!given.to.empty()) {
    auto original = source->reader->exported(*key);
    if (!original) return std::move(original).error();
    auto file = file_of(all.front(), std::move(*original), *source->store);
    if (!file) return std::move(file).error();
    auto written = journal::write_journal_file(given.to, *file);
    if (!written) return std::move(written).error();
  }
  bool done = true;
  for (const Forked& forked : all) done = done && forked.done();
  if (given.json) {
    for (const Forked& forked : all) console.out << to_json(forked, recorded->unpack) << '\n';
  } else {
    tell(*recorded, all, console);
  }
  return done ? exits::done : exits::found;
}

Seq seq_given(const std::string& text) {
  Seq seq = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, seq);
  if (read.ec == std::errc() && read.ptr == end && seq >= 2) return seq;
  throw CLI::ValidationError(
      "--at", fmt::format("\"{}\" is no event to fork at; give a number from 2 up, as `history` "
                          "tells them",
                          shown(text, 60)));
}

void add_set(Fork& asked, const std::string& text) {
  auto given = parse_given(text);
  if (!given) throw CLI::ValidationError("--set", given.error().message());
  asked.current().given.push_back(std::move(*given));
}

void add_variant(Fork& asked, const std::string& name) {
  if (asked.variants.size() == variants_max) {
    throw CLI::ValidationError("--variant", fmt::format("at most {} at once", variants_max));
  }
  asked.variants.push_back({name, {}, {}});
}

}  // namespace

void tell(const runtime::Recorded& recorded, const std::vector<Forked>& all,
          const Console& console) {
  using Align = Table::Align;
  Table table({{"VARIANT", Align::left},
               {"OUTCOME", Align::left},
               {"RESULT", Align::left},
               {"EVENTS", Align::right},
               {"TAKES", Align::right},
               {"PARTS AT", Align::left}});
  table.add({{"recorded", color::dim},
             {CLI::detail::to_lower(std::string(name(recorded.info.status)))},
             {result_text(recorded.state, recorded.unpack)},
             {number(recorded.info.events)},
             {},
             {}});
  for (const Forked& forked : all) {
    table.add({shown(forked.variant, name_width),
               {outcome_text(forked), shade_of(forked)},
               result_text(forked.state, recorded.unpack),
               number(forked.info.events),
               delta_text(forked.took),
               parts_text(forked.parts)});
  }
  table.print(console.out, console.color);
  for (const Forked& forked : all) {
    const auto title =
        all.size() == 1 ? "" : fmt::format("{}: ", shown(forked.variant, name_width));
    tell_more(forked, title, console);
  }
}

CLI::App* add_fork(CLI::App& app, Arguments& given, const Registry& workflows,
                   const std::function<void(Command)>& choose) {
  auto asked = std::make_shared<Fork>();
  asked->common.name = "fork";
  auto* sub = app.add_subcommand("fork", "What if: runs the code on with other answers");
  sub->add_option("STORE", given.source, "Folder of the store, or a journal file")->required();
  sub->add_option("ID", given.ids, "Id of the instance (the only one there is)")->expected(0, 1);
  sub->add_option("--space", given.space, "Its namespace (the default one)");
  sub->add_option_function<std::string>(
         "--at", [asked](const std::string& text) { asked->at = seq_given(text); },
         "Keeps the events before this one")
      ->required()
      ->option_text("SEQ");
  // In the order given: what stands behind a --variant is said of that one.
  const auto add = [&](const std::string& option, const std::string& text, const std::string& about,
                       const std::function<void(const std::string&)>& take) {
    sub->add_option_function<std::string>(option, take, about)
        ->trigger_on_parse()
        ->option_text(text);
  };
  add("--set", "KIND:NAME=VALUE",
      "An answer: step:NAME=JSON, step:NAME=throw:TYPE, signal:, child:",
      [asked](const std::string& text) { add_set(*asked, text); });
  add("--live", "NAME", "Runs the body of a step of that name, for real",
      [asked](const std::string& text) { asked->current().live.insert(text); });
  add("--variant", "NAME", "Begins a variant, of which the --set and --live behind it are said",
      [asked](const std::string& text) { add_variant(*asked, text); });
  sub->add_option("--to", given.to, "Keeps the fork's history in this journal file")
      ->option_text("FILE");
  sub->callback([asked, &given, &workflows, choose] {
    choose([asked, &given, &workflows](const Console& console) {
      return run(*asked, given, workflows, console);
    });
  });
  return sub;
}

}  // namespace reprise::cli

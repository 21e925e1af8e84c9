// Commands about a store as a whole: is it sound, what can be had of it, what leaves it.
#include "tools/cli/commands.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/copy.h"
#include "journal/given_up.h"
#include "journal/verify.h"
#include "runtime/portable.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/progress.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Whatever its name holds: a line is a line, and steers no terminal.
std::string path(std::string_view name) { return shown(name, 4096); }

void tell_shards(const journal::VerifyReport& report, const Console& console) {
  using Align = Table::Align;
  Table table({{"SHARD", Align::right},
               {"POSITIONS", Align::left},
               {"RECORDS", Align::right},
               {"EVENTS", Align::right}});
  for (std::size_t shard = 0; shard < report.shards.size(); ++shard) {
    const auto& told = report.shards[shard];
    table.add({std::to_string(shard),
               told.last < told.first ? "none" : fmt::format("{}-{}", told.first, told.last),
               std::to_string(told.records), std::to_string(told.events)});
  }
  table.print(console.out, console.color);
}

/// What reading everything has found.
struct State {
  journal::VerifyReport report;
  std::vector<std::string> problems;  ///< Of the journal, then of the histories.
  std::uint64_t sound = 0;            ///< Histories.
};

Result<State> read_all(const Source& source, const Console& console) {
  Progress progress(console);
  const auto tell = [&](std::string_view what) { progress.at(fmt::format("reading {}", what)); };
  State state;
  auto report = journal::verify(*source.store, tell);
  if (!report) return std::move(report).error();
  auto problems = source.reader->verify(tell);
  if (!problems) return std::move(problems).error();
  state.report = std::move(*report);
  state.problems = state.report.problems;
  state.problems.insert(state.problems.end(), problems->begin(), problems->end());
  state.sound = source.reader->sound();
  return state;
}

/// What is held, then each damage.
void tell_state(const Source& source, const State& state, const Console& console) {
  const auto whole = counted(state.sound, "whole history", "whole histories");
  if (source.file.empty()) {
    tell_shards(state.report, console);
    console.out << fmt::format("{}, {} of snapshots\n", whole,
                               counted(state.report.rows, "row", "rows"));
  } else {
    console.out << source.file << '\n' << whole << '\n';
  }
  for (const auto& problem : state.problems) {
    console.out << colored("damage: " + shown(problem, 500), color::red, console.color) << '\n';
  }
}

Json json_of(const Source& source, const State& state) {
  Json json;
  if (source.file.empty()) {
    for (std::size_t shard = 0; shard < state.report.shards.size(); ++shard) {
      const auto& told = state.report.shards[shard];
      json["shards"].push_back({{"shard", shard},
                                {"first", told.first},
                                {"last", told.last},
                                {"records", told.records},
                                {"events", told.events}});
    }
    json["rows"] = state.report.rows;
  } else {
    json["file"] = source.file;
  }
  json["histories"] = state.sound;
  json["damage"] = state.problems;
  json["sound"] = state.problems.empty();
  return json;
}

/// Which records are gone, and how that is known.
std::string sentence(const journal::Repaired::Loss& loss) {
  std::string known;
  if (loss.claimed > loss.kept) known = fmt::format("the anchor claims up to {}", loss.claimed);
  if (loss.seen != 0) {
    known += fmt::format("{}{} whole behind the damage", known.empty() ? "" : ", ",
                         counted(loss.seen, "record stood", "records stood"));
  }
  return fmt::format("records {} to {} of shard {} ({})", loss.kept + 1, loss.last, loss.shard,
                     known);
}

Json json_of(const journal::Repaired& repaired) {
  Json json;
  json["given_up"] = Json::array();
  for (const auto& part : repaired.given_up) {
    json["given_up"].push_back({{"file", part.file},
                                {"offset", part.offset},
                                {"bytes", part.bytes},
                                {"damaged", part.damaged}});
  }
  json["losses"] = Json::array();
  for (const auto& loss : repaired.losses) {
    json["losses"].push_back({{"shard", loss.shard},
                              {"first", loss.kept + 1},
                              {"last", loss.last},
                              {"claimed", loss.claimed},
                              {"seen", loss.seen}});
  }
  json["older"] = repaired.older;
  json["anchor_lost"] = repaired.anchor_lost;
  json["anchor_aged"] = repaired.anchor_aged;
  json["tail_dropped"] = repaired.tail_dropped;
  json["whole"] = repaired.whole();
  return json;
}

void tell_repaired(const journal::Repaired& repaired, const Console& console) {
  const auto lost = [&](std::string_view what) {
    console.out << colored(fmt::format("lost: {}", what), color::yellow, console.color) << '\n';
  };
  for (const auto& part : repaired.given_up) {
    console.out << fmt::format("damage: {}\n", shown(journal::sentence(part), 500));
  }
  for (const auto& loss : repaired.losses) lost(sentence(loss));
  if (!repaired.given_up.empty()) {
    lost("what stood in the damaged bytes themselves, if anything: that cannot be told");
  }
  if (repaired.older) lost("all since the database was put back: it is older than its anchor");
  if (repaired.anchor_lost) lost("the anchor; nothing says how far the shards went");
  if (repaired.anchor_aged) {
    console.out
        << "note: one slot of the anchor is damaged; what it claimed last may not be known\n";
  }
  if (repaired.tail_dropped != 0) {
    console.out << fmt::format(
        "note: {} of an append that was cut off were dropped; it was never "
        "acknowledged\n",
        counted(repaired.tail_dropped, "byte", "bytes"));
  }
  if (repaired.whole()) console.out << "nothing is lost that is known to have been there\n";
}

}  // namespace

Result<int> verify(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto state = read_all(*source, console);
  if (!state) return std::move(state).error();
  const bool sound = state->problems.empty();
  if (given.json) {
    console.out << line_of(json_of(*source, *state)) << '\n';
    return sound ? exits::done : exits::found;
  }
  tell_state(*source, *state, console);
  if (sound) {
    console.out << colored("sound", color::green, console.color) << '\n';
    return exits::done;
  }
  console.out << fmt::format("not sound: {}; docs/errors/corrupt.md says what to do\n",
                             counted(state->problems.size(), "damage", "damages"));
  return exits::found;
}

Result<int> repair(const Arguments& given, const Console& console) {
  auto repaired = journal::repair_store(given.source, given.to);
  if (!repaired) return std::move(repaired).error();
  if (!given.json) {
    tell_repaired(*repaired, console);
    console.out << fmt::format("the files of {} open; {} is as it was\n\n", path(given.to),
                               path(given.source))
                << std::flush;
  }
  auto source = open_source(given.to);
  if (!source) return std::move(source).error();
  auto state = read_all(*source, console);
  if (!state) return std::move(state).error();
  const auto damages = state->problems.size();
  const int code = damages == 0 && repaired->whole() ? exits::done : exits::found;
  if (given.json) {
    auto json = json_of(*repaired);
    json["copy"] = json_of(*source, *state);
    console.out << line_of(json) << '\n';
    return code;
  }
  tell_state(*source, *state, console);
  if (damages != 0) {
    console.out << fmt::format(
        "the copy's files open, but {} left in it; docs/errors/corrupt.md says what "
        "stops with that\n",
        counted(damages, "damage is", "damages are"));
  } else if (!repaired->whole()) {
    console.out << colored("sound, after the losses above", color::yellow, console.color) << '\n';
  } else {
    console.out << colored("sound", color::green, console.color) << '\n';
  }
  return code;
}

Result<int> export_file(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto file = runtime::begin_file(*source->store);
  for (const auto& id : std::set<std::string>(given.ids.begin(), given.ids.end())) {
    auto exported = source->reader->exported({given.space.value_or(""), id});
    if (!exported) return std::move(exported).error();
    runtime::add(file, std::move(*exported));
  }
  if (auto written = journal::write_journal_file(given.to, file); !written) {
    return std::move(written).error();
  }
  std::size_t events = 0;
  for (const auto& instance : file.instances) events += instance.events.size();
  if (given.json) {
    console.out << line_of({{"file", given.to},
                            {"instances", file.instances.size()},
                            {"events", events}})
                << '\n';
    return exits::done;
  }
  console.out << fmt::format("{} holds {} of {}\n", path(given.to),
                             counted(events, "event", "events"),
                             counted(file.instances.size(), "instance", "instances"));
  return exits::done;
}

Result<int> backup(const Arguments& given, const Console& console) {
  if (auto copied = journal::copy_store(given.source, given.to); !copied) {
    return std::move(copied).error();
  }
  if (given.json) {
    console.out << line_of({{"copy", given.to}, {"of", given.source}}) << '\n';
    return exits::done;
  }
  console.out << fmt::format(
      "{0} is a copy of {1}, and its files open; `{2} verify {0}` tells more\n", path(given.to),
      path(given.source), console.program);
  return exits::done;
}

}  // namespace reprise::cli

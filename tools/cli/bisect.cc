#include "tools/cli/bisect.h"

#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "tools/cli/exit_code.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t path_width = 200;

struct Bisect {
  std::string good;
  std::string bad;
  std::vector<std::string> files;
};

using Place = std::tuple<std::size_t, std::string, std::string>;

Place place_of(const Trial& trial) { return {trial.file, trial.space, trial.id}; }

/// What replays with the good code and not with the bad one, in the order of the files. One that
/// the good code does not tell of, as it died, is none; one that only the bad code died of is.
std::vector<Trial> broken(const Trials& good, const Trials& bad, std::size_t& neither) {
  std::map<Place, bool> sound;
  for (const Trial& trial : good.all) sound[place_of(trial)] = trial.sound;
  std::vector<Trial> all;
  for (const Trial& trial : bad.all) {
    if (trial.sound) continue;
    const auto found = sound.find(place_of(trial));
    const bool died = trial.id.empty();
    if (found != sound.end() ? found->second : died) {
      all.push_back(trial);
    } else {
      ++neither;
    }
  }
  return all;
}

void tell(const Bisect& asked, const std::vector<Trial>& all, const Console& console) {
  const Trial* earliest = nullptr;
  for (const Trial& trial : all) {
    console.out << fmt::format("{}: {}", shown(asked.files[trial.file], path_width), trial.told);
    if (trial.seq != 0 && (earliest == nullptr || trial.seq < earliest->seq)) earliest = &trial;
  }
  if (earliest == nullptr) return;
  console.out << fmt::format("earliest: event {} of {} in {}\n", earliest->seq,
                             shown(earliest->id, id_width),
                             shown(asked.files[earliest->file], path_width));
}

void tell_json(const Bisect& asked, const std::vector<Trial>& all, const Console& console) {
  for (const Trial& trial : all) {
    nlohmann::ordered_json told = {{"file", asked.files[trial.file]}};
    told.update(nlohmann::ordered_json::parse(trial.json));
    console.out << told.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)
                << '\n';
  }
}

Result<int> run(const Bisect& asked, bool json, const Console& console) {
  auto good = replay_apart(asked.good, asked.files);
  if (!good) return std::move(good).error();
  auto bad = replay_apart(asked.bad, asked.files);
  if (!bad) return std::move(bad).error();
  for (const auto& [file, error] : good->unread) {
    console.err << fmt::format("{}: {} ({})\n", shown(asked.files[file], path_width),
                               shown(error.message(), 2000), name(error.code()));
  }
  std::size_t neither = 0;
  const auto all = broken(*good, *bad, neither);
  if (json) {
    tell_json(asked, all, console);
  } else {
    tell(asked, all, console);
    console.out << fmt::format("{} of {} with {} and not with {}\n",
                               counted(all.size(), "breaks", "break"),
                               counted(good->all.size(), "history", "histories"),
                               shown(asked.bad, path_width), shown(asked.good, path_width));
    if (neither != 0) console.out << fmt::format("{} with neither\n", neither);
  }
  return all.empty() && good->unread.empty() ? exits::done : exits::found;
}

}  // namespace

CLI::App* add_bisect(CLI::App& app, Arguments& given, const std::function<void(Command)>& choose) {
  auto asked = std::make_shared<Bisect>();
  auto* sub = app.add_subcommand("bisect", "Which histories new code breaks, and where first");
  sub->add_option("--good", asked->good, "Library of the workflows that replay (reprise/library.h)")
      ->required()
      ->option_text("LIB");
  sub->add_option("--bad", asked->bad, "Library of the workflows that may break them")
      ->required()
      ->option_text("LIB");
  sub->add_option("FILE", asked->files, "Journal files, or folders of stores")->required();
  sub->callback([asked, &given, choose] {
    choose([asked, &given](const Console& console) { return run(*asked, given.json, console); });
  });
  return sub;
}

}  // namespace reprise::cli

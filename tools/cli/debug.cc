#include "tools/cli/debug.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "replay/compare.h"
#include "tools/cli/commands.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/fork.h"
#include "tools/cli/given.h"
#include "tools/cli/text.h"
#include "tools/debug/apart.h"
#include "tools/debug/inferior.h"
#include "tools/debug/loaded_run.h"
#include "tools/debug/session.h"
#include "tools/debug/timeline.h"
#include "tools/gdb/script.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

struct DebugArguments {
  std::string library;
  std::string source;
  std::string id;  ///< "": the only one there is.
  std::string space;
  std::size_t at = 1;                ///< The event before which it begins.
  std::vector<std::string> run;      ///< Commands, instead of those typed.
  std::vector<std::string> folders;  ///< Where sources are looked for.
  bool gdb = false;
  bool under_gdb = false;  ///< This process is the one that gdb looks into.
};

volatile ::sig_atomic_t interrupted = 0;

/// While it lives, Ctrl-C ends what is waited for instead of the program.
class Interruptible {
 public:
  Interruptible() {
    interrupted = 0;
    struct ::sigaction ours = {};
    ours.sa_handler = [](int) { interrupted = 1; };
    ::sigaction(SIGINT, &ours, &before_);
  }
  ~Interruptible() { ::sigaction(SIGINT, &before_, nullptr); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  struct ::sigaction before_ = {};
};

void tell(const Error& error, const Console& console) {
  console.out << colored(shown(error.message(), 2000), color::red, console.color)
              << fmt::format(" ({})\n", name(error.code()));
}

/// The commands, from those given or from who types.
class Lines {
 public:
  explicit Lines(const std::vector<std::string>& given)
      : given_(given), typed_(given.empty()), prompt_(typed_ && ::isatty(STDIN_FILENO) != 0) {}

  std::optional<std::string> next(const debug::Session& session, const Console& console) {
    if (!typed_) {
      if (at_ == given_.size()) return std::nullopt;
      return given_[at_++];
    }
    if (prompt_) {
      console.out << fmt::format("({}/{}) ", session.next(), session.last()) << std::flush;
    }
    std::string line;
    if (!std::getline(std::cin, line)) {
      if (prompt_) console.out << '\n';
      return std::nullopt;
    }
    return line;
  }
  /// Who types goes on after an error; a script ends.
  [[nodiscard]] bool goes_on() const noexcept { return prompt_; }

 private:
  const std::vector<std::string>& given_;
  std::size_t at_ = 0;
  bool typed_;
  bool prompt_;
};

/// Whatever a command throws ends that command.
Result<void> executed(debug::Session& session, const std::string& line) {
  try {
    return session.execute(line);
  } catch (const std::exception& error) {
    return Error(Code::engine_failed, error.what());
  }
}

int talk(debug::Session& session, const DebugArguments& given, const Console& console) {
  Lines lines(given.run);
  {
    const Interruptible here;
    if (auto begun = session.begin(given.at); !begun) {
      tell(begun.error(), console);
      if (!lines.goes_on()) return exits::found;
    }
  }
  while (!session.ended()) {
    const auto line = lines.next(session, console);
    if (!line) break;
    const Interruptible here;
    auto done = executed(session, *line);
    if (done) continue;
    tell(done.error(), console);
    if (!lines.goes_on()) return exits::found;
  }
  return exits::done;
}

/// `fork step:charge=throw:Declined`: what if, from here on.
debug::Session::Extra forking(const debug::Session& session, const runtime::Recorded& recorded,
                              const Registry& workflows, const Console& console) {
  const auto run = [&](std::string_view rest) -> Result<void> {
    Variant variant;
    variant.name = "fork";
    for (const auto& word : CLI::detail::split_up(std::string(rest))) {
      auto given = parse_given(word);
      if (!given) return std::move(given).error();
      variant.given.push_back(std::move(*given));
    }
    // The code may loop, or bring its process down.
    auto told = debug::apart(
        [&]() -> Result<std::string> {
          auto forked = fork(recorded, workflows, session.next(), variant);
          if (!forked) return std::move(forked).error();
          std::vector<Forked> all;
          all.push_back(std::move(*forked));
          std::ostringstream out;
          tell(recorded, all, {out, out, console.color});
          return out.str();
        },
        [] { return interrupted != 0; });
    if (!told) return std::move(told).error();
    console.out << *told;
    return {};
  };
  return {
      "fork",
      "fork [ANSWER]…    what if: runs on from here; step:NAME=JSON, \"step:NAME=throw:TYPE:why\", "
      "signal:NAME=JSON, …",
      run};
}

/// `diff other.journal order-41`: against another history.
debug::Session::Extra comparing(const runtime::Recorded& recorded, const Console& console) {
  const auto run = [&](std::string_view rest) -> Result<void> {
    constexpr std::size_t told_max = 10;
    const auto words = CLI::detail::split_up(std::string(rest));
    if (words.empty()) return Error(Code::invalid_argument, "say against what: diff FILE [ID]");
    auto other = debug::LoadedRun::load(words[0], "", words.size() > 1 ? words[1] : "");
    if (!other) return std::move(other).error();
    std::vector<replay::Entry> sides[2];
    const runtime::Recorded* all[] = {&recorded, &other->recorded()};
    for (int side = 0; side < 2; ++side) {
      const auto events = all[side]->history();
      auto entries = replay::entries_of(events, *all[side]->names, all[side]->unpack);
      if (!entries) return std::move(entries).error();
      sides[side] = std::move(*entries);
    }
    const auto differences = replay::compare(sides[0], sides[1], told_max);
    for (const auto& one : differences) tell(one, console);
    if (differences.empty()) console.out << "the same, event for event\n";
    return {};
  };
  return {"diff", "diff FILE [ID]    against another history, at most ten differences", run};
}

/// The script travels as a file without a name, which gdb inherits.
Result<int> script_file() {
  const int file = ::memfd_create("reprise.py", 0);
  const auto script = gdb_script();
  if (file < 0 ||
      ::write(file, script.data(), script.size()) != static_cast<::ssize_t>(script.size())) {
    return Error(Code::io_error, fmt::format("the script for gdb: {}", std::strerror(errno)));
  }
  return file;
}

/// Becomes gdb, which starts this program again.
Result<int> become_gdb(const DebugArguments& given) {
  auto script = script_file();
  if (!script) return std::move(script).error();
  std::vector<std::string> words = {
      "gdb", "-q", "-ex",
      fmt::format("python exec(compile(open('/proc/self/fd/{}').read(), 'reprise.py', 'exec'))",
                  *script)};
  for (const auto& folder : given.folders) words.insert(words.end(), {"-d", folder});
  for (const auto& command : given.run) words.insert(words.end(), {"-ex", command});
  if (given.run.empty()) {
    words.insert(words.end(), {"-ex", fmt::format("reprise-goto {}", given.at)});
  } else {
    words.emplace_back("-batch");
  }
  words.emplace_back("--args");
  std::string self(4096, '\0');
  const auto size = ::readlink("/proc/self/exe", self.data(), self.size());
  if (size <= 0) return Error(Code::io_error, "this program's own file is not known");
  self.resize(static_cast<std::size_t>(size));
  words.push_back(self);
  if (!given.library.empty()) words.insert(words.end(), {"--workflows", given.library});
  words.insert(words.end(), {"debug", "--under-gdb", "--at", std::to_string(given.at)});
  if (!given.space.empty()) words.insert(words.end(), {"--space", given.space});
  for (const auto& folder : given.folders) words.insert(words.end(), {"--source", folder});
  words.insert(words.end(), {"--", given.source});
  if (!given.id.empty()) words.push_back(given.id);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp("gdb", argv.data());
  return Error(Code::io_error, fmt::format("gdb can't be started: {}", std::strerror(errno)));
}

Result<int> debug(const DebugArguments& given, const Console& console, const Registry& workflows) {
  auto loaded = debug::LoadedRun::load(given.source, given.space, given.id);
  if (!loaded) return std::move(loaded).error();
  for (const auto& note : loaded->notes()) console.err << "note: " << shown(note, 2000) << '\n';
  const auto& recorded = loaded->recorded();
  const bool known = workflows.find(std::string_view(recorded.info.workflow)) != nullptr;
  if (given.gdb || given.under_gdb) {
    if (!known) {
      return Error(Code::unregistered,
                   fmt::format("this program has no workflow \"{}\": debug with your own "
                               "(docs/guide/debugging.md)",
                               shown(recorded.info.workflow, name_width)));
    }
  }
  if (given.gdb) return become_gdb(given);
  auto story = debug::Story::of(recorded);
  if (!story) return std::move(story).error();
  debug::SourceLines sources(given.folders);
  if (given.under_gdb) {
    if (auto run = debug::run_under_gdb(*story, workflows, given.at, sources); !run) {
      return std::move(run).error();
    }
    return exits::done;
  }
  console.out << fmt::format("{}  {}  {}  {}\n", shown(recorded.info.key.id, id_width),
                             shown(recorded.info.workflow, name_width),
                             counted(recorded.info.events, "event", "events"),
                             name(recorded.info.status));
  const auto events = recorded.history();
  const replay::Recording recording{recorded.info.run, recorded.info.workflow, events,
                                    recorded.names, recorded.unpack};
  std::optional<debug::Timeline> timeline;
  if (known) {
    timeline.emplace(debug::Program{workflows, recording}, events.size(),
                     [] { return interrupted != 0; });
  } else {
    console.out << "this program does not have its code: what is recorded is told\n";
  }
  debug::Session session(*story, timeline ? &*timeline : nullptr, sources, console);
  session.add(comparing(recorded, console));
  if (known) session.add(forking(session, recorded, workflows, console));
  return talk(session, given, console);
}

}  // namespace

CLI::App* add_debug(CLI::App& app, Arguments& given, const Registry& workflows,
                    const std::function<void(Command)>& choose) {
  auto asked = std::make_shared<DebugArguments>();
  auto* sub = app.add_subcommand("debug", "Walks through one history, forwards and backwards");
  sub->add_option("STORE", asked->source, "Folder of the store, or a journal file")->required();
  sub->add_option("ID", asked->id, "Id of the instance (the only one there is)");
  sub->add_option("--space", asked->space, "Its namespace (the default one)");
  sub->add_option_function<std::string>(
         "--at", [asked](const std::string& text) { asked->at = count_given("--at", text); },
         "Begins before this event (1)")
      ->option_text("SEQ");
  sub->add_option("--run", asked->run, "Does this instead of what is typed; may be repeated")
      ->option_text("COMMAND")
      ->allow_extra_args(false);
  sub->add_option("--source", asked->folders, "Looks for source files here too")
      ->option_text("FOLDER")
      ->allow_extra_args(false);
  sub->add_flag("--gdb", asked->gdb, "Starts gdb on the code that replays");
  sub->add_flag("--under-gdb", asked->under_gdb)->group("");
  sub->callback([asked, &given, &workflows, choose] {
    asked->library = given.library;
    given.source = asked->source;  // For what is told of an error.
    choose(
        [asked, &workflows](const Console& console) { return debug(*asked, console, workflows); });
  });
  return sub;
}

}  // namespace reprise::cli

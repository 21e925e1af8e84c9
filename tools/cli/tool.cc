#include "tools/cli/tool.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include <reprise/tool.h>

#include "tools/cli/commands.h"
#include "tools/cli/follow.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

/// Whether the folder of a store has lost the files without which nothing says what the others are.
bool lacks_manifest(const std::string& source) {
  const auto database = std::filesystem::path(source) / "db";
  std::string current;
  std::ifstream(database / "CURRENT") >> current;
  std::error_code ignored;
  return current.empty() || !std::filesystem::exists(database / current, ignored);
}

/// What to do about an error whose own sentence does not say, by `command` on `source`.
std::string advice(Code code, const std::string& program, std::string_view command,
                   const std::string& source) {
  switch (code) {
    case Code::store_locked:
      return "end that process, or wait; or have it make a backup (Engine::backup)";
    case Code::store_unusable: return "give the folder that an engine was opened with";
    case Code::missing_data:
    case Code::corrupt: {
      std::error_code ignored;
      if (std::filesystem::is_regular_file(source, ignored)) {
        return "export it again, or take another copy of the file";
      }
      if (lacks_manifest(source)) {
        return "put the file back, or restore a backup: without CURRENT and the MANIFEST it names "
               "nothing says what the other files hold, and no repair can tell";
      }
      if (command == "repair") {
        return "restore a backup: what is left here makes no store that opens";
      }
      return fmt::format(
          "restore a backup; or `{} repair STORE --to COPY`, which leaves STORE as it is", program);
    }
    case Code::not_a_journal_file:
      return fmt::format("give a store's folder, or a file of `{} export`", program);
    case Code::newer_format: return "use the `reprise` of the build that wrote it";
    case Code::not_found:
      return fmt::format("`{} ls` lists what is there; --space names a namespace", program);
    default: return {};
  }
}

int tell(const Error& error, std::string_view advice, const Console& console) {
  console.err << console.program << ": " << shown(error.message(), 2000) << '\n'
              << fmt::format("  code   {} ({}), docs/errors/{}.md\n", name(error.code()),
                             static_cast<int>(error.code()), name(error.code()));
  if (!advice.empty()) console.err << "  try    " << advice << '\n';
  return 1;
}

/// The statuses by their names in small letters.
const std::map<std::string, InstanceStatus>& statuses() {
  static const auto all = [] {
    std::map<std::string, InstanceStatus> found;
    for (int i = 0; i <= static_cast<int>(InstanceStatus::terminated); ++i) {
      const auto status = static_cast<InstanceStatus>(i);
      found[CLI::detail::to_lower(std::string(name(status)))] = status;
    }
    return found;
  }();
  return all;
}

/// Reads what a person gave; what it throws is told by CLI11, as `option: message`.
InstanceStatus status_given(const std::string& option, const std::string& text) {
  const auto found = statuses().find(CLI::detail::to_lower(text));
  if (found != statuses().end()) return found->second;
  std::string known;
  for (const auto& [one, status] : statuses()) known += (known.empty() ? "" : ", ") + one;
  throw CLI::ValidationError(
      option, fmt::format("there is no status \"{}\"; give one of {}", shown(text, 60), known));
}

std::size_t count_given(const std::string& option, const std::string& text) {
  std::size_t count = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec == std::errc() && read.ptr == end && count != 0) return count;
  throw CLI::ValidationError(
      option, fmt::format("\"{}\" is not a count; give a number from 1 up", shown(text, 60)));
}

/// The commands, each with its arguments, as CLI11 knows them.
class Parser {
 public:
  Parser(const Registry& workflows, const std::string& program)
      : workflows_(workflows), app_(purpose, program) {
    app_.require_subcommand(1);
    app_.footer(pages);
    app_.failure_message([program](const CLI::App*, const CLI::Error& error) {
      return fmt::format("{0}: {1}\n  try    `{0} --help`, or `{0} COMMAND --help`\n", program,
                         shown(error.what(), 2000));
    });
    app_.set_version_flag("--version", "reprise " REPRISE_VERSION, "Says which version this is");
    add_list();
    add_one("show", "One instance: its status, what it waits for, what to do about a pause",
            [this](const Console& console) { return show(given_, console, workflows_); });
    add_one("explain", "Why one does not move, and how often its steps' bodies have run",
            [this](const Console& console) { return explain(given_, console); });
    auto* events =
        add_one("history", "The events of one instance, in order", [this](const Console& console) {
          return given_.follow ? follow(given_, console, real_wait()) : history(given_, console);
        });
    add_limit(events, "At most so many events (all)");
    events->add_flag("--follow", given_.follow, "Goes on with what is recorded, until it ends");
    auto* two = add("diff", "Two histories side by side: where they part, and in what",
                    [this](const Console& console) { return diff(given_, console); });
    two->add_option("OTHER", given_.other_source, "The other one's store or journal file")
        ->required();
    two->add_option("--id", given_.id, "Id in both (the only one there is)");
    two->add_option("--other-id", given_.other_id, "Id in the other one (--id)");
    two->add_option("--space", given_.space, "Their namespace (the default one)");
    add_limit(two, "Tells at most so many differences (10)");
    add_json(two);
    auto* again =
        add("replay", "Runs the code against what was recorded, and says where they part",
            [this](const Console& console) { return replay(given_, console, workflows_); });
    again->add_option("ID", given_.ids, "Ids of the instances (all)");
    again->add_option("--space", given_.space, "Their namespace (the default one; of all: each)");
    again
        ->add_option_function<std::string>(
            "--until",
            [this](const std::string& text) { given_.until = count_given("--until", text); },
            "Goes as far as this event (to the end)")
        ->option_text("SEQ");
    again->add_flag("--check", given_.check, "Tells only what differs, and notes");
    add_json(again);
    add_corpus();
    add("verify", "Reads everything and says what is damaged",
        [this](const Console& console) { return verify(given_, console); });
    auto* out = add("export", "Writes the histories of some instances into a journal file",
                    [this](const Console& console) { return export_file(given_, console); });
    out->add_option("ID", given_.ids, "Ids of the instances")->required();
    out->add_option("--space", given_.space, "Their namespace (the default one)");
    out->add_option("--to", given_.to, "The file, which must not be there yet")->required();
    add_copy("repair", "Makes a copy whose files open, and says what it has lost",
             [this](const Console& console) { return repair(given_, console); });
    add_copy("backup", "Makes a copy of a store that nobody has open",
             [this](const Console& console) { return backup(given_, console); });
  }

  int run(const std::vector<std::string>& args, const Console& console) {
    const auto first = args.empty() ? std::string() : args[0];
    if (!first.starts_with('-') && !is_command(first)) {
      console.err << fmt::format(
          "{0}: {1}\n  try    `{0} --help`, which lists them\n", console.program,
          first.empty() ? "give a command"
                        : fmt::format("there is no command \"{}\"", shown(first, 60)));
      return 2;
    }
    try {
      app_.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, console.out, console.err) == 0 ? 0 : 2;
    }
    auto code = chosen_(console);
    if (!code) {
      const auto command = app_.get_subcommands().front()->get_name();
      return tell(code.error(), advice(code.code(), console.program, command, given_.source),
                  console);
    }
    if (!console.out.flush()) {
      console.err << console.program << ": the output could not be written\n";
      return 1;
    }
    return *code;
  }

 private:
  using Command = std::function<Result<int>(const Console&)>;

  static constexpr auto purpose =
      "Looks into the stores of Reprise. Nothing it does changes the data of the store "
      "it is given.";
  static constexpr auto pages =
      "Pages it names, as docs/errors/corrupt.md, are in the source tree; an installation has them "
      "below share/doc/reprise.";

  [[nodiscard]] bool is_command(const std::string& name) const {
    return !app_.get_subcommands([&](const CLI::App* one) { return one->check_name(name); })
                .empty();
  }
  CLI::App* add(const std::string& name, const std::string& about, Command command,
                const std::string& source = "Folder of the store, or a journal file") {
    auto* sub = app_.add_subcommand(name, about);
    sub->add_option("STORE", given_.source, source)->required();
    sub->callback([this, command = std::move(command)] { chosen_ = command; });
    return sub;
  }
  void add_list() {
    auto* sub = add("ls", "The instances of a store",
                    [this](const Console& console) { return list(given_, console); });
    sub->add_option_function<std::string>(
           "--status",
           [this](const std::string& text) { given_.status = status_given("--status", text); },
           "Only these: pending, running, waiting, paused, …")
        ->option_text("STATUS");
    sub->add_option("--workflow", given_.workflow, "Only instances of this workflow");
    sub->add_option("--space", given_.space, "Only this namespace");
    add_limit(sub, "At most so many (1000)");
    add_json(sub);
  }
  CLI::App* add_one(const std::string& name, const std::string& about, Command command) {
    auto* sub = add(name, about, std::move(command));
    sub->add_option("ID", given_.ids, "Id of the instance")->required()->expected(1);
    sub->add_option("--space", given_.space, "Its namespace (the default one)");
    add_json(sub);
    return sub;
  }
  void add_copy(const std::string& name, const std::string& about, Command command) {
    add(name, about, std::move(command), "Folder of the store")
        ->add_option("--to", given_.to, "The copy's folder, which must not be there yet")
        ->required();
  }
  void add_corpus() {
    auto* corpus = app_.add_subcommand("corpus", "Recorded histories as a regression suite");
    corpus->require_subcommand(1);
    auto* into = corpus->add_subcommand("add", "Puts histories of a store into the suite");
    into->add_option("FOLDER", given_.to, "The suite's folder, made if it is not there")
        ->required();
    into->add_option("STORE", given_.source, "Folder of the store, or a journal file")->required();
    into->add_option("ID", given_.ids, "Ids of the instances")->required();
    into->add_option("--space", given_.space, "Their namespace (the default one)");
    into->callback([this] {
      chosen_ = [this](const Console& console) { return corpus_add(given_, console); };
    });
    auto* all = corpus->add_subcommand("run", "Runs the code against all histories of the suite");
    all->add_option("FOLDER", given_.source, "The suite's folder")->required();
    all->add_option("--junit", given_.to, "Writes a report for a build server to this file")
        ->option_text("FILE");
    all->add_option_function<std::string>(
           "--jobs",
           [this](const std::string& text) { given_.limit = count_given("--jobs", text); },
           "So many at a time (one a core)")
        ->option_text("N");
    all->callback([this] {
      chosen_ = [this](const Console& console) { return corpus_run(given_, console, workflows_); };
    });
  }
  void add_limit(CLI::App* sub, const std::string& about) {
    sub->add_option_function<std::string>(
           "--limit",
           [this](const std::string& text) { given_.limit = count_given("--limit", text); }, about)
        ->option_text("N");
  }
  void add_json(CLI::App* sub) { sub->add_flag("--json", given_.json, "One JSON object a line"); }

  const Registry& workflows_;
  Arguments given_;
  Command chosen_;
  CLI::App app_;
};

}  // namespace

int run(const std::vector<std::string>& args, const Console& console, const Registry& workflows) {
  return Parser(workflows, console.program).run(args, console);
}

}  // namespace reprise::cli

namespace reprise {

int tool_main(int argc, char** argv, const Registry& workflows) {
  std::string_view program = argc > 0 ? argv[0] : "";
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0.
  if (program.empty()) program = "reprise";
  try {
    const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
    cli::Console console{std::cout, std::cerr};
    console.color = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    console.progress = ::isatty(STDERR_FILENO) != 0;
    console.program = cli::shown(program, 60);
    return cli::run(args, console, workflows);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace reprise

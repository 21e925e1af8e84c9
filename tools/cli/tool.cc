#include "tools/cli/tool.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <reprise/tool.h>

#include "tools/cli/bisect.h"
#include "tools/cli/commands.h"
#include "tools/cli/completion.h"
#include "tools/cli/debug.h"
#include "tools/cli/examples.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/failing.h"
#include "tools/cli/follow.h"
#include "tools/cli/fork.h"
#include "tools/cli/given.h"
#include "tools/cli/library.h"
#include "tools/cli/output.h"
#include "tools/cli/pager.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

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
    app_.add_option("--workflows", given_.library, "Uses the workflows of this shared library")
        ->option_text("LIB");
    add_list();
    add_one("show", "One instance: its status, what it waits for, what to do about a pause",
            Shape::document,
            [this](const Console& console) { return show(given_, console, workflows_); });
    add_one("explain", "Why one does not move, and how often its steps' bodies have run",
            Shape::document, [this](const Console& console) { return explain(given_, console); });
    auto* all =
        add_one("describe", "All there is to one: what show and explain tell, and each operation",
                Shape::document,
                [this](const Console& console) { return describe(given_, console, workflows_); });
    add_limit(all, "Tells at most so many operations, the latest (50)");
    add_history();
    auto* sums = add("stats", "What a store holds, how much of it, and what does not move",
                     [this](const Console& console) { return stats(given_, console); });
    sums->add_flag("--sizes", given_.sizes, "Also measures what is kept, by reading all of it");
    add_output(sums, Shape::document);
    add_paging(sums);
    auto* two = add("diff", "Two histories side by side: where they part, and in what",
                    [this](const Console& console) { return diff(given_, console); });
    two->add_option("OTHER", given_.other_source, "The other one's store or journal file")
        ->required();
    two->add_option("--id", given_.id, "Id in both (the only one there is)");
    two->add_option("--other-id", given_.other_id, "Id in the other one (--id)");
    two->add_option("--space", given_.space, "Their namespace (the default one)");
    add_limit(two, "Tells at most so many differences (10)");
    add_output(two, Shape::lines);
    add_paging(two);
    add_code();
    add_output(add("verify", "Reads everything and says what is damaged",
                   [this](const Console& console) { return verify(given_, console); }),
               Shape::document);
    auto* out = add("export", "Writes the histories of some instances into a journal file",
                    [this](const Console& console) { return export_file(given_, console); });
    out->add_option("ID", given_.ids, "Ids of the instances")->required();
    out->add_option("--space", given_.space, "Their namespace (the default one)");
    out->add_option("--to", given_.to, "The file, which must not be there yet")->required();
    add_output(out, Shape::document);
    add_copy("repair", "Makes a copy whose files open, and says what it has lost",
             [this](const Console& console) { return repair(given_, console); });
    add_copy("backup", "Makes a copy of a store that nobody has open",
             [this](const Console& console) { return backup(given_, console); });
    add_completion();
    add_examples(app_, "", program);
  }

  int run(const std::vector<std::string>& args, const Console& console) {
    const auto first = args.empty() ? std::string() : args[0];
    if (!first.starts_with('-') && !is_command(first)) {
      console.err << fmt::format(
          "{0}: {1}\n  try    `{0} --help`, which lists them\n", console.program,
          first.empty() ? "give a command"
                        : fmt::format("there is no command \"{}\"", shown(first, 60)));
      return exits::usage;
    }
    try {
      app_.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, console.out, console.err) == 0 ? exits::done : exits::usage;
    }
    if (!given_.library.empty()) {
      if (auto loaded = load_workflows(given_.library, workflows_); !loaded) {
        return tell_failure(loaded.error(), "", given_.source, console);
      }
    }
    auto code = run_chosen(console);
    if (!code) {
      const auto command = app_.get_subcommands().front()->get_name();
      return tell_failure(code.error(), command, given_.source, console);
    }
    if (!console.out.flush()) {
      console.err << console.program << ": the output could not be written\n";
      return exits::io;
    }
    return *code;
  }

 private:
  /// What a command tells: one thing, several, or several that can be drawn.
  enum class Shape { document, lines, pictures };

  static constexpr auto purpose =
      "Looks into the stores of Reprise. Nothing it does changes the data of the store "
      "it is given.";
  static constexpr auto pages =
      "Pages it names, as docs/errors/corrupt.md, are in the source tree; an installation has them "
      "below share/doc/reprise.";

  Result<int> run_chosen(const Console& console) {
    if (array_) return run_as_array(console);
    const bool paged = console.page != nullptr && !given_.follow &&
                       paged_.contains(app_.get_subcommands().front());
    if (!paged || no_pager_) return chosen_(console);
    std::ostringstream text;
    auto code = chosen_({text, console.err, console.color, console.progress, console.program});
    if (!console.page(text.str())) console.out.setstate(std::ios::badbit);
    return code;
  }
  Result<int> run_as_array(const Console& console) {
    ArrayOfLines array(console.out);
    auto code = chosen_({array, console.err, false, console.progress, console.program});
    // Of what could not be begun there is nothing to be told, not even that it is empty.
    if (code || array.begun()) array.end();
    return code;
  }
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
           "Only these")
        ->option_text(statuses_known("|"));
    sub->add_option("--workflow", given_.workflow, "Only instances of this workflow");
    sub->add_option("--space", given_.space, "Only this namespace");
    add_limit(sub, "At most so many (1000)");
    add_output(sub, Shape::lines);
    add_paging(sub);
  }
  CLI::App* add_one(const std::string& name, const std::string& about, Shape shape,
                    Command command) {
    auto* sub = add(name, about, std::move(command));
    sub->add_option("ID", given_.ids, "Id of the instance (the only one there is)")->expected(1);
    sub->add_option("--space", given_.space, "Its namespace (the default one)");
    add_output(sub, shape);
    add_paging(sub);
    return sub;
  }
  /// What runs the workflows' code.
  void add_code() {
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
    add_output(again, Shape::lines);
    add_output(add_fork(app_, given_, workflows_,
                        [this](Command command) { chosen_ = std::move(command); }),
               Shape::lines);
    add_output(add_bisect(app_, given_, [this](Command command) { chosen_ = std::move(command); }),
               Shape::lines);
    add_corpus();
    add_debug(app_, given_, workflows_, [this](Command command) { chosen_ = std::move(command); });
  }
  void add_history() {
    auto* sub = add_one("history", "The events of one instance, in order", Shape::pictures,
                        [this](const Console& console) {
                          return given_.follow ? follow(given_, console, real_wait())
                                               : history(given_, console);
                        });
    sub->add_flag("--follow", given_.follow, "Goes on with what is recorded, until it ends");
    add_limit(sub, "At most so many events (all; on a page of HTML 2000)");
    const auto text_option = [&](const std::string& name, const std::string& form,
                                 const std::string& about, const auto& take) {
      sub->add_option_function<std::string>(name, take, about)->option_text(form);
    };
    sub->add_option_function<std::vector<std::string>>(
           "--kind",
           [this](const std::vector<std::string>& all) {
             for (const auto& text : all) given_.events.kinds.merge(kinds_given("--kind", text));
           },
           "Only events of this kind, as step_completed, or of all that begin so, as step; may be "
           "given several times")
        ->option_text("KIND")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--name", given_.events.name, "Only what concerns the step, signal, … so named")
        ->option_text("NAME");
    text_option("--op", "OP", "Only what concerns the operation of this number",
                [this](const std::string& text) {
                  given_.events.op = static_cast<OpId>(count_given("--op", text));
                });
    text_option(
        "--from", "SEQ|TIME", "Only from this event or time (UTC) on",
        [this](const std::string& text) { given_.events.from = bound_given("--from", text); });
    text_option("--to", "SEQ|TIME", "Only to this event or time (UTC), it included",
                [this](const std::string& text) { given_.events.to = bound_given("--to", text); });
  }
  void add_copy(const std::string& name, const std::string& about, Command command) {
    auto* sub = add(name, about, std::move(command), "Folder of the store");
    sub->add_option("--to", given_.to, "The copy's folder, which must not be there yet")
        ->required();
    add_output(sub, Shape::document);
  }
  void add_corpus() {
    auto* corpus = app_.add_subcommand("corpus", "Recorded histories as a regression suite");
    corpus->require_subcommand(1);
    auto* into = corpus->add_subcommand("add", "Puts histories of a store into the suite");
    into->add_option("FOLDER", given_.to, "The suite's folder, made if it is not there")
        ->required();
    into->add_option("STORE", given_.source, "Folder of the store, or a journal file")->required();
    into->add_option("ID", given_.ids, "Ids of the instances (all)");
    into->add_option("--space", given_.space, "Their namespace (the default one)");
    add_output(into, Shape::document);
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
    add_output(all, Shape::lines);
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
  /// For what tells much: `--no-pager`.
  void add_paging(CLI::App* sub) {
    paged_.insert(sub);
    sub->add_flag("--no-pager", no_pager_, "On a terminal: tells all at once");
  }
  void add_completion() {
    auto* sub = app_.add_subcommand("completion", "Prints a script for the shell's completion");
    sub->add_option("SHELL", shell_, "bash or zsh")->required()->check([](const std::string& text) {
      const bool known = text == "bash" || text == "zsh";
      return known
                 ? ""
                 : fmt::format("there is no script for \"{}\"; give bash or zsh", shown(text, 60));
    });
    sub->callback([this] {
      chosen_ = [this](const Console& console) -> Result<int> {
        console.out << (shell_ == "zsh" ? zsh_completion(app_, console.program)
                                        : bash_completion(app_, console.program));
        return exits::done;
      };
    });
  }
  static void add_examples(CLI::App& app, const std::string& path, const std::string& program) {
    for (auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      const auto inner = path + (path.empty() ? "" : " ") + sub->get_name();
      const auto example = example_of(inner);
      if (!example.empty()) sub->footer(fmt::format("Example:\n  {} {}", program, example));
      add_examples(*sub, inner, program);
    }
  }
  void add_output(CLI::App* sub, Shape shape) {
    const bool pictures = shape == Shape::pictures;
    auto* output = sub->add_option_function<std::string>(
        "--output",
        [this, shape](const std::string& text) {
          given_.json = text == "json" || text == "jsonl";
          array_ = text == "json" && shape != Shape::document;
          if (text == "mermaid") given_.picture = Arguments::Picture::mermaid;
          if (text == "html") given_.picture = Arguments::Picture::html;
        },
        fmt::format("How it is told: {}jsonl is one JSON object a line, json {}",
                    pictures ? "html is a page, mermaid a diagram, " : "",
                    shape == Shape::document ? "the same" : "one array of them"));
    const std::vector<std::string> names = {"text", "json", "jsonl", "mermaid", "html"};
    output->option_text(pictures ? "text|json|jsonl|mermaid|html" : "text|json|jsonl")
        ->check([names, pictures](const std::string& text) {
          const auto end = names.end() - (pictures ? 0 : 2);
          if (std::find(names.begin(), end, text) != end) return std::string();
          return fmt::format("there is no output \"{}\"; give one of text, json, jsonl{}",
                             shown(text, 60), pictures ? ", mermaid, html" : "");
        });
    sub->add_flag("--json", given_.json, "Short for --output jsonl")->excludes(output);
  }

  Registry workflows_;
  Arguments given_;
  bool array_ = false;     ///< Lines are made one array.
  bool no_pager_ = false;  ///< Asked for.
  std::string shell_;
  std::set<const CLI::App*> paged_;
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
    if (::isatty(STDOUT_FILENO) != 0) {
      const auto pager = cli::pager_of(std::getenv("PAGER"));
      console.page = [pager](std::string_view text) { return cli::page(text, pager); };
    }
    return cli::run(args, console, workflows);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return cli::exits::software;
  }
}

}  // namespace reprise

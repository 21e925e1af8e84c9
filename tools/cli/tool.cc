#include "tools/cli/tool.h"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <reprise/tool.h>

#include "tools/cli/commands.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

/// What to do about an error whose own sentence does not say.
std::string_view advice(Code code) {
  switch (code) {
    case Code::store_locked:
      return "end that process, or wait; a store is read by one process at a time";
    case Code::store_unusable: return "give the folder that an engine was opened with";
    case Code::missing_data:
    case Code::corrupt:
      return "restore a backup; or `reprise repair STORE --to COPY`, which leaves STORE as it is";
    case Code::not_a_journal_file: return "give a store's folder, or a file of `reprise export`";
    case Code::newer_format: return "use the `reprise` of the build that wrote it";
    case Code::not_found: return "`reprise ls` lists what is there; --space names a namespace";
    default: return {};
  }
}

int tell(const Error& error, const Console& console) {
  console.err << "reprise: " << shown(error.message(), 2000) << '\n'
              << fmt::format("  code   {} ({}), docs/errors/{}.md\n", name(error.code()),
                             static_cast<int>(error.code()), name(error.code()));
  if (const auto what = advice(error.code()); !what.empty()) {
    console.err << "  try    " << what << '\n';
  }
  return 1;
}

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

/// The commands, each with its arguments, as CLI11 knows them.
class Parser {
 public:
  explicit Parser(const Registry& workflows) : workflows_(workflows) {
    app_.require_subcommand(1);
    app_.failure_message(CLI::FailureMessage::simple);
    add_list();
    add_one("show", "One instance: its status, what it waits for, what to do about a pause",
            [this](const Console& console) { return show(given_, console, workflows_); });
    add_one("history", "The events of one instance, in order", [this](const Console& console) {
      return history(given_, console);
    })->add_option("--limit", given_.limit, "At most so many events (all)");
    add("verify", "Reads everything and says what is damaged",
        [this](const Console& console) { return verify(given_, console); });
    auto* out = add("export", "Writes the histories of some instances into a journal file",
                    [this](const Console& console) { return export_file(given_, console); });
    out->add_option("ID", given_.ids, "Ids of the instances")->required();
    out->add_option("--space", given_.space, "Their namespace (the default one)");
    out->add_option("--to", given_.to, "The file, which must not be there yet")->required();
    add_copy("repair", "Makes a copy that opens, and says what it has lost",
             [this](const Console& console) { return repair(given_, console); });
    add_copy("backup", "Makes a copy of a store that nobody has open",
             [this](const Console& console) { return backup(given_, console); });
  }

  int run(const std::vector<std::string>& args, const Console& console) {
    try {
      app_.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, console.out, console.err) == 0 ? 0 : 2;
    }
    auto code = chosen_(console);
    console.out.flush();
    return code ? *code : tell(code.error(), console);
  }

 private:
  using Command = std::function<Result<int>(const Console&)>;

  CLI::App* add(const std::string& name, const std::string& about, Command command) {
    auto* sub = app_.add_subcommand(name, about);
    sub->add_option("STORE", given_.source, "Folder of the store, or a journal file")->required();
    sub->callback([this, command = std::move(command)] { chosen_ = command; });
    return sub;
  }
  void add_list() {
    auto* sub = add("ls", "The instances of a store",
                    [this](const Console& console) { return list(given_, console); });
    sub->add_option("--status", given_.status, "Only these: pending, running, waiting, paused, …")
        ->transform(CLI::CheckedTransformer(statuses(), CLI::ignore_case))
        ->option_text("STATUS");
    sub->add_option("--workflow", given_.workflow, "Only instances of this workflow");
    sub->add_option("--space", given_.space, "Only this namespace");
    sub->add_option("--limit", given_.limit, "At most so many (1000)");
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
    add(name, about, std::move(command))
        ->add_option("--to", given_.to, "The copy's folder, which must not be there yet")
        ->required();
  }
  void add_json(CLI::App* sub) { sub->add_flag("--json", given_.json, "One JSON object a line"); }

  const Registry& workflows_;
  Arguments given_;
  Command chosen_;
  CLI::App app_{"Looks into the stores of Reprise. Nothing it does changes the store it is given.",
                "reprise"};
};

}  // namespace

int run(const std::vector<std::string>& args, const Console& console, const Registry& workflows) {
  return Parser(workflows).run(args, console);
}

}  // namespace reprise::cli

namespace reprise {

int tool_main(int argc, char** argv, const Registry& workflows) {
  try {
    const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
    cli::Console console{std::cout, std::cerr};
    console.color = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    console.progress = ::isatty(STDERR_FILENO) != 0;
    return cli::run(args, console, workflows);
  } catch (const std::exception& error) {
    std::cerr << "reprise: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace reprise

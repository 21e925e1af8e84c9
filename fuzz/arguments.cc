// The arguments of the `reprise` command, as a shell hands them over, in a folder of its own.
//
// The input is one argument a line. None leaves the folder: there is no slash in it, nor "..".
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <reprise/registry.h>

#include "fuzz/fuzz.h"
#include "journal/journal_file.h"
#include "replay/instance_state.h"
#include "replay/message.h"
#include "tools/cli/tool.h"

#include <nlohmann/json.hpp>

namespace reprise::fuzz {
namespace {

namespace fs = std::filesystem;

/// A journal file of one instance, "id".
journal::JournalFile some_file() {
  journal::JournalFile file;
  file.shards = 1;
  file.names = {"workflow"};
  auto& instance = file.instances.emplace_back();
  instance.key = {"", "id"};
  instance.run = RunId::make(0, 1);
  replay::Names names;
  names.add("workflow");
  replay::InstanceState state;
  state.run = instance.run;
  replay::Event event;
  event.name = 1;
  for (const auto kind : {replay::EventKind::workflow_started, replay::EventKind::step_scheduled,
                          replay::EventKind::workflow_paused}) {
    event.kind = kind;
    event.id = kind == replay::EventKind::workflow_started ? "id" : "";
    event.op = event.attempt = kind == replay::EventKind::step_scheduled ? 1 : 0;
    event.number = kind == replay::EventKind::workflow_paused ? 1 : 0;
    auto& bytes = instance.events.emplace_back();
    replay::encode(event, bytes);
    replay::apply_instance(state, event, bytes, names, 1);
  }
  instance.status = static_cast<std::uint8_t>(state.status);
  instance.hash = state.hash;
  return file;
}

/// The working folder of this process: made once, in memory where there is such a file system.
class Folder {
 public:
  Folder() {
    const auto parent = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    auto name = (parent / "reprise_fuzz.XXXXXX").string();
    holds(::mkdtemp(name.data()) != nullptr, "there is a place for files");
    path_ = name;
    fs::current_path(path_);
    bytes_ = journal::encode(some_file());
    clean();
  }
  ~Folder() {
    std::error_code ignored;
    fs::current_path("/", ignored);
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// As it was at first, whatever the command has left.
  void clean() {
    bool there = false;
    for (const auto& found : fs::directory_iterator(path_)) {
      if (found.path().filename() == "f") {
        there = true;
      } else {
        fs::remove_all(found.path());
      }
    }
    if (!there) std::ofstream(path_ / "f", std::ios::binary) << bytes_;
  }

 private:
  fs::path path_;
  std::string bytes_;
};

std::vector<std::string> arguments_of(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty() && arguments.size() < 16) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string one(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::replace(one.begin(), one.end(), '/', '_');
    std::replace(one.begin(), one.end(), '\0', '0');
    if (one == "..") one = "f";
    arguments.push_back(std::move(one));
  }
  return arguments;
}

/// Whether all that is told on success is JSON: it is not help, "-h" of several short ones
/// included.
bool asks_for_json(const std::vector<std::string>& arguments) {
  const auto has = [&](std::string_view word) {
    return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
  };
  const bool tells = has("ls") || has("show") || has("history") || has("verify");
  const bool helps = has("--help") || has("--version") ||
                     std::any_of(arguments.begin(), arguments.end(),
                                 [](const std::string& word) { return word.starts_with("-h"); });
  return tells && has("--json") && !helps;
}

void check_lines(const std::string& text, bool json) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    holds(!has_control(line), "what is told steers no terminal");
    if (json) holds(nlohmann::json::accept(line), "what is told as JSON is JSON");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  return {"ls\nf",
          "ls\nf\n--status\nwaiting\n--limit\n3\n--json",
          "ls\n--space\nx\n--workflow=workflow\nf",
          "show\nf\nid",
          "show\nf\nid\n--json",
          "history\nf\nid\n--limit\n2",
          "history\nf\nid\n--output\nhtml\n--from\n2026-11-14T22:13\n--to\n3",
          "history\nf\n--output\nmermaid\n--kind\nstep\n--name\nworkflow\n--op\n1",
          "verify\nf\n--json",
          "history\nf\nid\n--json",
          "verify\nf",
          "export\nf\nid\n--to\nout",
          "export\nf\nid\n--to=f",
          "export\nf\nid\nnone\n--to\nout",
          "repair\nf\n--to\nout",
          "backup\nnothing\n--to\nout",
          "--version",
          "--help",
          "ls\n--help",
          "show\nf\n--\n-id",
          "history\nf\nid\n--limit\n99999999999999999999",
          "",
          "-x"};
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  static fuzz::Folder folder;
  static const Registry none;
  const auto arguments =
      fuzz::arguments_of(std::string_view(reinterpret_cast<const char*>(data), size));
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run(arguments, cli::Console{out, err}, none);
  folder.clean();
  fuzz::holds(code == 0 || code == 1 || (code >= 64 && code <= 78),
              "the exit code is one of those promised");
  fuzz::holds(code == 0 || !err.str().empty() || !out.str().empty(), "a failure says what it is");
  fuzz::check_lines(out.str(), code == 0 && fuzz::asks_for_json(arguments));
  fuzz::check_lines(err.str(), false);
  return 0;
}

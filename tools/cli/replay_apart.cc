// Replays in a process of its own: two libraries of the same workflows can't be in one.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "tools/cli/bisect.h"
#include "tools/cli/json.h"
#include "tools/cli/library.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"
#include "tools/cli/verdict.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

using Json = nlohmann::json;

/// One line to whoever started this process. It has nothing else to do if that fails.
void say(int to, const Json& told) {
  auto line = told.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto wrote = ::write(to, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) ::_exit(1);
    rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

Json of(const Error& error) {
  return {{"code", static_cast<int>(error.code())}, {"message", error.message()}};
}

Json of(const Verdict& verdict) {
  Json told = {
      {"id", verdict.info.key.id}, {"space", verdict.info.key.space}, {"sound", verdict.sound()}};
  if (verdict.sound()) return told;
  std::ostringstream text;
  std::ostringstream unused;
  tell(verdict, {text, unused});
  told["seq"] = verdict.mismatch ? verdict.mismatch->seq : verdict.at + 1;
  told["told"] = text.str();
  told["json"] = line_of(json_of(verdict));
  return told;
}

void replay_file(int to, const std::string& path, const Registry& workflows) {
  auto source = open_source(path);
  if (!source) return say(to, {{"unread", of(source.error())}});
  std::optional<Error> failed;
  auto read = source->reader->each([&](RunId, const Result<runtime::Recorded>& recorded) {
    if (!recorded) {
      failed = recorded.error();
      return;
    }
    say(to, of(run_again(*recorded, workflows, std::numeric_limits<Seq>::max())));
  });
  if (!read) failed = read.error();
  if (failed) say(to, {{"unread", of(*failed)}});
}

[[noreturn]] void replay_from(int to, const std::string& path,
                              const std::vector<std::string>& files, std::size_t first) {
  Registry workflows;
  if (auto loaded = load_workflows(path, workflows); !loaded) {
    say(to, {{"failed", of(loaded.error())}});
    ::_exit(0);
  }
  for (std::size_t i = first; i < files.size(); ++i) {
    say(to, {{"file", i}});
    replay_file(to, files[i], workflows);
  }
  say(to, {{"end", true}});
  ::_exit(0);  // No destructor of what the parent has runs here too.
}

Error error_of(const Json& told) {
  return {static_cast<Code>(told.at("code").get<int>()), told.at("message").get<std::string>()};
}

/// What one process says, line by line.
struct Listening {
  Trials& trials;
  std::size_t file = 0;
  bool begun = false;  ///< The library is loaded, and a file is being read.
  bool ended = false;
  std::optional<Error> failed;

  void hear(std::string_view line) {
    const auto told = Json::parse(line, nullptr, false);
    if (!told.is_object()) return;  // The code has written to what is not its own.
    if (told.contains("failed")) failed = error_of(told["failed"]);
    if (told.contains("end")) ended = true;
    if (told.contains("file")) {
      file = told["file"].get<std::size_t>();
      begun = true;
    }
    if (told.contains("unread")) trials.unread.emplace_back(file, error_of(told["unread"]));
    if (!told.contains("sound")) return;
    trials.all.push_back({file, told.at("id"), told.at("space"), told.at("sound"),
                          told.value("seq", Seq{0}), told.value("told", std::string()),
                          told.value("json", std::string())});
  }
};

/// Hears one process to its end. Errors: io_error.
Result<void> hear(Listening& listening, const std::string& path,
                  const std::vector<std::string>& files, std::size_t first, int& status) {
  int ends[2];
  if (::pipe(ends) != 0) return Error(Code::io_error, std::strerror(errno));
  const auto child = ::fork();
  if (child < 0) return Error(Code::io_error, std::strerror(errno));
  if (child == 0) {
    ::close(ends[0]);
    try {
      replay_from(ends[1], path, files, first);
    } catch (...) {
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  std::FILE* const in = ::fdopen(ends[0], "r");
  char* line = nullptr;
  std::size_t room = 0;
  while (in != nullptr) {
    const auto size = ::getline(&line, &room, in);
    if (size <= 0) break;
    listening.hear({line, static_cast<std::size_t>(size)});
  }
  std::free(line);
  if (in != nullptr) std::fclose(in);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {};
}

}  // namespace

Result<Trials> replay_apart(const std::string& path, const std::vector<std::string>& files) {
  Trials trials;
  for (std::size_t first = 0; first < files.size();) {
    Listening listening{trials, first, false, false, {}};
    int status = 0;
    if (auto heard = hear(listening, path, files, first, status); !heard) {
      return std::move(heard).error();
    }
    if (listening.failed) return *listening.failed;
    if (listening.ended) break;
    const auto how = WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                         : fmt::format("exit code {}", WEXITSTATUS(status));
    if (!listening.begun) {
      return Error(Code::invalid_argument,
                   fmt::format("{}: loading it ended the process ({})", shown(path, 300), how));
    }
    // What it has told of that file stands; which history it died of is not known.
    Trial died{listening.file, "", "", false, 0, {}, {}};
    died.told = fmt::format("the code ended the process ({})\n", how);
    died.json = Json{{"died", how}}.dump();
    trials.all.push_back(std::move(died));
    first = listening.file + 1;
  }
  return trials;
}

}  // namespace reprise::cli

// `bisect`: which histories does new code break that old code replays, and at which event first?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <reprise/result.h>

#include "tools/cli/commands.h"

namespace reprise::cli {

/// How one history did with one library's code.
struct Trial {
  std::size_t file = 0;  ///< Which of those given.
  std::string id;
  std::string space;
  bool sound = false;
  Seq seq = 0;       ///< Where it breaks, if it does.
  std::string told;  ///< As `replay` tells it.
  std::string json;
};

/// What a process that replays with one library has found.
struct Trials {
  std::vector<Trial> all;
  std::vector<std::pair<std::size_t, Error>> unread;  ///< Files.
};

/// Replays all `files` with the workflows of the library at `path`, in a process of its own: code
/// that dies breaks the file it died of, and the next ones go on in another. REQUIRES: the only
/// thread of this process. Errors: those of load_workflows; io_error (no process).
Result<Trials> replay_apart(const std::string& path, const std::vector<std::string>& files);

/// As add_fork.
CLI::App* add_bisect(CLI::App& app, Arguments& given, const std::function<void(Command)>& choose);

}  // namespace reprise::cli

// What each command does, once its arguments are parsed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/result.h>

#include "tools/cli/tool.h"

namespace reprise::cli {

/// Arguments of all commands; which count depends on the command.
struct Arguments {
  std::string source;  ///< STORE
  std::vector<std::string> ids;
  std::optional<std::string> space;
  std::optional<InstanceStatus> status;
  std::string workflow;
  std::optional<std::size_t> limit;
  bool json = false;
  std::string to;
  std::string other_source;             ///< The second one's of two.
  std::optional<std::string> id;        ///< Of two: the first one's, and the second one's too
  std::optional<std::string> other_id;  ///< unless this is given.
  std::optional<std::size_t> until;     ///< Last event to replay.
  bool check = false;
  bool follow = false;
};

/// Exit code of a repair that made a copy which does not hold all, or in which damage is left.
inline constexpr int repaired_with_losses = 3;

/// Each returns the exit code, or why it could not be done (exit code 1).
Result<int> list(const Arguments& given, const Console& console);
Result<int> show(const Arguments& given, const Console& console, const Registry& workflows);
Result<int> history(const Arguments& given, const Console& console);
Result<int> explain(const Arguments& given, const Console& console);
/// The first differences of two histories. 1 if there is any.
Result<int> diff(const Arguments& given, const Console& console);
/// Runs the code of `ids`, or of all, against their histories. 1 if any differs.
Result<int> replay(const Arguments& given, const Console& console, const Registry& workflows);
/// Puts the histories of `ids` into files of their own in folder `to`.
Result<int> corpus_add(const Arguments& given, const Console& console);
/// Replays all files of folder `source`, `limit` at a time, and writes a JUnit report to `to`, if
/// that is given. 1 if any differs or can't be read.
Result<int> corpus_run(const Arguments& given, const Console& console, const Registry& workflows);
Result<int> verify(const Arguments& given, const Console& console);
/// Writes the histories of `ids` into a journal file.
Result<int> export_file(const Arguments& given, const Console& console);
Result<int> repair(const Arguments& given, const Console& console);
Result<int> backup(const Arguments& given, const Console& console);

}  // namespace reprise::cli

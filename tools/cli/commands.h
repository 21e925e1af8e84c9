// What each command does, once its arguments are parsed.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/result.h>

#include "replay/compare.h"
#include "tools/cli/events.h"
#include "tools/cli/tool.h"

namespace CLI {
class App;
}  // namespace CLI

namespace reprise::cli {

/// What is to be done, once the arguments are parsed: the exit code, or why it could not be done.
using Command = std::function<Result<int>(const Console&)>;

/// Arguments of all commands; which count depends on the command.
struct Arguments {
  std::string library;  ///< Of --workflows.
  std::string source;   ///< STORE
  std::vector<std::string> ids;
  std::optional<std::string> space;
  std::optional<InstanceStatus> status;
  std::string workflow;
  std::optional<std::size_t> limit;
  /// Objects instead of text, a line each; what makes one array of them stands behind `out`.
  bool json = false;
  enum class Picture { none, mermaid, html };
  Picture picture = Picture::none;
  EventFilter events;
  std::string to;
  std::string other_source;             ///< The second one's of two.
  std::optional<std::string> id;        ///< Of two: the first one's, and the second one's too
  std::optional<std::string> other_id;  ///< unless this is given.
  std::optional<std::size_t> until;     ///< Last event to replay.
  bool check = false;
  bool sizes = false;  ///< Measures what the store keeps, by reading it.
  bool follow = false;
};

/// Each returns the exit code (exit_code.h), or why it could not be done.
Result<int> list(const Arguments& given, const Console& console);
Result<int> show(const Arguments& given, const Console& console, const Registry& workflows);
/// All there is to one.
Result<int> describe(const Arguments& given, const Console& console, const Registry& workflows);
/// What the source holds, how much of it, and what in it does not move.
Result<int> stats(const Arguments& given, const Console& console);
Result<int> history(const Arguments& given, const Console& console);
Result<int> explain(const Arguments& given, const Console& console);
/// Both sides, and each field that differs.
void tell(const replay::Difference& one, const Console& console);
/// The first differences of two histories. exits::found if there is any.
Result<int> diff(const Arguments& given, const Console& console);
/// Runs the code of `ids`, or of all, against their histories. exits::found if any differs.
Result<int> replay(const Arguments& given, const Console& console, const Registry& workflows);
/// Puts the histories of `ids` into files of their own in folder `to`.
Result<int> corpus_add(const Arguments& given, const Console& console);
/// Replays all files of folder `source`, `limit` at a time, and writes a JUnit report to `to`, if
/// that is given. exits::found if any differs or can't be read.
Result<int> corpus_run(const Arguments& given, const Console& console, const Registry& workflows);
Result<int> verify(const Arguments& given, const Console& console);
/// Writes the histories of `ids` into a journal file.
Result<int> export_file(const Arguments& given, const Console& console);
/// exits::found of a copy that does not hold all, or in which damage is left.
Result<int> repair(const Arguments& given, const Console& console);
Result<int> backup(const Arguments& given, const Console& console);

}  // namespace reprise::cli

// `replay`: runs the workflows' code against what was recorded, and says where they part.
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/progress.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"
#include "tools/cli/verdict.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

/// What a run has told so far. Histories alike have the same notes: with `--check` each is told
/// once, at the end.
class Tally {
 public:
  Tally(const Arguments& given, const Console& console)
      : given_(given), console_(console), progress_(console) {}

  void take(const Verdict& verdict) {
    ++seen_;
    if (!verdict.sound()) ++failed_;
    if (given_.json) {
      clear();
      console_.out << line_of(json_of(verdict)) << '\n';
    } else if (!given_.check || !verdict.sound()) {
      clear();
      tell(verdict, console_);
      for (const auto& note : verdict.notes) tell(note, console_);
    } else {
      for (const auto& note : verdict.notes) ++notes_[{note.site, note.text}];
    }
    progress_.step("replayed");
  }

  /// The sum, and the exit code.
  int end() {
    clear();
    if (given_.json) return code();
    for (const auto& [note, count] : notes_) {
      const auto& [site, text] = note;
      console_.out << fmt::format("note  {}{}{}, in {}\n", shown(text, 300),
                                  site.empty() ? "" : "  at ", shown(site, 300),
                                  counted(count, "history", "histories"));
    }
    console_.out << fmt::format(
        "{}: {}\n", counted(seen_, "history", "histories"),
        failed_ == 0 ? "all replay" : counted(failed_, "does not replay", "do not replay"));
    return code();
  }

  /// Takes the line of progress away.
  void clear() { progress_.clear(); }

 private:
  [[nodiscard]] int code() const { return failed_ == 0 ? exits::done : exits::found; }

  const Arguments& given_;
  const Console& console_;
  std::size_t seen_ = 0;
  std::size_t failed_ = 0;
  Progress progress_;
  std::map<std::pair<std::string, std::string>, std::size_t> notes_;
};

/// One that could not be read counts as one that does not replay; the others go on.
Verdict judge(const Result<runtime::Recorded>& recorded, const InstanceKey& key,
              const Registry& workflows, Seq until) {
  if (recorded) return run_again(*recorded, workflows, until);
  Verdict verdict;
  verdict.info.key = key;
  verdict.error = recorded.error();
  return verdict;
}

}  // namespace

Result<int> replay(const Arguments& given, const Console& console, const Registry& workflows) {
  if (workflows.entries().empty()) return no_workflows();
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  const Seq until = given.until.value_or(std::numeric_limits<Seq>::max());
  Tally tally(given, console);
  for (const auto& id : given.ids) {
    const InstanceKey key{given.space.value_or(""), id};
    const auto recorded = source->reader->recorded(key);
    if (recorded.code() == Code::not_found) return recorded.error();
    tally.take(judge(recorded, key, workflows, until));
  }
  if (!given.ids.empty()) return tally.end();
  const auto each = [&](RunId run, const Result<runtime::Recorded>& recorded) {
    if (recorded && given.space && recorded->info.key.space != *given.space) return;
    const InstanceKey nameless{"", fmt::format("run {:016x}", run.value)};
    tally.take(judge(recorded, nameless, workflows, until));
  };
  auto read = source->reader->each(each);
  tally.clear();
  if (!read) return std::move(read).error();
  return tally.end();
}

}  // namespace reprise::cli

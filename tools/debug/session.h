// A debugging session over one recorded run: where it stands, where it is to stop, and what it is
// asked.
//
//   next [N]  back [N]  step N  goto SEQ  first  last       moves by events
//   break WHERE  break  delete N  continue  reverse         stops (condition.h)
//   events [FIRST [LAST]]  print WHAT  why  list  ask NAME  looks
//
// Invariants:
// - It stands before an event: that one and all behind it have not happened yet.
// - Nothing it is told changes what is recorded.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/tool.h"
#include "tools/debug/condition.h"
#include "tools/debug/execution.h"
#include "tools/debug/source_lines.h"
#include "tools/debug/story.h"

namespace reprise::debug {

class Session {
 public:
  /// A command that somebody else brings along: it gets the rest of the line.
  struct Extra {
    std::string name;
    std::string usage;  ///< For `help`.
    std::function<Result<void>(std::string_view rest)> run;
  };

  /// All outlive it. `execution`: null where there is no code.
  Session(Story& story, Execution* execution, SourceLines& sources, const cli::Console& console)
      : story_(story), execution_(execution), sources_(sources), console_(console) {}

  void add(Extra extra) { extras_.push_back(std::move(extra)); }

  /// Stands before event `next` and says so. Errors: those of Execution::go, after which it stands
  /// where it stood.
  Result<void> begin(Seq next);

  /// Does what a line says; an empty one again what the last moving one said. Errors:
  /// invalid_argument (no such command, or not so), not_found, and those of Execution.
  Result<void> execute(std::string_view line);

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// The event before which it stands.
  [[nodiscard]] Seq next() const noexcept { return next_; }
  /// For a prompt.
  [[nodiscard]] Seq last() const noexcept { return story_.last(); }

 private:
  using Words = std::vector<std::string_view>;
  struct Command {
    std::string_view name;
    std::string_view brief;  ///< Another name.
    std::string_view usage;
    Result<void> (Session::*run)(const Words& words, std::string_view rest);
    bool again = false;  ///< An empty line does it again.
  };
  static const std::vector<Command>& commands();

  Result<void> forward(const Words& words, std::string_view rest);
  Result<void> back(const Words& words, std::string_view rest);
  Result<void> jump(const Words& words, std::string_view rest);
  Result<void> to_first(const Words& words, std::string_view rest);
  Result<void> to_last(const Words& words, std::string_view rest);
  Result<void> go_on(const Words& words, std::string_view rest);
  Result<void> go_back(const Words& words, std::string_view rest);
  Result<void> stop_at(const Words& words, std::string_view rest);
  Result<void> remove(const Words& words, std::string_view rest);
  Result<void> events(const Words& words, std::string_view rest);
  Result<void> print(const Words& words, std::string_view rest);
  Result<void> why(const Words& words, std::string_view rest);
  Result<void> list(const Words& words, std::string_view rest);
  Result<void> ask(const Words& words, std::string_view rest);
  Result<void> help(const Words& words, std::string_view rest);
  Result<void> quit(const Words& words, std::string_view rest);

  Result<void> move(Seq next);
  [[nodiscard]] std::optional<Seq> stop(Seq from, bool forwards) const;
  [[nodiscard]] const Arrival* arrival() const noexcept { return arrival_ ? &*arrival_ : nullptr; }

  Story& story_;
  Execution* execution_;
  SourceLines& sources_;
  const cli::Console& console_;
  std::vector<Extra> extras_;
  std::map<std::size_t, Condition> stops_;
  std::size_t stop_number_ = 0;
  Seq next_ = 1;
  std::optional<Arrival> arrival_;
  std::string again_;
  bool ended_ = false;
};

}  // namespace reprise::debug

// How code does against one recorded history, and how that is told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <reprise/options.h>
#include <reprise/registry.h>

#include "replay/rerun.h"
#include "runtime/reader.h"
#include "tools/cli/tool.h"

namespace reprise::cli {

struct Verdict {
  InstanceInfo info;
  Seq at = 0;  ///< The last event that code and history agree about.
  std::optional<replay::Mismatch> mismatch;
  std::optional<Error> error;
  std::vector<replay::Note> notes;  ///< Each once for each source line.
  std::vector<std::string> ahead;   ///< What the code would go on with.

  [[nodiscard]] bool sound() const { return !mismatch && !error; }
};

/// Runs the code as far as event `until`.
Verdict run_again(const runtime::Recorded& recorded, const Registry& workflows, Seq until);

/// What is recorded, what the code issued, what differs, and what is often behind that.
void tell(const replay::Mismatch& mismatch, const Console& console);
/// For a person, without its notes.
void tell(const Verdict& verdict, const Console& console);
void tell(const replay::Note& note, const Console& console);
nlohmann::ordered_json json_of(const Verdict& verdict);
/// "differs at event 7: name", or why it could not be replayed; "" of a sound one.
std::string reason_of(const Verdict& verdict);
/// What to say to a program without workflows.
Error no_workflows();

}  // namespace reprise::cli

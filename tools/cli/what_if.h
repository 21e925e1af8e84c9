// What if: a recorded history's beginning is kept, and from there the code runs on alone.
//
// Nothing is let out: no store, thread or clock is used, no body runs but those that are asked for.
// What comes is what was recorded behind the fork, or what a variant says instead, on simulated
// time: at its recorded time where it came from outside, after its recorded wait where it answered
// the code.
//
// Invariants:
// - A variant that changes nothing gives the recorded history again, if the code is the same.
// - It ends: at the code's end, where nothing more can come, where a result is missing, or at its
//   bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/result.h>

#include "journal/journal_file.h"
#include "replay/compare.h"
#include "replay/instance_state.h"
#include "runtime/history_buffer.h"
#include "runtime/portable.h"
#include "runtime/reader.h"

namespace reprise::cli {

/// One answer that is otherwise than recorded.
struct Given {
  enum class Kind : std::uint8_t { step, signal, child };
  Kind kind = Kind::step;
  std::string name;  ///< Of a child: its id.
  std::uint64_t count =
      0;  ///< The how-many-th behind the fork, from 1; 0: each of a step or child.
  detail::Outcome outcome;
  std::string text;  ///< As it was written.
};

/// Reads `step:charge=throw:Declined:no money`, `step:charge#2={"total":3}`, `signal:approve=true`,
/// `child:order-1/2=throw:OutOfStock`. Nothing behind `=` is no value. Errors: invalid_argument.
Result<Given> parse_given(std::string_view text);

struct Variant {
  std::string name;
  std::vector<Given> given;
  std::set<std::string, std::less<>> live;  ///< Steps whose bodies run, for real.
};

/// What a fork may take before it is ended: code may go on for ever.
struct Bounds {
  Seq events = 10'000;                                   ///< Beyond as many as were recorded.
  Nanos time = Nanos{3650} * 24 * 3600 * 1'000'000'000;  ///< Simulated.
};

/// What became of a variant.
struct Forked {
  std::string variant;
  Seq kept = 0;  ///< Events of the recorded history.
  replay::InstanceState state;
  runtime::HistoryBuffer events;  ///< Whole.
  replay::Names names;            ///< Of the events.
  Nanos took = 0;                 ///< Simulated, from the fork on.

  InstanceInfo info;               ///< With what it waits for.
  std::vector<std::string> needs;  ///< Answers that nobody has given, a sentence each.
  std::vector<std::string> notes;  ///< What was taken for granted, a sentence each.
  std::optional<Error> error;      ///< Why the code could not run on: undecodable, or its bounds.
  /// Where it parts from the recorded history, if it does.
  std::optional<replay::Difference> parts;

  /// The code ran as far as what is known goes.
  [[nodiscard]] bool done() const { return needs.empty() && !error; }
};

/// Keeps the events before `at` of `recorded`, whose Reader lives, and runs the code on. A fork
/// amid what the code issued at once is sound: it issues the rest again. Errors: invalid_argument
/// (no such event), unregistered, mismatch (the code disagrees with what is kept), corrupt,
/// unknown_kind, undecodable.
Result<Forked> fork(const runtime::Recorded& recorded, const Registry& workflows, Seq at,
                    const Variant& variant, const Bounds& bounds = {});

/// The fork's history as a file; `original` is the recorded one, of the same instance. Errors:
/// corrupt, unknown_kind.
Result<journal::JournalFile> file_of(const Forked& forked, runtime::Exported original,
                                     const journal::Store& store);

}  // namespace reprise::cli

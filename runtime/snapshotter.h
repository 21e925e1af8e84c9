// Moves a shard's snapshot position forward: rows for every run touched, then the position row,
// then the trim. Fuzzy and incremental: a few rows a turn, while the shard works on.
//
// Invariants:
// - A row is put in the commit group of the record that holds its last event, or of a later one.
// - The position row for S is put only after every row of a run touched at or before S is durable,
//   and carries the shard state as it was when S was sealed.
// - Nothing is trimmed before the position row is durable.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/activation.h"
#include "runtime/core.h"

namespace reprise::runtime {

class Snapshotter {
 public:
  Snapshotter(Core& core, Activation& activation) : core_(core), activation_(activation) {}

  /// Does a bounded share of the work; call once a turn, before submitting. True if more is left.
  bool poll();

  /// Asks for a snapshot now, whatever was recorded since the last one.
  void request() { requested_ = true; }

  /// Frees runs that have ended, and instances that are at rest until memory is within the budget.
  /// Call once a turn: it looks through those only as often as that costs little.
  void evict();

 private:
  void begin();
  /// False if it did nothing but wait.
  bool write_rows();
  bool write_row(Resident& resident);
  void write_position();
  /// Nothing more happens to a run that has ended, and most are never looked at again but at once:
  /// its row goes in the commit group of its last event, or soon (busy), the run itself when a few
  /// more have ended and that is durable. Memory that is used again soon is warm, and costs no page
  /// fault.
  void let_ended_go();
  void let_go(RunId run);
  [[nodiscard]] std::size_t ended_held() const;
  [[nodiscard]] bool busy() const;
  [[nodiscard]] std::vector<RunId> at_rest() const;

  enum class Stage : std::uint8_t { idle, rows, rows_written, position_written };

  Core& core_;
  Activation& activation_;
  Stage stage_ = Stage::idle;
  bool requested_ = false;
  std::uint64_t events_at_last_ = 0;
  Position snapshot_ = 0;
  Hash128 chain_;
  std::string shard_state_;   ///< Encoded when `snapshot_` was sealed.
  std::uint64_t ticket_ = 0;  ///< Durable once the puts of this stage are.
  /// Runs that have ended, with the submission that makes their rows durable.
  std::deque<std::pair<RunId, std::uint64_t>> leaving_;
};

}  // namespace reprise::runtime

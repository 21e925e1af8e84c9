// A workflow instance in memory: its state, its code if it runs, and what is attached to it here.
//
// Owned by its shard's Core; used on the shard's thread only. Everything but `state` is volatile:
// an evicted or crashed instance gets it back from its row and the journal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "replay/decider.h"
#include "replay/instance_state.h"
#include "runtime/hints.h"
#include "runtime/history_buffer.h"
#include "runtime/inbox.h"
#include "runtime/rows.h"

namespace reprise::runtime {

/// A body that was started here and has not returned.
struct RunningBody {
  std::uint32_t attempt = 0;
  Nanos started = 0;                        ///< By the steady clock; kept of a token's alone.
  std::stop_source stop{std::nostopstate};  ///< Without a state where nobody looks.
  bool borrows_frame = false;
  /// Frames set aside because history went on without this body; freed when it returns.
  std::shared_ptr<replay::Decider> keeper;
};

/// Why code does not run here, though the journal says open: shown over the journaled status.
struct Mark {
  /// mismatch, unregistered, undecodable, newer_format; corrupt, of its history; io_error, which is
  /// lifted again in a second.
  Code code = Code::mismatch;
  std::string text;
};

struct Resident {
  replay::InstanceState state;
  HistoryBuffer recent;   ///< Events after the last chunk put.
  HistoryBuffer writing;  ///< The last chunk put, until that is durable (row_ticket).
  std::shared_ptr<replay::Decider> decider;  ///< Null until code is needed.
  Seq fed = 0;  ///< Last event the decider has been fed, or made itself.
  std::map<OpId, RunningBody> bodies;
  /// Scheduled steps whose start met a pause or a mark: started when that is lifted.
  std::set<OpId> held_back;
  bool started = false;     ///< A body of it was started in this process.
  bool state_told = false;  ///< That what it watches differs was logged.
  std::optional<Mark> mark;
  Seq verified = 0;                 ///< State's seq when verify_replay() compared last.
  std::uint32_t verifications = 0;  ///< Since it was loaded.
  Hints hints;                      ///< Beside the last row handed to a commit group.
  Seq row_seq = 0;                  ///< State's seq in the last row handed to a commit group.
  Position row_position = 0;        ///< Record that holds the last event the row has seen.
  Position touched = 0;             ///< Last record that the tail index knows of, of this process.
  std::uint64_t row_ticket = 0;     ///< Submission that makes the row durable.
  std::uint64_t used = 0;           ///< Turn of the last use, for eviction.

  [[nodiscard]] bool closed() const noexcept { return state.status != replay::Status::open; }
  [[nodiscard]] std::size_t memory() const noexcept {
    return sizeof(Resident) + recent.size() + 512 * state.open.size() + (decider ? 4096 : 0);
  }
};

/// What holds a key: its newest run, or what a deleted one left, if its time is not over.
struct Holder {
  Resident* resident = nullptr;
  std::optional<Tombstone> stone;
};

}  // namespace reprise::runtime

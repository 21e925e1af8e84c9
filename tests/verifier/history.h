// The fold of one run's events, written a second time: what its row must say, and what each event
// must find when it comes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/verifier/event.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/links.h"
#include "tests/verifier/payload.h"

namespace reprise::verifier {

/// Resolves ids of one shard's interned strings; 0 is "".
using Names = std::vector<std::string>;

struct OpenOp {
  std::uint8_t kind = 0;  ///< Of the event that opened it.
  std::uint32_t name = 0;
  std::uint32_t site = 0;
  std::int64_t since = 0;
  std::int64_t due = 0;
  std::uint64_t attempt = 0;
  std::uint32_t failures = 0;
  std::uint64_t crashes = 0;
  std::uint32_t epoch = 0;  ///< Of the last attempt; 0 when only a chunk tells of it.
  bool running = false;
  bool handed_over = false;  ///< Its body is not open any more.
  bool forgiven = false;     ///< The crash that cut its attempt off is not counted.
  bool crashes_known = true;
  bool detached = false;
  bool shielded = false;
  std::uint64_t hash = 0;
  std::uint64_t child = 0;
  std::string space;
  std::string id;
  std::uint8_t on_parent_close = 0;
  wire::StepOptionsT step;  ///< Of the first attempt; what it does not say is the schema's.
};

/// Ids of signals that a row keeps, the newest.
inline constexpr std::size_t signal_ids_kept = 1024;

/// What a history has come to.
struct State {
  std::uint64_t run = 0;
  std::uint64_t seq = 0;
  Hash hash;
  std::uint64_t bytes = 0;
  std::int64_t time = 0;
  std::int64_t started = 0;
  std::int64_t closed = 0;
  std::uint8_t closed_by = 0;  ///< Kind of the closing event, or 0.
  std::uint64_t paused = 0;
  std::string space;
  std::string id;
  std::uint32_t workflow = 0;
  std::uint64_t input_hash = 0;
  std::uint64_t parent = 0;
  std::uint32_t parent_op = 0;
  std::uint8_t on_parent_close = 0;
  std::uint32_t depth = 0;
  bool detached = false;
  bool cancel_requested = false;
  bool more = false;
  bool code_started = false;
  bool cut = false;        ///< The code owes commands since an activation_cut.
  bool unsettled = false;  ///< Signals are kept until the code has caught up.
  bool answered = false;   ///< Then: the last event is a command that ends its activation.
  std::uint32_t ops = 0;
  std::map<std::uint32_t, OpenOp> open;
  /// That ended while the run was held: its code may cancel them, not having seen it.
  std::set<std::uint32_t> ended_unseen;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> unread;  ///< Name and seq.
  std::vector<std::string> signal_ids;                          ///< All; a row keeps the newest.
  std::uint8_t outcome = 0;                                     ///< 0 none, 1 payload, 2 failure.
  std::uint8_t result_encoding = 0;
  std::string result;
  std::uint16_t failure_code = 0;
  std::string failure_type;
  std::string failure_message;
  bool failure_retryable = false;
};

/// `status` of a row.
[[nodiscard]] inline unsigned status_of(const State& state) {
  return state.closed_by == 0 ? 1u : state.closed_by - 99u;
}

class History {
 public:
  History(std::uint64_t run, const Names& names, std::uint16_t shards, Blobs& blobs, Links& links,
          Findings& findings)
      : names_(names), shards_(shards), blobs_(blobs), links_(links), findings_(findings) {
    state_.run = run;
  }

  /// The next event. REQUIRES: its fields were checked, its name is one of `names`. `epoch` of its
  /// record, 0 when a chunk holds it. Once something was found the run is not judged any further.
  void apply(const Event& event, std::uint32_t epoch);

  [[nodiscard]] const State& state() const noexcept { return state_; }
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  void mark_broken() noexcept { broken_ = true; }

 private:
  void report(Rule rule, std::string text);
  OpenOp* open_op(const Event& event, std::uint8_t kind);
  OpenOp* new_op(const Event& event);
  bool check_activation(const Event& event);
  void settle();
  /// An arrival ended it.
  void end_op(std::uint32_t number);
  bool hand_over(std::uint32_t name);
  void start(const Event& event);
  void close(const Event& event);
  void pause(const Event& event, std::uint32_t epoch);
  void step(const Event& event, std::uint32_t epoch);
  void timer(const Event& event);
  void signal(const Event& event);
  void child(const Event& event);
  void send(const Event& event);
  void cancel(const Event& event);
  void dispatch(const Event& event, std::uint32_t epoch);

  const Names& names_;
  std::uint16_t shards_;
  Blobs& blobs_;
  Links& links_;
  Findings& findings_;
  State state_;
  std::string plain_;  ///< Plain payload of the event at hand.
  bool broken_ = false;
};

}  // namespace reprise::verifier

// An event: one fact of a run's history, and its bytes.
//
// Bytes of an event = u32 name, u32 site (interned, little-endian) then a FlatBuffer
// (schemas/event.fbs, one table whose absent fields are defaults). Name and site stand outside the
// buffer so that the history hash can cover the resolved name and ignore the site.
//
// Invariants:
// - Kinds are numbered with gaps, never reused; an unknown kind is refused, never skipped.
// - Kinds below 100 are shard events (run counter 0); the others belong to an instance.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/payload.h>
#include <reprise/result.h>

#include "replay/packed.h"

namespace reprise::replay {

enum class EventKind : std::uint8_t {
  // Shard events.
  epoch_opened = 1,       // number = epoch, time
  string_interned = 2,    // number = id, text
  mark_advanced = 3,      // shard = source, number = highest message taken from it
  outbox_acked = 4,       // shard = target, number = highest message it has recorded
  run_deleted = 5,        // peer = run, due = when its tombstone goes; key
  tombstone_dropped = 6,  // key
  message_refused = 7,    // peer/peer_op = who asked, number = MessageKind of the reply, failure;
                          // not `failed`: a duplicate, answered as the first one was

  // The run itself.
  workflow_started = 100,     // name = workflow, key, payload = input, hash = input hash, seed,
                              // peer/peer_op = parent, on_parent_close, detached, trace,
                              // number = behaviour flags (flags.h)
                              // Closing events carry peer/peer_op = parent to tell, and children.
  workflow_completed = 101,   // payload
  workflow_failed = 102,      // failure; number = 1: by the engine (a limit), not by a command
  workflow_cancelled = 103,   // failure
  workflow_terminated = 104,  // text = reason
  workflow_paused = 105,      // text = reason, number = PauseReason
  workflow_resumed = 106,
  cancel_requested = 107,  // text = reason
  activation_cut = 108,    // closes an activation whose code cannot go on

  // Operations. `op` in all of them.
  step_scheduled = 110,       // name, hash, step options, attempt, draws; later attempts: number =
                              // crashes of the body in a row (0: a retry after a failure)
  step_completed = 111,       // attempt, payload, or failure when `failed`; number = 1 if no
                              // body was open: the attempt's failure, or that it was handed
                              // over, was recorded before
  step_attempt_failed = 112,  // attempt, failure, due = retry at; number as in step_completed
  step_handed_over = 113,     // attempt, due = when it times out, 0 = never; a token's body has
                              // returned, and whoever has the token answers
  timer_started = 120,        // due
  timer_fired = 121,
  signal_awaited = 130,       // name
  signal_received = 131,      // name, payload, text = signal id (no op); peer/peer_op = sender
  child_scheduled = 140,      // name = workflow, key = child, payload, hash, on_parent_close; or
                              // failure when `failed`: not sent, answered with it
  child_started = 141,        // peer = child run
  child_start_failed = 142,   // failure
  child_completed = 143,      // peer = child run, payload, or failure when `failed`
  signal_sent = 150,          // name, key = target, payload, text = signal id; or failure, as above
  signal_delivered = 151,     // failure when `failed` (closed, not_found)
  operation_cancelled = 160,  // of a child: key, peer = its run if known; of a step whose body
                              // is open: attempt
  version_chosen = 170,       // name = change, version (no op)
};

enum class PauseReason : std::uint8_t { user = 1, poison = 2 };

/// An open child that a closing event must tell, so that apply_shard needs no instance state.
struct ChildRef {
  InstanceKey key;
  RunId run;
  detail::ParentClose on_parent_close = detail::ParentClose::cancel;
};

/// One decoded event. Views point into the bytes it was read from, or into whatever its maker
/// keeps alive until it is encoded. Which fields count depends on `kind`.
struct Event {
  EventKind kind = EventKind::epoch_opened;
  bool more = false;    ///< The activation goes on in the next record.
  bool failed = false;  ///< The outcome is `failure`, not `payload`.
  bool detached = false;
  bool shielded = false;   ///< Issued inside a shield: goes on after a cancel was requested.
  std::uint32_t name = 0;  ///< Interned; 0 = none.
  std::uint32_t site = 0;  ///< Interned "file:line"; 0 = none.
  Nanos time = 0;
  OpId op = 0;
  std::uint32_t attempt = 0;
  std::uint64_t hash = 0;
  std::uint64_t draws = 0;
  Nanos due = 0;
  Encoding encoding = Encoding::none;
  std::string_view payload;  ///< As `packed` says; empty when in a blob.
  Packed packed;
  std::uint16_t failure_code = 0;
  bool retryable = false;
  std::string_view failure_type;
  std::string_view failure_message;
  std::string_view text;
  std::string_view space;
  std::string_view id;
  RunId peer;
  OpId peer_op = 0;
  detail::ParentClose on_parent_close = detail::ParentClose::cancel;
  std::uint64_t seed = 0;
  ShardId shard = 0;
  std::uint64_t number = 0;
  std::int32_t version = 0;
  StepOptions step;
  std::uint32_t depth = 0;               ///< Nesting of children, 0 for a start from outside.
  std::vector<ChildRef> children;        ///< Closing events only.
  std::string_view trace;                ///< W3C trace context given with a start or a signal.
  std::string_view opaque;               ///< Bytes a protocol front door may attach.
  std::vector<detail::WatchHash> state;  ///< Command events only: what the code watched.

  /// The bytes as they are here: plain only if nothing is `packed`.
  [[nodiscard]] Payload owned_payload() const { return {encoding, std::string(payload)}; }
  [[nodiscard]] Failure owned_failure() const {
    return {failure_code, std::string(failure_type), std::string(failure_message), retryable};
  }
  /// Points this event's failure fields into `failure`, which must outlive the encoding.
  void set_failure(const Failure& failure) noexcept;
  /// Payload or failure, whichever `outcome` holds; sets `failed`. Same lifetime rule.
  void set_outcome(const detail::Outcome& outcome) noexcept;
  [[nodiscard]] detail::Outcome owned_outcome() const;
};

/// Writes events; keeps its memory between them, so that a long-lived one allocates nothing.
class EventEncoder {
 public:
  EventEncoder();
  ~EventEncoder();
  EventEncoder(EventEncoder&&) noexcept;
  EventEncoder& operator=(EventEncoder&&) noexcept;

  /// Appends the event's bytes to `out`.
  void encode(const Event& event, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Appends the event's bytes to `out`; for one now and then.
void encode(const Event& event, std::string& out);

/// Decodes and verifies. Errors: corrupt (does not verify), unknown_kind.
Result<Event> decode(std::string_view bytes);
/// The same into an event that is reused. After an error its content is unspecified.
Result<void> decode(std::string_view bytes, Event& event);

/// Gives an event's bytes other ids for its name and its site: what the history hash ignores, as
/// long as the name resolves to the same text. REQUIRES: the bytes were decoded or encoded before.
void set_names(std::string& bytes, std::uint32_t name, std::uint32_t site) noexcept;

/// Only the kind. REQUIRES: the bytes were decoded or encoded by this build before.
[[nodiscard]] EventKind kind_of(std::string_view bytes) noexcept;

/// One link of a run's history hash: previous head, seq, resolved name, and the bytes but for the
/// name and site ids.
[[nodiscard]] Hash128 history_hash(Hash128 previous, Seq seq, std::string_view name,
                                   std::string_view bytes) noexcept;

/// What records a command.
[[nodiscard]] EventKind event_kind(detail::CommandKind kind) noexcept;

/// True for the events that a command of the code makes (as against arrivals from outside).
[[nodiscard]] bool is_command_event(const Event& event) noexcept;

/// Completed, failed, cancelled or terminated: the last event of a run.
[[nodiscard]] bool is_closing_event(EventKind kind) noexcept;

/// What the code watched: per value the hashes of its name and of itself, in hex; "" if nothing.
[[nodiscard]] std::string state_text(const Event& event);

/// "step_scheduled" …; for people, JSON and metrics.
[[nodiscard]] std::string_view name_of(EventKind kind) noexcept;

}  // namespace reprise::replay

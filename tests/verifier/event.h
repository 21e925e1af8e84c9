// One event: `name:u32 site:u32 table`, and the fields its kind may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/verifier/bytes.h"
#include "tests/verifier/finding.h"
#include "verifier_schemas/event_generated.h"

namespace reprise::verifier {

enum Kind : std::uint8_t {
  epoch_opened = 1,
  string_interned = 2,
  mark_advanced = 3,
  outbox_acked = 4,
  run_deleted = 5,
  message_refused = 7,
  workflow_started = 100,
  workflow_completed = 101,
  workflow_failed = 102,
  workflow_cancelled = 103,
  workflow_terminated = 104,
  workflow_paused = 105,
  workflow_resumed = 106,
  cancel_requested = 107,
  activation_cut = 108,
  step_scheduled = 110,
  step_completed = 111,
  step_attempt_failed = 112,
  step_handed_over = 113,
  timer_started = 120,
  timer_fired = 121,
  signal_awaited = 130,
  signal_received = 131,
  child_scheduled = 140,
  child_started = 141,
  child_start_failed = 142,
  child_completed = 143,
  signal_sent = 150,
  signal_delivered = 151,
  operation_cancelled = 160,
  version_chosen = 170,
};

/// Of a failed attempt that never started: it counts for nothing.
inline constexpr std::uint16_t failure_put_off = 8;
inline constexpr std::uint16_t failure_terminated = 22;

inline constexpr std::uint64_t pause_poison = 2;  ///< `number` of workflow_paused.

inline constexpr std::uint8_t flag_more = 1;
inline constexpr std::uint8_t flag_failed = 2;
inline constexpr std::uint8_t flag_detached = 4;
inline constexpr std::uint8_t flag_retryable = 8;
inline constexpr std::uint8_t flag_shielded = 16;
/// What a step_scheduled says in place of an encoding.
inline constexpr std::uint8_t on_shard = 6;
inline constexpr std::uint8_t pure_on_shard = 7;

/// A decoded event. Views end with the next decode into it.
struct Event {
  std::uint64_t run = 0;
  std::uint64_t seq = 0;
  std::uint32_t name = 0;
  std::uint32_t site = 0;
  std::string_view table_bytes;
  Buffer<wire::Event> table;

  const wire::Event* operator->() const { return &*table; }
  [[nodiscard]] bool is_close() const {
    return table->kind() >= workflow_completed && table->kind() <= workflow_terminated;
  }
  [[nodiscard]] bool failed() const { return (table->flags() & flag_failed) != 0; }
  [[nodiscard]] bool more() const { return (table->flags() & flag_more) != 0; }
  /// What the workflow's code decided, not what came to it.
  [[nodiscard]] bool is_command() const;
  /// The first attempt is 1.
  [[nodiscard]] std::uint64_t attempt() const { return std::uint64_t{table->attempt()} + 1; }
};

/// False when the bytes are no event.
bool decode(std::uint64_t run, std::uint64_t seq, std::string_view bytes, Event& event);

/// A payload as an event, row or message keeps it.
struct Payload {
  std::uint8_t encoding = 0;
  const flatbuffers::Vector<std::uint8_t>* bytes = nullptr;
  const wire::Packed* packed = nullptr;
};
[[nodiscard]] inline Payload payload_of(const wire::Event& event) {
  if (event.kind() == step_scheduled) return {};  // Its `encoding` is another thing.
  return {event.encoding(), event.payload(), event.packed()};
}

/// Reports fields that the kind does not have, that are there at their default, or out of range.
void check_fields(const Event& event, Place place, Findings& findings);

}  // namespace reprise::verifier

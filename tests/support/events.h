// Events for tests: of every kind, with every field set.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "replay/event.h"

namespace reprise::testing {

using replay::Event;
using replay::EventKind;
using replay::Packed;

inline const EventKind all_kinds[] = {
    EventKind::epoch_opened,        EventKind::string_interned,    EventKind::mark_advanced,
    EventKind::outbox_acked,        EventKind::run_deleted,        EventKind::tombstone_dropped,
    EventKind::message_refused,     EventKind::workflow_started,   EventKind::workflow_completed,
    EventKind::workflow_failed,     EventKind::workflow_cancelled, EventKind::workflow_terminated,
    EventKind::workflow_paused,     EventKind::workflow_resumed,   EventKind::cancel_requested,
    EventKind::activation_cut,      EventKind::step_scheduled,     EventKind::step_completed,
    EventKind::step_attempt_failed, EventKind::timer_started,      EventKind::timer_fired,
    EventKind::signal_awaited,      EventKind::signal_received,    EventKind::child_scheduled,
    EventKind::child_started,       EventKind::child_start_failed, EventKind::child_completed,
    EventKind::signal_sent,         EventKind::signal_delivered,   EventKind::operation_cancelled,
    EventKind::version_chosen,      EventKind::step_handed_over};  // New ones last: golden files.

/// Every way a payload can be kept but as it is: compressed, in a blob, both.
inline const Packed packings[] = {{Compression::zstd, 5000, 0, {}},
                                  {Compression::none, 70'000, 3, {17, 18}},
                                  {Compression::zstd, 1'000'000, 4, {19, 20}}};

/// Every field set to something that is no default.
inline Event full_event(EventKind kind) {
  Event event;
  event.kind = kind;
  event.more = event.failed = event.detached = event.retryable = event.shielded = true;
  event.name = 7;
  event.site = 9;
  event.time = 1'700'000'000'123'456'789;
  event.op = 4'000'000'000U;
  event.attempt = 3;
  event.hash = 0xFEDCBA9876543210ULL;
  event.draws = 12;
  event.due = -5;
  event.encoding = Encoding::custom;
  event.payload = std::string_view("a\0b", 3);
  event.failure_code = 23;
  event.failure_type = "Refused";
  event.failure_message = "no";
  event.text = "text";
  event.space = "space";
  event.id = "id";
  event.peer = RunId::make(3, 77);
  event.peer_op = 8;
  event.on_parent_close = detail::ParentClose::abandon;
  event.seed = 0x123456789ABCDEFULL;
  event.shard = 65535;
  event.number = std::numeric_limits<std::uint64_t>::max();
  event.version = -2;
  event.step.timeout = std::chrono::seconds(5);
  event.step.total_timeout = std::chrono::seconds(50);
  event.step.attempts = 0;
  event.step.backoff = std::chrono::nanoseconds(1);
  event.step.backoff_factor = 1.5;
  event.step.backoff_max = std::chrono::hours(1);
  event.step.jitter = 0.0;
  event.step.poison_after = 0;
  event.step.runs_on = RunsOn::token;
  event.step.pure = true;
  event.depth = 2;
  event.children = {{{"s", "one"}, RunId{1}, detail::ParentClose::terminate},
                    {{"", "two"}, RunId{}, detail::ParentClose::cancel}};
  event.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  event.opaque = "opaque";
  return event;
}

inline std::string bytes_of(const Event& event) {
  std::string bytes;
  encode(event, bytes);
  return bytes;
}

}  // namespace reprise::testing

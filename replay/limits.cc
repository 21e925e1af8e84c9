// What a run may not do, however its code asks for it: the limiting part of rules.h.
#include <fmt/format.h>

#include <reprise/error.h>

#include "replay/rules.h"

namespace reprise::replay {
namespace {

Failure failure(Code code, std::string message) {
  return {static_cast<std::uint16_t>(code), "", std::move(message), false};
}

Failure too_long(const Limits& limits) {
  return failure(Code::history_too_long,
                 fmt::format("the history has reached its limit of {} events; split the work among "
                             "children, or go on in a new instance",
                             limits.history_events_max));
}

Failure too_large(std::string_view what, std::size_t size, const Limits& limits) {
  return failure(Code::payload_too_large,
                 fmt::format("{} has {} bytes, {} are allowed; store it elsewhere and pass its "
                             "address",
                             what, size, limits.payload_size_max));
}

bool opens(EventKind kind) noexcept {
  return kind == EventKind::step_scheduled || kind == EventKind::timer_started ||
         kind == EventKind::signal_awaited || kind == EventKind::child_scheduled ||
         kind == EventKind::signal_sent;
}

}  // namespace

std::optional<Failure> refused(const InstanceState& state, const Event& event,
                               const Limits& limits) {
  if (is_closing_event(event.kind)) {
    const std::size_t size = event.failed ? event.failure_message.size() : event.payload.size();
    if (size <= limits.payload_size_max) return std::nullopt;
    return too_large(event.failed ? "the workflow's failure" : "the workflow's result", size,
                     limits);
  }
  if (state.seq + 2 > limits.history_events_max) return too_long(limits);
  if (opens(event.kind) && state.open.size() >= limits.open_operations_max) {
    return failure(
        Code::too_many_operations,
        fmt::format("{} operations are open, the most allowed; await them in batches, or "
                    "spread them over children",
                    state.open.size()));
  }
  return std::nullopt;
}

std::optional<Failure> refused(const InstanceState& state, const Limits& limits) {
  if (state.seq + 2 > limits.history_events_max) return too_long(limits);
  return std::nullopt;
}

Event failed_by_limit(const InstanceState& state, const Failure& failure) {
  Event event;
  event.kind = EventKind::workflow_failed;
  event.number = 1;
  event.set_failure(failure);
  fill_closing(state, event);
  return event;
}

void cut_payload(Event& event, const Limits& limits) {
  const bool sends =
      event.kind == EventKind::child_scheduled || event.kind == EventKind::signal_sent;
  if (!sends || event.payload.size() <= limits.payload_size_max) return;
  event.payload = {};
  event.encoding = Encoding::none;
  event.failed = true;
  event.failure_code = static_cast<std::uint16_t>(Code::payload_too_large);
  event.failure_message =
      "larger than a payload may be, and not sent; store it elsewhere and pass its address";
}

}  // namespace reprise::replay

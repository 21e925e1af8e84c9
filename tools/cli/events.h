// The events of one history as commands tell them, and which of them were asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include <reprise/options.h>
#include <reprise/result.h>

#include "replay/event.h"
#include "runtime/reader.h"

namespace reprise::cli {

/// A payload larger than this is told by its size alone: a file from elsewhere may hold a few bytes
/// that expand to a gigabyte.
inline constexpr std::uint64_t payload_max = std::uint64_t{1} << 20;

struct ToldEvent {
  EventInfo info;  ///< An answer has the name and the source line of its operation.
  replay::EventKind kind = replay::EventKind::workflow_started;
  std::uint64_t payload_size = 0;  ///< `info.payload` holds that many bytes, or none.
  InstanceKey target;              ///< The child, or who a signal is sent to.
  bool failed = false;
  bool detached = false;
  bool asked_for = false;  ///< The filter lets it pass; of the others the payload is left out.
};

/// An end of a range: an event's number, or a span of time (a day, a second) that counts whole.
struct Bound {
  Seq seq = 0;  ///< 0: it is a time.
  Nanos begin = 0;
  Nanos end = 0;
};

/// Which events are told; what is unset lets all pass.
struct EventFilter {
  std::set<replay::EventKind> kinds;
  std::optional<std::string> name;
  std::optional<OpId> op;
  std::optional<Bound> from;
  std::optional<Bound> to;

  [[nodiscard]] bool matches(const ToldEvent& event) const;
};

/// Hands over all events in order; `sink` returns false to stop. Errors: of decoding and of
/// unpacking; events may have been handed over before.
Result<void> each_event(const runtime::Recorded& recorded, const EventFilter& filter,
                        const std::function<bool(ToldEvent event)>& sink);

/// The kinds a person means by "step_completed", or by "step": all that begin with "step_". Empty
/// if there is none.
std::set<replay::EventKind> kinds_named(const std::string& text);

/// "17", or UTC: "2026-11-14", "2026-11-14T22:13", "2026-11-14 22:13:20.5Z".
std::optional<Bound> bound_of(const std::string& text);

}  // namespace reprise::cli

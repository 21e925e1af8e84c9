// The code of a run that is being debugged, as the session sees it: it stands before an event, and
// can be told to stand elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "replay/decider.h"

namespace reprise::debug {

/// Where the code has come to.
struct Arrival {
  Seq next = 0;        ///< The event before which it stands; one behind the last: at the end.
  std::string issued;  ///< What it has issued for that event; "" of an arrival.
  std::string file;    ///< Of the line it has come to, as it was compiled; "" if not known.
  std::uint32_t line = 0;
  std::optional<replay::Mismatch> mismatch;  ///< It goes no further than `next`.
  /// The first event whose watched values are not what they were: it goes on all the same.
  std::optional<replay::Mismatch> state;
  std::string error;               ///< Why else it goes no further.
  std::vector<std::string> ahead;  ///< At the end: what it would do next.

  [[nodiscard]] bool stuck() const noexcept { return mismatch.has_value() || !error.empty(); }
};

class Execution {
 public:
  virtual ~Execution() = default;

  /// Has it stand before event `next`, forwards or backwards; it may get stuck before. REQUIRES: 1
  /// ≤ next ≤ one behind the last event. Errors: engine_failed (its process died), timed_out (it
  /// does not come back, and whoever waits has had enough), unregistered (there is no code),
  /// invalid_argument (it is moved by somebody else).
  virtual Result<Arrival> go(Seq next) = 0;

  /// What a query handler of the workflow answers there, as JSON or in words. `arguments`: JSON, an
  /// array. Errors: as go(), unknown_query, query_failed, undecodable.
  virtual Result<std::string> ask(std::string_view query, std::string_view arguments) = 0;
};

}  // namespace reprise::debug

// What happened to an instance, as something to assert on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/options.h>
#include <reprise/testing/verdict.h>

namespace reprise::testing {

/// The events of one run, first to last. Steps, signals and children go by their names.
class History {
 public:
  explicit History(std::vector<EventInfo> events) : events_(std::move(events)) {}

  [[nodiscard]] const std::vector<EventInfo>& events() const& noexcept { return events_; }
  [[nodiscard]] std::vector<EventInfo> events() && noexcept { return std::move(events_); }
  /// Events of `kind` ("step_completed", …); with a `name`, those of operations so called.
  [[nodiscard]] std::size_t count(std::string_view kind, std::string_view name = {}) const;

  /// One step of that name: its body was started once, and it has completed.
  Verdict ran_once(std::string_view step) const;
  /// Bodies of steps of that name were started `times` times: retries and repeats after a crash
  /// count.
  Verdict started(std::string_view step, std::size_t times) const;
  /// The first step, child or message called `first` had ended before the first called `second`
  /// began.
  Verdict happened_before(std::string_view first, std::string_view second) const;

  /// One line an event: kind, operation, name, and what failed. No times, places in the source, or
  /// payloads: it stays the same while the workflow does the same.
  [[nodiscard]] std::string text() const;
  /// `text()` is what the file holds. With REPRISE_UPDATE_GOLDEN=1 in the environment the file is
  /// written instead, and the verdict holds.
  Verdict matches(const std::string& golden_file) const;

 private:
  std::vector<EventInfo> events_;
};

}  // namespace reprise::testing

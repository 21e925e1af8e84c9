// When a debugger stops: a condition on an event.
//
//   41                       event 41
//   step:charge              any event of the steps named charge
//   step_completed           any event of that kind
//   when name == charge and attempt > 1 or payload/total >= 100
//
// Invariants:
// - It only looks. What an event does not have compares as nothing: equal to "" alone, not less.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

#include "tools/debug/story.h"

namespace reprise::debug {

class Condition {
 public:
  /// Terms in one condition.
  static constexpr std::size_t terms_max = 32;

  /// Errors: invalid_argument, which says what can be given.
  static Result<Condition> parse(std::string_view text);

  [[nodiscard]] bool holds(const Told& told) const;
  /// It can't be told by glance() alone.
  [[nodiscard]] bool looks_into_payload() const noexcept;
  /// As it was given.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  enum class Relation { equal, differs, less, at_most, greater, at_least, contains };
  struct Term {
    std::string field;
    Relation relation = Relation::equal;
    std::string value;
  };
  friend class ConditionParser;

  [[nodiscard]] static bool holds(const Term& term, const Told& told);

  std::string text_;
  std::vector<std::vector<Term>> any_;  // All terms of one of these.
};

}  // namespace reprise::debug

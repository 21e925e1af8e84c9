// Where replayed code stands, told as an Arrival: what it has issued, and its source line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/command.h>

#include "replay/rerun.h"
#include "tools/debug/execution.h"

namespace reprise::debug {

class Places {
 public:
  /// `recording` outlives it.
  explicit Places(const replay::Recording& recording) : recording_(recording) {}

  /// To be told of every event that is taken, in order.
  void pass(const replay::Rerun::Place& at);
  [[nodiscard]] Arrival at(const replay::Rerun::Place& at) const;
  /// Where it has ended: behind the last event, or where code and history part.
  [[nodiscard]] Arrival end(replay::Rerun& rerun);
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  [[nodiscard]] detail::Site site_of(OpId op) const;

  const replay::Recording& recording_;
  std::vector<detail::Site> sites_;  // By operation, where the code issued it.
  detail::Site last_;                // Where it issued something at last.
  bool ended_ = false;
};

/// What the code answers to a query, as text. Null: there is no code.
Result<std::string> ask(replay::Decider* code, std::string_view query, std::string_view arguments);

}  // namespace reprise::debug

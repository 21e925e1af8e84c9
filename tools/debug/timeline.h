// The code at any place of its history, forwards and backwards: replicas left at marks spread over
// it, and one that goes on from the nearest.
#pragma once

#include <map>
#include <optional>

#include "tools/debug/replica.h"

namespace reprise::debug {

class Timeline final : public Execution {
 public:
  /// Marks are so far apart that no more than this many replicas are kept.
  static constexpr Seq replicas_max = 32;

  /// `last`: the history's last event. Everything outlives it.
  Timeline(const Program& program, Seq last, Replica::Enough enough);

  Result<Arrival> go(Seq next) override;
  Result<std::string> ask(std::string_view query, std::string_view arguments) override;

 private:
  Result<void> begin_before(Seq next);
  Result<void> come_to(Seq next);
  [[nodiscard]] Seq next_mark(Seq behind) const;

  const Program program_;
  const Replica::Enough enough_;
  const Seq apart_;
  std::map<Seq, Replica> kept_;
  std::optional<Replica> current_;
};

}  // namespace reprise::debug

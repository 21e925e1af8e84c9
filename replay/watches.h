// The values that one execution's code watches, and whether they are what they were.
//
// Invariants:
// - The first `count_max` that are open count, in the order of their scopes.
// - No driver is current while a value is encoded: a codec can't issue a command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reprise/watch.h>

#include "replay/decider.h"

namespace reprise::replay {

class Watches {
 public:
  static constexpr std::size_t count_max = 16;

  void open(const detail::WatchBody& watch) { open_.push_back(&watch); }
  void close(const detail::WatchBody& watch) noexcept;
  [[nodiscard]] bool empty() const noexcept { return open_.empty(); }

  /// What they are now, but for those that can't be encoded; their texts only if they are `told`.
  [[nodiscard]] std::vector<detail::Watched> now(bool told);

 private:
  std::vector<const detail::WatchBody*> open_;
  std::string buffer_;
};

/// What is watched now beside what was. Of several with one name the first meets the first.
struct StateComparison {
  std::vector<WatchedNow> both;    ///< Watched then and now.
  std::vector<std::string> added;  ///< Names of what is watched only now.
  std::size_t removed = 0;         ///< How many were watched only then: their names are not known.

  [[nodiscard]] bool differs() const noexcept;
};

/// True if all that is watched, then or now, is the same.
[[nodiscard]] bool same_state(const std::vector<detail::Watched>& now,
                              const std::vector<detail::WatchHash>& recorded) noexcept;
[[nodiscard]] StateComparison compare_state(const std::vector<detail::Watched>& now,
                                            const std::vector<detail::WatchHash>& recorded);

}  // namespace reprise::replay

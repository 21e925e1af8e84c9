// Whether what clients saw of one object can be explained by calls that took place one at a time:
// the search of Wing and Gong, with Lowe's memory of where it has been (as Porcupine does it).
//
// A model is a value with a type `State`, ordered by <, and
//
//   State first() const;
//   std::vector<State> after(const State&, const Call&) const;
//
// `after` gives every state the call may leave behind, none if its answer can't be given in that
// state. A call without an answer it takes as one that took place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace reprise::test {

/// A call of one client: it took place at some instant between `from` and `until`.
template <class Call>
struct Observed {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  Call call;
  std::uint64_t from = 0;
  std::uint64_t until = never;
  /// False: nobody knows whether it took place at all. If it did, then before `until`.
  bool answered = true;
};

struct Explanation {
  bool found = false;
  /// Calls in the order they took place; where none explains them all, the longest that was found.
  std::vector<std::size_t> order;
};

template <class Model, class Call>
class Linearization {
 public:
  Linearization(const Model& model, const std::vector<Observed<Call>>& calls)
      : model_(model), calls_(calls), placed_(calls.size(), false) {}

  Explanation search() {
    explanation_.found = place(model_.first());
    return std::move(explanation_);
  }

 private:
  using State = typename Model::State;

  // As deep as there are calls.
  bool place(const State& state) {
    if (!been_.emplace(placed_, state).second) return false;
    if (order_.size() > explanation_.order.size()) explanation_.order = order_;
    std::uint64_t bound = Observed<Call>::never;  // The next call began before this.
    std::uint64_t begun = 0;                      // Some call that is placed began at this.
    bool whole = true;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (placed_[i]) begun = std::max(begun, calls_[i].from);
      if (placed_[i] || !calls_[i].answered) continue;
      whole = false;
      bound = std::min(bound, calls_[i].until);
    }
    if (whole) {
      explanation_.order = order_;
      return true;
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const auto& next = calls_[i];
      if (placed_[i] || next.from > bound || next.until < begun) continue;
      placed_[i] = true;
      order_.push_back(i);
      for (const State& after : model_.after(state, next.call)) {
        if (place(after)) return true;
      }
      order_.pop_back();
      placed_[i] = false;
    }
    return false;
  }

  const Model& model_;
  const std::vector<Observed<Call>>& calls_;
  std::vector<bool> placed_;
  std::vector<std::size_t> order_;
  std::set<std::pair<std::vector<bool>, State>> been_;
  Explanation explanation_;
};

template <class Model, class Call>
Explanation explain(const Model& model, const std::vector<Observed<Call>>& calls) {
  return Linearization<Model, Call>(model, calls).search();
}

}  // namespace reprise::test

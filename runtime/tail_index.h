// Where the events that rows have not seen are: for each run touched after the last snapshot, the
// positions of its records; for each id started there, its run.
//
// Derived: rebuilt at open by scanning the journal after the snapshot position, kept up while
// recording. What a snapshot has to see is set apart when it begins, and goes when its position has
// moved, a little each turn.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reprise/assert.h>
#include <reprise/ids.h>

namespace reprise::runtime {

class TailIndex {
 public:
  void touch(RunId run, Position position) {
    const auto [place, fresh] = newer_.touched.try_emplace(run);
    auto& positions = place->second;
    if (fresh) newer_.order.push_back(run);
    if (fresh || positions.back() != position) positions.push_back(position);
  }
  void started(const InstanceKey& key, RunId run) { newer_.ids[key] = run; }

  [[nodiscard]] std::optional<RunId> find(const InstanceKey& key) const {
    for (const Part* part : {&newer_, &older_}) {
      if (const auto it = part->ids.find(key); it != part->ids.end()) return it->second;
    }
    return std::nullopt;
  }
  /// Positions from `first` on that hold events of `run`, rising.
  [[nodiscard]] std::vector<Position> positions(RunId run, Position first) const {
    std::vector<Position> all;
    for (const Part* part : {&older_, &newer_}) {
      const auto it = part->touched.find(run);
      if (it == part->touched.end()) continue;
      const auto& positions = it->second;
      all.insert(all.end(), std::lower_bound(positions.begin(), positions.end(), first),
                 positions.end());
    }
    return all;
  }
  [[nodiscard]] bool touched(RunId run) const {
    return newer_.touched.contains(run) || older_.touched.contains(run);
  }
  /// All that were touched, in no order.
  [[nodiscard]] std::vector<RunId> runs() const {
    std::vector<RunId> all;
    for (const auto& [run, positions] : older_.touched) all.push_back(run);
    for (const auto& [run, positions] : newer_.touched) {
      if (!older_.touched.contains(run)) all.push_back(run);
    }
    return all;
  }

  /// Nobody looks for the run's events here again: it was deleted, or its row has seen them all.
  void erase(RunId run, const InstanceKey& key) {
    for (Part* part : {&newer_, &older_}) {
      part->touched.erase(run);
      const auto it = part->ids.find(key);
      if (it != part->ids.end() && it->second == run) part->ids.erase(it);
    }
  }

  /// A snapshot begins of all that was touched so far: next_apart() gives those runs.
  void set_apart() {
    if (older_.touched.empty() && older_.ids.empty()) {
      older_ = std::exchange(newer_, {});
    } else {  // The last one came to nothing.
      for (auto& [run, positions] : newer_.touched) {
        auto& before = older_.touched[run];
        before.insert(before.end(), positions.begin(), positions.end());
      }
      for (auto& [key, run] : newer_.ids) older_.ids[key] = run;
      older_.order.clear();
      for (const auto& [run, positions] : older_.touched) older_.order.push_back(run);
      newer_ = {};
    }
    next_ = 0;
  }
  /// How many those are, with the ones that were erased since.
  [[nodiscard]] std::size_t apart() const noexcept { return older_.order.size(); }
  /// The next of them, in about the order in which they were touched first; the same one again
  /// until pop_apart(). It may have been erased since.
  [[nodiscard]] std::optional<RunId> next_apart() const {
    if (next_ == older_.order.size()) return std::nullopt;
    return older_.order[next_];
  }
  /// It was set apart, and not erased since.
  [[nodiscard]] bool is_apart(RunId run) const { return older_.touched.contains(run); }
  /// REQUIRES: next_apart() gave one.
  void pop_apart() {
    REPRISE_ASSERT(next_ < older_.order.size());
    ++next_;
  }
  /// Rows have seen all that was set apart.
  void forget_apart() {
    going_ = std::exchange(older_, {});
    next_ = 0;
  }
  /// Frees a few of what was forgotten. False if there was nothing.
  bool tidy() {
    if (going_.order.empty()) return false;
    constexpr int each_time = 256;
    for (int i = 0; i < each_time && !going_.touched.empty(); ++i) {
      going_.touched.erase(going_.touched.begin());
    }
    for (int i = 0; i < each_time && !going_.ids.empty(); ++i) {
      going_.ids.erase(going_.ids.begin());
    }
    if (going_.touched.empty() && going_.ids.empty()) going_ = {};
    return true;
  }

 private:
  struct HashKey {
    std::size_t operator()(const InstanceKey& key) const noexcept {
      const std::hash<std::string> hash;
      return hash(key.id) + 31 * hash(key.space);
    }
  };
  struct Part {
    std::unordered_map<RunId, std::vector<Position>> touched;
    std::vector<RunId> order;  ///< In which they were touched first.
    std::unordered_map<InstanceKey, RunId, HashKey> ids;
  };

  Part newer_;
  Part older_;            ///< Set apart for the snapshot that is made.
  Part going_;            ///< Forgotten, and not freed yet.
  std::size_t next_ = 0;  ///< Of the order of `older_`.
};

}  // namespace reprise::runtime

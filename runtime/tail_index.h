// Where the events that rows have not seen are: for each run touched after the last snapshot, the
// positions of its records; for each id started there, its run.
//
// Derived: rebuilt at open by scanning the journal after the snapshot position, kept up while
// recording, thinned when the snapshot position moves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <reprise/ids.h>

namespace reprise::runtime {

class TailIndex {
 public:
  void touch(RunId run, Position position) {
    auto& positions = touched_[run];
    if (positions.empty() || positions.back() != position) positions.push_back(position);
  }
  void started(const InstanceKey& key, RunId run) { ids_[key] = run; }

  [[nodiscard]] std::optional<RunId> find(const InstanceKey& key) const {
    const auto it = ids_.find(key);
    if (it == ids_.end()) return std::nullopt;
    return it->second;
  }
  /// Positions holding events of `run`, rising; empty if untouched since the snapshot.
  [[nodiscard]] const std::vector<Position>& positions(RunId run) const {
    static const std::vector<Position> none;
    const auto it = touched_.find(run);
    return it == touched_.end() ? none : it->second;
  }
  [[nodiscard]] const std::unordered_map<RunId, std::vector<Position>>& touched() const noexcept {
    return touched_;
  }
  [[nodiscard]] const std::map<InstanceKey, RunId>& ids() const noexcept { return ids_; }

  /// The run was deleted: nobody looks for its events again.
  void erase(RunId run, const InstanceKey& key) {
    touched_.erase(run);
    const auto it = ids_.find(key);
    if (it != ids_.end() && it->second == run) ids_.erase(it);
  }

  /// The snapshot position moved to `snapshot`: rows have seen everything at or before it.
  void forget(Position snapshot) {
    for (auto it = touched_.begin(); it != touched_.end();) {
      auto& positions = it->second;
      std::erase_if(positions, [&](Position p) { return p <= snapshot; });
      it = positions.empty() ? touched_.erase(it) : std::next(it);
    }
    std::erase_if(ids_, [&](const auto& id) { return !touched_.contains(id.second); });
  }

 private:
  std::unordered_map<RunId, std::vector<Position>> touched_;
  std::map<InstanceKey, RunId> ids_;
};

}  // namespace reprise::runtime

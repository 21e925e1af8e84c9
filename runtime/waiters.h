// Callers that wait for the results of runs. Apart from the instances, so that one that is waited
// for can still be evicted.
//
// Owned by its shard's Core; the shard's thread only.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reprise/ids.h>

#include "runtime/inbox.h"

namespace reprise::runtime {

class Waiters {
 public:
  /// `caller`, if set, expires when the caller has given up.
  void add(RunId run, Answer answer, std::optional<std::weak_ptr<const void>> caller) {
    auto& waiting = waiting_[run];
    // Looked through only when it would grow: a caller that polls does not pile up.
    if (waiting.size() == waiting.capacity()) {
      std::erase_if(waiting, [](const Waiter& w) { return w.caller && w.caller->expired(); });
    }
    waiting.push_back({std::move(answer), std::move(caller)});
  }

  /// Those that wait for `run`, removed.
  [[nodiscard]] std::vector<Answer> take(RunId run) {
    std::vector<Answer> answers;
    const auto it = waiting_.find(run);
    if (it == waiting_.end()) return answers;
    for (Waiter& waiter : it->second) answers.push_back(std::move(waiter.answer));
    waiting_.erase(it);
    return answers;
  }
  [[nodiscard]] std::vector<Answer> take_all() {
    std::vector<Answer> answers;
    while (!waiting_.empty()) {
      for (Answer& answer : take(waiting_.begin()->first)) answers.push_back(std::move(answer));
    }
    return answers;
  }
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (const auto& [run, waiting] : waiting_) count += waiting.size();
    return count;
  }

 private:
  struct Waiter {
    Answer answer;
    std::optional<std::weak_ptr<const void>> caller;
  };
  std::unordered_map<RunId, std::vector<Waiter>> waiting_;
};

}  // namespace reprise::runtime

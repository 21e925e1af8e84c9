#include "runtime/simulation.h"

#include <algorithm>
#include <utility>

namespace reprise::runtime {

std::uint64_t SeededRandom::draw() noexcept {
  // SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

bool SimulatedRunner::poll() {
  if (waiting_.empty()) return false;
  const auto at = static_cast<std::ptrdiff_t>(random_.below(waiting_.size()));
  StepRun step = std::move(waiting_[static_cast<std::size_t>(at)]);
  waiting_.erase(waiting_.begin() + at);
  run_step(step);
  return true;
}

bool SimulatedExecutor::step() {
  struct Polling {
    explicit Polling(bool& is) : is_(is) { is_ = true; }
    ~Polling() { is_ = false; }
    Polling(const Polling&) = delete;
    Polling& operator=(const Polling&) = delete;

   private:
    bool& is_;
  };
  const Polling polling(polling_);
  // Whether the committer or the shards go first is drawn: group sizes differ from seed to seed.
  const bool commit_first = random_.below(2) == 0;
  bool worked = commit_first ? driven_.poll_commit() : driven_.poll_shards();
  if (!worked) worked = commit_first ? driven_.poll_shards() : driven_.poll_commit();
  return worked;
}

bool SimulatedExecutor::wait(Waiting& /*at*/, const std::function<bool()>& done,
                             std::optional<Nanos> deadline) {
  while (!done()) {
    if (stopped_) return false;
    if (step()) continue;
    if (done()) return true;
    auto due = driven_.next_due();
    const auto outside = next_outside(due);
    const bool happens = outside && (!due || *outside <= *due);
    if (happens) due = outside;
    if (!due) return false;
    const Nanos ahead = std::max<Nanos>(0, *due - clock_.wall());
    if (deadline && clock_.steady() + ahead > *deadline) {
      clock_.advance(std::max<Nanos>(0, *deadline - clock_.steady()));
      return false;
    }
    clock_.advance(ahead);
    if (happens) happen();
  }
  return true;
}

}  // namespace reprise::runtime

// What a turn decided to do outside the shard, held back until the record that decided it is
// durable (output commit).
//
// Invariants:
// - An effect is released only when the store has confirmed its position; in order of position.
// - Effects of an engine that failed are never released; answers get outcome_unknown instead.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <variant>

#include <reprise/detail/command.h>
#include <reprise/observer.h>

#include "replay/message.h"
#include "runtime/inbox.h"

namespace reprise::runtime {

/// Start an attempt of a step.
struct StartBody {
  RunId run;
  OpId op = 0;
  std::uint32_t attempt = 0;
};
/// Send a message of this shard's outbox.
struct SendMessage {
  ShardId target = 0;
  std::uint64_t number = 0;
  replay::Message message;
};
/// Tell `source` that its messages up to `number` are recorded here.
struct SendAck {
  ShardId source = 0;
  std::uint64_t number = 0;
};
struct GiveAnswer {
  Answer answer;
  Result<Reply> reply;
};
/// Tell the observer; made only if there is one.
struct TellObserver {
  std::unique_ptr<Change> change;
};
/// Small, as an inbox's item is.
using Effect = std::variant<StartBody, std::unique_ptr<SendMessage>, SendAck,
                            std::unique_ptr<GiveAnswer>, TellObserver>;

class EffectQueue {
 public:
  void add(Position position, Effect effect) { queue_.emplace_back(position, std::move(effect)); }

  /// The oldest effect whose position is at or below `durable`, removed.
  bool pop(Position durable, Effect& effect) {
    if (queue_.empty() || queue_.front().first > durable) return false;
    effect = std::move(queue_.front().second);
    queue_.pop_front();
    return true;
  }
  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

 private:
  // Positions are added in rising order, so the front is always the oldest.
  std::deque<std::pair<Position, Effect>> queue_;
};

}  // namespace reprise::runtime

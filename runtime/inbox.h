// What reaches a shard from outside its thread, as one queue of plain values.
//
// Invariants:
// - Any thread pushes; only the thread that runs the shard pops.
// - Items of one producer keep their order (FIFO per client handle, per source shard).
#pragma once

#include <concurrentqueue.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/options.h>
#include <reprise/result.h>

#include "replay/message.h"

namespace reprise::runtime {

struct Exported;

/// What a request is answered with; which members count depends on the request.
struct Reply {
  RunId run;
  std::string workflow;
  Payload payload;  ///< Result of a completed run; answer of a query.
  std::string signal_id;
  std::vector<InstanceInfo> instances;
  std::vector<EventInfo> events;
  std::shared_ptr<Exported> exported;
};
using Answer = std::function<void(Result<Reply>)>;

enum class RequestKind : std::uint8_t {
  start,
  signal,
  cancel,
  terminate,
  pause,
  resume,
  result,
  describe,
  history,
  export_history,
  list,
  query,
  complete,
};

/// A caller's request. `answer` is called once, on the shard's thread, when what it tells is
/// durable (or at once with a refusal).
struct Request {
  RequestKind kind = RequestKind::start;
  InstanceKey key;
  RunId run;         ///< If set, refused with stale_run unless it is the current one.
  std::string name;  ///< Workflow, signal or query.
  Payload payload;
  std::uint64_t hash = 0;
  std::string text;          ///< Signal id; reason of cancel, terminate, pause.
  bool with_signal = false;  ///< start: also deliver `signal_name`/`signal_payload`, atomically.
  std::string signal_name;
  Payload signal_payload;
  ListFilter filter;
  OpId op = 0;              ///< complete: of `run`; `outcome` is the step's.
  std::uint64_t store = 0;  ///< complete: the store that gave the token.
  detail::Outcome outcome;
  Answer answer;
  /// result: expires when the caller has given up; unset if it never does.
  std::optional<std::weak_ptr<const void>> caller;
};

/// A body's answer.
struct StepDone {
  RunId run;
  OpId op = 0;
  std::uint32_t attempt = 0;
  detail::Outcome outcome;
};

/// A message of another shard (or this one), numbered by its outbox.
struct PeerMessage {
  ShardId source = 0;
  std::uint64_t number = 0;
  replay::Message message;
};

/// Cumulative: `target` has recorded every message up to `number`.
struct PeerAck {
  ShardId target = 0;
  std::uint64_t number = 0;
};

/// Small: what is large is held by a pointer, for each item is moved into the queue and out of it.
using InboxItem =
    std::variant<std::unique_ptr<Request>, StepDone, std::unique_ptr<PeerMessage>, PeerAck>;

class Inbox {
 public:
  void push(InboxItem item) { queue_.enqueue(std::move(item)); }
  bool pop(InboxItem& item) { return queue_.try_dequeue(taker_, item); }
  [[nodiscard]] bool empty() const { return queue_.size_approx() == 0; }

 private:
  moodycamel::ConcurrentQueue<InboxItem> queue_;
  /// Goes round the producers. Without it the one with the most items would come first, and who
  /// asks once would wait for those who never stop.
  moodycamel::ConsumerToken taker_{queue_};
};

}  // namespace reprise::runtime

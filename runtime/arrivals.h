// What reaches instances without a caller: messages of other shards, answers of bodies, time.
//
// Invariants:
// - A message is recorded once: the mark of its source shard moves in the same record.
// - An acknowledgement leaves after the record that holds the mark is durable, and again for each
//   duplicate.
#pragma once

#include <deque>
#include <map>

#include "runtime/activation.h"
#include "runtime/core.h"
#include "runtime/retention.h"

namespace reprise::runtime {

class Arrivals {
 public:
  Arrivals(Core& core, Activation& activation, Retention& retention)
      : core_(core), activation_(activation), retention_(retention) {}

  void message(const PeerMessage& message);
  void ack(const PeerAck& ack);
  void step_done(const StepDone& done);
  void timer(const Timer& timer);

  /// Folds acknowledgements into the open record, if there is one. Call before sealing.
  void end_turn();

 private:
  /// What holds the key a message is for, or the run it names. Errors: it can't be read.
  Result<Holder> find(const replay::Message& message);
  /// False if its instance can't be read just now: it and those behind it are to be held.
  bool take(const PeerMessage& message);
  void hold(const PeerMessage& message);
  void take_held();
  /// What is to be recorded of a message.
  [[nodiscard]] replay::Received judge(const replay::Message& message, const Holder& target) const;
  void record(const replay::Message& message, Resident* target, replay::Received& received);

  Core& core_;
  Activation& activation_;
  Retention& retention_;
  std::map<ShardId, std::deque<PeerMessage>> held_;  ///< By source, in order; none is empty.
  std::map<ShardId, std::uint64_t> acked_;           ///< Acks to fold into the next record.
};

}  // namespace reprise::runtime

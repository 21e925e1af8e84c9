// Reads of instances for people: describe, list, history. Changes nothing.
#pragma once

#include <cstdint>

#include "runtime/core.h"
#include "runtime/portable.h"
#include "runtime/telling.h"

namespace reprise::runtime {

class Views {
 public:
  explicit Views(Core& core) : core_(core) {}

  /// Answers once all that is told is durable.
  void handle(Request request);

  /// What handle() answers, at once: of one instance. Errors: not_found,
  /// corrupt, io_error.
  Result<Reply> read(RequestKind kind, const InstanceKey& key) const;
  /// Tells the events of one instance in order from the `first`, each unpacked when its turn comes;
  /// a payload of more than `payload_max` bytes is not unpacked at all. Errors: as read(); events
  /// may have been told before.
  Result<void> history(const InstanceKey& key, std::uint64_t payload_max, const EventSink& sink,
                       Seq first = 1) const;
  /// Its history as it goes into a journal file. Errors: as read().
  Result<Exported> exported(const InstanceKey& key) const;
  /// In order of start; at most `filter.limit`.
  Result<Reply> list(const ListFilter& filter) const;

 private:
  Result<Resident*> find(const InstanceKey& key) const;
  InstanceInfo info(const replay::InstanceState& state, const Resident* resident) const;
  Result<Reply> describe(const Resident& resident) const;
  Result<Reply> history(const Resident& resident) const;
  Result<void> tell_events(const Resident& resident, std::uint64_t payload_max,
                           const EventSink& sink, Seq first) const;

  Core& core_;
};

}  // namespace reprise::runtime

// Answers what callers ask of a shard: start, signal, cancel, terminate, pause, resume, result,
// query. Reads (describe, list, history) are Views' job.
#pragma once

#include "runtime/activation.h"
#include "runtime/core.h"
#include "runtime/queries.h"

namespace reprise::runtime {

class Requests {
 public:
  Requests(Core& core, Activation& activation)
      : core_(core), activation_(activation), queries_(core, activation) {}

  /// Takes one request to its end: its answer is held until what it tells is durable.
  void handle(Request request);

 private:
  Result<Holder> find(const Request& request);
  void start(Request& request, const Holder& holder);
  void signal(Request& request, Resident& resident);
  void end(Request& request, Resident& resident);
  void complete(Request& request, Resident& resident);
  void pause(Request& request, Resident& resident);
  void resume(Request& request, Resident& resident);
  void refuse(Request& request, Error error) { core_.answer(request.answer, std::move(error)); }
  Reply reply_of(const Resident& resident) const;

  Core& core_;
  Activation& activation_;
  Queries queries_;
};

}  // namespace reprise::runtime

// The host of a machine: it calls, notes what it was told, and after a death calls again whatever
// was not acknowledged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/scripts/machine.h"
#include "tests/scripts/model.h"
#include "tests/scripts/operations.h"
#include "tests/support/linearizable.h"

namespace reprise::scripts {

using History = std::vector<test::Observed<Call>>;

class Client {
 public:
  explicit Client(Machine& machine) : machine_(machine) {}

  /// Until it is acknowledged. False when there is no engine any more.
  bool perform(const Place& place);
  /// The process dies now, and the next one opens.
  bool crash();
  /// Everything is done: all that was asked for has been answered, and nothing is left open.
  void check_end();

  /// Of whom asked and was answered at some time; who asks by callback and was not is left out.
  [[nodiscard]] History history() const;
  /// The second caller of some place never got to call: the first was answered before.
  [[nodiscard]] bool alone() const noexcept { return alone_; }

 private:
  struct Watch;

  bool again(Op op);
  /// Until `until`, in as many processes as it takes; false when there is no engine any more.
  bool pass(Nanos until);
  /// One attempt; false if the process died before it was acknowledged.
  bool attempt(Op op);
  bool call(Op op);
  bool read(Op op);
  bool observe(Call call, const std::function<void(Call&)>& ask);
  bool find(std::optional<Run<std::string>>& run);
  bool observe_result(bool waits);
  bool watch();
  void learn(const Call& call);

  Machine& machine_;
  std::uint64_t tick_ = 0;
  History calls_;
  std::vector<std::shared_ptr<Watch>> watches_;
  Nanos shutdown_at_ = 0;  ///< When the last orderly shutdown began.
  std::uint64_t shutdown_tick_ = 0;
  std::uint64_t run_ = 0;
  bool alone_ = false;
};

}  // namespace reprise::scripts

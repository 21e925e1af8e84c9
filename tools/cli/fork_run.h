// How a fork runs: what comes when, and what it does to the run in the sandbox.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/cli/answers.h"
#include "tools/cli/sandbox.h"
#include "tools/cli/what_if.h"

namespace reprise::cli {

/// Used once.
class ForkRun {
 public:
  /// All outlive it; `answers` are those behind the fork.
  ForkRun(Sandbox& box, Answers& answers, const Variant& variant)
      : box_(box), answers_(answers), variant_(variant), used_(variant.given.size()) {}

  /// Runs on from what the sandbox keeps, to the end of `bounds` at most. Errors: undecodable,
  /// history_too_long and timed_out (the bounds).
  Result<void> run(const Bounds& bounds, Seq events_max);

  /// Answers without which it could not go on, and what was taken for granted.
  [[nodiscard]] std::vector<std::string> needs() const;
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  enum class What : std::uint8_t { arrival, answer, due, hung, silence };
  /// What comes at a time; at one time as it was recorded, and what was not behind that.
  struct Item {
    Nanos time = 0;
    std::uint64_t order = 0;
    What what = What::due;
    OpId op = 0;
    std::uint32_t attempt = 0;
    std::size_t index = 0;  ///< Of an arrival.

    bool operator>(const Item& other) const {
      return std::tie(time, order, index) > std::tie(other.time, other.order, other.index);
    }
  };
  /// Who answers an operation; nobody, if all are empty.
  struct Answerer {
    RecordedOp* recorded = nullptr;
    std::optional<detail::Outcome> outcome;  ///< Given, or what a live body made of it.
    bool live = false;
  };

  Result<void> begin();
  void plan_arrivals();
  /// `order` is the recorded event's, or behind().
  void put(What what, Nanos time, std::uint64_t order, OpId op, std::size_t index = 0);
  [[nodiscard]] std::uint64_t behind() noexcept { return (std::uint64_t{1} << 62) + ++planned_; }
  Result<void> come(const Item& item);
  Result<void> outside(const Arrival& arrival);
  Result<void> stop_steps();

  /// Records what arrived, and what the code then issues.
  Result<void> arrive(replay::Event& event, std::string_view name = {});
  void issue();
  void opened(OpId op, RecordedOp* recorded);
  void attempt_started(OpId op);
  void run_live(OpId op, Answerer& answerer);
  /// Plans the operation's next answer, as recorded or by its own time.
  void next(OpId op);

  Result<void> answer(OpId op);
  Result<void> recorded_answer(OpId op, const Answer& answer);
  Result<void> step_answered(OpId op, const detail::Outcome& outcome,
                             std::optional<Nanos> retry_after);
  Result<void> handed_over(OpId op, Nanos ran);
  Result<void> redriven(OpId op);
  Result<void> due(OpId op);
  Result<void> told(OpId op, replay::EventKind kind, const detail::Outcome& outcome, RunId peer);

  [[nodiscard]] const replay::OpenOp* find(OpId op) const;
  [[nodiscard]] std::string_view name_of(const replay::OpenOp& open) const {
    return box_.names().text(open.name);
  }
  const Given* given_for(Given::Kind kind, std::string_view name);

  Sandbox& box_;
  Answers& answers_;
  const Variant& variant_;
  std::vector<bool> used_;  ///< Of the given ones.
  std::map<std::pair<Given::Kind, std::string>, std::uint64_t> counts_;
  std::map<OpId, Answerer> answerers_;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> agenda_;
  std::uint64_t planned_ = 0;
  Nanos now_ = 0;
  Nanos came_ = 0;  ///< When the code was last told something.
  std::vector<OpId> missing_;
  std::vector<std::string> notes_;
};

}  // namespace reprise::cli

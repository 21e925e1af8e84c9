// Has a simulated machine go as a schedule says, and notes what else could have happened.
//
// Invariants:
// - The same schedule makes the same choices in the same order. What it adds to another one comes
//   behind all that is in that, so up to there both go the same way; that they do is looked at
//   where what it adds is a choice.
// - A signal is sent when nothing else can go on but bodies that wait for it, one at a time: who
//   sends it waits for its answer.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reprise/testing/explore.h>

#include "tools/testing/director.h"
#include "tools/testing/lives.h"
#include "tools/testing/schedule.h"

namespace reprise::testing {

class Explorer final : public Director {
 public:
  /// All outlive it. `past`: of the choice that the schedule ends with, when it was found; 0: not
  /// known. Directs `lives` until its own end.
  Explorer(const ExploreOptions& options, const Schedule& schedule, std::uint64_t past,
           Lives& lives);
  ~Explorer() override;
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

  std::optional<BodyChoice> next_body(const std::vector<runtime::StepRun>& waiting) override;
  bool may_tell(const runtime::StepRun& late) override;
  void idle(std::optional<Nanos> next_due) override;

  /// A life is to begin. Where it ends; nullopt: it goes on to the end.
  [[nodiscard]] std::optional<CrashPoint> begin_life();
  /// It has begun: some time may have passed since the last one ended.
  void begun();
  /// It ended. False: not there, or before something else that was to happen.
  [[nodiscard]] bool died();
  /// The result was told: no signal comes a second time, and nothing is held back any more.
  void has_ended() noexcept { ended_ = true; }

  /// All that the schedule says took place.
  [[nodiscard]] bool complete() const noexcept { return taken_ == schedule_.size(); }
  /// What took place of the schedule, in words.
  [[nodiscard]] const std::vector<std::string>& story() const noexcept { return story_; }
  /// Signals that were refused, or could not be sent; a case that does not repeat itself.
  [[nodiscard]] const std::vector<std::string>& found() const noexcept { return found_; }

  /// How many choices there were, in all lives.
  [[nodiscard]] std::uint64_t choices() const noexcept { return choices_; }
  /// Those behind the last deviation.
  [[nodiscard]] std::vector<Choice> take_open() noexcept { return std::move(open_); }
  /// Of the last life, when the last deviation took place: records on disk, calls of the ledger.
  [[nodiscard]] std::uint64_t records_before() const noexcept { return records_before_; }
  [[nodiscard]] std::uint64_t calls_before() const noexcept { return calls_before_; }

 private:
  enum class State : std::uint8_t { unsent, sending, sent };
  struct Signal {
    State state = State::unsent;
    bool twice = false;
  };
  struct BodyKey {
    std::uint64_t run;
    OpId op;
    std::uint32_t attempt;
    auto operator<=>(const BodyKey&) const = default;
  };
  static BodyKey key_of(const runtime::StepRun& step) {
    return {step.run.value, step.op, step.attempt};
  }
  /// Waits until timers have fired. The engine's timers may be of what is over: one at whose time
  /// nothing was recorded has not fired.
  struct Behind {
    std::optional<Nanos> due;   ///< Nothing: the next one, which is not known yet.
    std::uint64_t records = 0;  ///< Of all processes, on disk before it was due.
    std::uint64_t left = 1;     ///< So many.
  };
  /// True when they have, or there is none.
  [[nodiscard]] bool over(Behind& behind, std::optional<Nanos> next_due) const;

  /// A choice is come to: its way if the schedule has one for it; else it is left open. `what`: of
  /// whom it is, for comparison.
  std::optional<Way> choose(Choice choice, std::uint64_t what);
  /// From the `first`-th on, and those that could come again.
  void add_signals(Choice& choice, std::size_t first) const;
  std::optional<BodyChoice> take_way(Way way, const std::vector<runtime::StepRun>& waiting,
                                     const std::vector<std::size_t>& ready);
  [[nodiscard]] std::optional<std::size_t> first_unsent() const;
  /// What was held back and may go on does; true if there was some.
  bool release(std::optional<Nanos> next_due);
  void idle_signals(std::optional<Nanos> next_due);
  void plan(std::size_t signal, bool again);
  void send(Engine& engine, std::size_t signal, bool again);
  void tell(std::string line) { story_.push_back(std::move(line)); }
  [[nodiscard]] std::string named(const runtime::StepRun& step) const;
  [[nodiscard]] std::string named(std::size_t signal) const;

  const ExploreOptions& options_;
  const Schedule& schedule_;
  std::uint64_t due_past_;
  Lives& lives_;
  std::vector<Signal> signals_;
  std::size_t taken_ = 0;
  std::uint64_t choices_ = 0;
  std::uint64_t past_ = 0;
  std::uint64_t records_before_ = 0;
  std::uint64_t calls_before_ = 0;
  std::vector<Choice> open_;
  std::vector<std::string> story_;
  std::vector<std::string> found_;
  /// Bodies, and answers of bodies, that wait; nothing: until nothing else can go on.
  std::map<BodyKey, std::optional<Behind>> held_;
  std::optional<Behind> signals_wait_;
  std::uint64_t life_ = 0;       ///< From 1.
  std::uint64_t first_run_ = 0;  ///< Whose body came first: the instance's own, most often.
  bool planned_ = false;         ///< A signal comes before anything else.
  bool sending_ = false;
  bool ended_ = false;
  /// What is planned may be left over when this is gone.
  std::shared_ptr<Explorer*> self_ = std::make_shared<Explorer*>(this);
};

}  // namespace reprise::testing

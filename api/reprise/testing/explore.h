// A workflow in the orders in which things can happen to it: is it right in all of them?
//
//   ExploreOptions options;
//   options.signals = {outside_signal("cancel", std::string("too dear"))};
//   options.invariants = {{"charged at most once", charged_at_most_once}};   // bool(const Ledger&)
//   const ExploreReport report = explore(workflows, options, order, 4711);
//   CHECK(report);
//
// First everything goes in order: bodies run one after the other as they were issued, each does its
// work; when nothing else can go on, the next signal comes; when none is left, time passes. Then
// once for every single thing that can be otherwise:
//
//   body       one goes before those that were issued earlier; waits until nothing else can go on;
//              begins only behind the next timer, or behind all; does its work, and its answer
//              comes behind the next timer, or behind all
//   failure    it fails before its work; does its work, and the answer is lost; fails for good
//   signal     one comes before a body; before an earlier signal; a second time; behind the next
//              timer, or behind all, with those that were to follow
//   crash      the process dies where a crash_matrix would let it die (crash_matrix.h); and then is
//              up again only when the next timer is due
//
// Timers are those that fire; of "all" there are fifty at most. Then for every second thing behind
// each of these that was no violation, and a third: as many as are asked for, drawn evenly from all
// that follow what was tried. That few things out of order are enough for most bugs is the idea of
// delay bounding: Emmi, Qadeer, Rakamaric, "Delay-bounded scheduling", 2011.
//
// Whatever happens, it must end; no body runs again whose completion was on disk; no signal is
// refused before the end; nothing is paused. Result and effects differ, rightly: what must be true
// of them say invariants and checks.
//
// Not searched: the order of messages between instances, when records reach the disk, which are as
// the seed says; and answers to tokens. Bodies that run on the shard go in the same way as others.
//
// Cases run on several threads at once, each with a ledger of its own: bodies, mocks, signals,
// invariants, checks and `drive` refer to nothing else that changes, nor do the log's sink,
// observer and codecs of `test`, which all cases share.
//
// What a case could have done otherwise is kept, 32 bytes a choice, until the next cases were made:
// with `singles_max` cases of 10,000 choices, that is gigabytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reprise/testing/crash_matrix.h>
#include <reprise/testing/ledger.h>
#include <reprise/testing/test_engine.h>

namespace reprise::testing {

/// A signal that somebody sends to the instance, once, and again until it is acknowledged.
struct OutsideSignal {
  std::string name;
  /// Sends it with that id.
  std::function<Result<void>(const Engine&, const Id&, const std::string& signal_id)> send;
};
template <class T>
OutsideSignal outside_signal(std::string name, T value) {
  auto send = [name, value = std::move(value)](const Engine& engine, const Id& id,
                                               const std::string& signal_id) -> Result<void> {
    auto sent = engine.signal(id, name, value, {.id = signal_id});
    if (!sent) return std::move(sent).error();
    return {};
  };
  return {std::move(name), std::move(send)};
}

/// What must be true at the end of what the engine can be asked, as the result. Give a retention,
/// if any, longer than all the time that passes: where it has let the instance go by then no check
/// is made, but in the case in which everything goes in order.
struct EndCheck {
  std::string name;
  std::function<bool(TestEngine&, const Id&)> holds;
};

struct ExploreOptions {
  TestOptions test{};
  std::string id = "explore";            ///< The instance's.
  std::vector<OutsideSignal> signals{};  ///< In the order in which they come in order; at most 32.
  std::vector<Invariant> invariants{};
  std::vector<EndCheck> checks{};
  std::function<void(Mocks&)> mocks{};
  /// What the host does in each of its lives after the start, as in a crash matrix: no crash() and
  /// no restart().
  std::function<void(TestEngine&, const Id&)> drive{};
  bool failures = true;  ///< Bodies fail.
  bool crashes = true;   ///< The process dies.
  /// How long it may go on after the result: detached children, messages on their way.
  std::chrono::nanoseconds linger = std::chrono::hours(1);
  /// Cases with one thing otherwise, two, three; all, if they are fewer.
  std::size_t singles_max = 20'000;
  std::size_t pairs_max = 5000;
  std::size_t triples_max = 1000;
  /// So often time may pass before the end, and so many events may be written while none does; more
  /// is a violation: it does not end. And so often behind the end, in each life and check.
  std::size_t idles_max = 20'000;
  std::size_t events_max = 100'000;
  unsigned threads = 0;  ///< 0 = one per processor.
  bool progress = true;  ///< On stderr, if that is a terminal.
  /// For journals of violations; "" = a new one in the temporary folder. As for a crash matrix.
  std::string folder{};
};

struct ExploreViolation {
  /// What was otherwise, in order: "3:lost/record7" is the third choice, then a crash.
  std::string path;
  std::vector<std::string> story;  ///< The same in words, a line each.
  std::vector<std::string> found;  ///< What is wrong, a sentence each.
  /// A journal file of all its instances, for `reprise`; "" behind the first twenty violations, and
  /// where there was no engine to ask at the end.
  std::string journal;
  std::string again;  ///< The command that runs this case alone.
};

struct ExploreCount {
  std::size_t tried = 0;
  std::size_t all = 0;  ///< That follow from what was tried before.
};

struct [[nodiscard]] ExploreReport {
  std::string workflow;
  bool alone = false;       ///< Only the case that the environment asked for; the counts are 0.
  std::size_t choices = 0;  ///< In the case in which everything goes in order.
  ExploreCount singles;     ///< Cases with one thing otherwise, two, three.
  ExploreCount pairs;
  ExploreCount triples;
  std::chrono::nanoseconds time{0};
  /// Those with the fewest things otherwise first. One is left out in which all happens that
  /// happens in one that is told already, and nothing else is wrong.
  std::vector<ExploreViolation> violations;
  std::size_t more = 0;  ///< Violations beyond a thousand, which are only counted.

  explicit operator bool() const noexcept { return violations.empty(); }
};
/// The figures, and the first few violations.
std::ostream& operator<<(std::ostream& out, const ExploreReport& report);

/// The part of explore that knows no types. `live` as for run_crash_matrix.
ExploreReport run_explore(const Registry& workflows, const ExploreOptions& options,
                          const void* workflow,
                          const std::function<Result<std::string>(TestEngine&)>& live);

/// With REPRISE_EXPLORE=WORKFLOW:PATH in the environment every explore() of that workflow runs only
/// that case (PATH as a violation has it; "in-order": the one without), and prints its story,
/// history and effects. Throws Error: unregistered, invalid_argument (REPRISE_EXPLORE is no path,
/// too many signals), and what the mocks' callback throws. Where the engine can't be opened,
/// another callback throws in a life that was not killed, the instance does not end or a call is
/// refused, that is a violation. A failed, cancelled or terminated workflow has ended, and so has
/// one that retention has deleted when a life asks for it.
template <class R, class... A>
ExploreReport explore(const Registry& workflows, const ExploreOptions& options,
                      Workflow<R> (*workflow)(Context, A...), std::type_identity_t<A>... input) {
  return run_explore(workflows, options, reinterpret_cast<const void*>(workflow),
                     reprise::detail::live_through(options.id, options.drive, workflow, input...));
}

}  // namespace reprise::testing

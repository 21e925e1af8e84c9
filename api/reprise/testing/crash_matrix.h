// A workflow killed everywhere: does it always come to the same end, and is the world as it should
// be?
//
//   MatrixOptions options;
//   options.invariants.push_back({"charged once", charged_once});   // bool(const Ledger&)
//   const CrashReport report = crash_matrix(workflows, options, order, 4711);
//   CHECK(report);
//
// The workflow is run once without a crash. Then once for every place where its process can die:
// before each record of the journal (with a step's start on disk and its body not run; with its
// body run and its answer lost; …), and before and after each effect that a body has on the ledger:
// between two of them, for an effect is whole or not at all. Each time the process is started again
// and runs to the end. Then pairs, a crash and another one in the recovery from it, and triples:
// drawn evenly from all that follow what was tried.
//
// Each must end, come to the same result, have had the same effects (each at least once), and run
// no body again whose completion was on disk. The invariants say the rest. Where retention is so
// short that a life finds its instance deleted, that has ended, and of its result nothing is known.
//
// Cases run on several threads at once, each with a ledger of its own: bodies, mocks, invariants
// and `drive` refer to nothing else that changes, nor do the log's sink, observer and codecs of
// `test`, which all cases share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reprise/testing/ledger.h>
#include <reprise/testing/test_engine.h>

namespace reprise::detail {

/// Starts the workflow, or finds it started, lets the host do its part, and waits for the result,
/// as bytes. Refers to its arguments.
template <class R, class... A>
auto live_through(const std::string& id,
                  const std::function<void(testing::TestEngine&, const Id&)>& drive,
                  Workflow<R> (*workflow)(Context, A...), const std::type_identity_t<A>&... input) {
  return [&, workflow](testing::TestEngine& engine) -> Result<std::string> {
    auto run = engine->start(workflow, id, input...);
    if (!run) return std::move(run).error();
    if (drive) drive(engine, id);
    auto result = run->result();
    if (!result) return std::move(result).error();
    if constexpr (std::is_void_v<R>) {
      return std::string();
    } else {
      auto payload = encode_value(*result);
      if (!payload) return std::move(payload).error();
      return std::move(payload->bytes);
    }
  };
}

}  // namespace reprise::detail

namespace reprise::testing {

/// What must be true of the outside world at the end, however often the process died.
struct Invariant {
  std::string name;
  std::function<bool(const Ledger&)> holds;
};

struct MatrixOptions {
  TestOptions test{};
  std::string id = "matrix";  ///< The instance's.
  std::vector<Invariant> invariants{};
  std::function<void(Mocks&)> mocks{};
  /// What the host does in each of its lives after the start: signals with an id, say. Must be
  /// safe to repeat, and neither crash() nor restart(). In a process that dies its calls answer
  /// engine_failed, and pass() throws that.
  std::function<void(TestEngine&, const Id&)> drive{};
  /// False: result and effects may depend on where it was killed, as the outcome of a race does, or
  /// a random number in them; the invariants say what must be true.
  bool same_outcome = true;
  /// How long it may go on after the result: detached children, messages on their way.
  std::chrono::nanoseconds linger = std::chrono::hours(1);
  std::size_t pairs_max = 2000;  ///< Crashes in a recovery that are tried; all, if they are fewer.
  std::size_t triples_max = 200;
  /// So often time may pass before the end, and so many events may be written while none does; more
  /// is a violation: it does not end. And so often behind the end, in each life.
  std::size_t idles_max = 20'000;
  std::size_t events_max = 100'000;
  unsigned threads = 0;  ///< 0 = one per processor.
  bool progress = true;  ///< On stderr, if that is a terminal.
  /// For journals of violations; "" = a new one in the temporary folder. They are named for
  /// workflow and path: what another search left there under such a name is replaced.
  std::string folder{};
};

struct Violation {
  /// Where it was killed: "record7" (with seven records of that life on disk), "before2" and
  /// "after2" (its second effect); "record7/before1": and in the recovery.
  std::string path;
  std::vector<std::string> found;  ///< What is wrong, a sentence each.
  /// A journal file of all its instances, for `reprise`; "" behind the first twenty violations, and
  /// where there was no engine to ask at the end.
  std::string journal;
  std::string again;  ///< The command that runs this case alone.
};

struct [[nodiscard]] CrashReport {
  std::string workflow;
  std::size_t records = 0;  ///< Of the run without a crash.
  std::size_t effects = 0;  ///< The same: those its bodies had on the ledger.
  std::size_t singles = 0;  ///< Cases with one crash, two, three.
  std::size_t pairs = 0;
  std::size_t triples = 0;
  std::chrono::nanoseconds time{0};
  /// Those with the fewest crashes first. One is left out where its first crashes are told already,
  /// and nothing else is wrong.
  std::vector<Violation> violations;

  explicit operator bool() const noexcept { return violations.empty(); }
};
/// The figures, and the first few violations.
std::ostream& operator<<(std::ostream& out, const CrashReport& report);

/// The part of crash_matrix that knows no types. `live` starts the workflow, or finds it started,
/// and waits for its result, as bytes.
CrashReport run_crash_matrix(const Registry& workflows, const MatrixOptions& options,
                             const void* workflow,
                             const std::function<Result<std::string>(TestEngine&)>& live);

/// With REPRISE_CRASH=WORKFLOW:PATH in the environment only that case of that workflow is run, and
/// its history and effects are printed. Throws Error: unregistered, invalid_argument (REPRISE_CRASH
/// is no path), and what the mocks' callback throws. Where the engine can't be opened, another
/// callback throws in a life that was not killed, or a life never comes to its crash, that is a
/// violation.
template <class R, class... A>
CrashReport crash_matrix(const Registry& workflows, const MatrixOptions& options,
                         Workflow<R> (*workflow)(Context, A...), std::type_identity_t<A>... input) {
  return run_crash_matrix(
      workflows, options, reinterpret_cast<const void*>(workflow),
      reprise::detail::live_through(options.id, options.drive, workflow, input...));
}

}  // namespace reprise::testing

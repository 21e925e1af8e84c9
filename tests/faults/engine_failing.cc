#include "tests/faults/engine_failing.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tests/faults/client.h"

namespace reprise::faults {
namespace {

/// What an engine may answer, or refuse to open with, on a failing disk.
bool may_answer(Code code) {
  return code == Code::engine_failed || code == Code::no_space || code == Code::io_error ||
         code == Code::outcome_unknown;
}

bool takes_space(Fault fault) {
  return fault == Fault::full || fault == Fault::no_space || fault == Fault::short_write;
}

/// It waits for space, or lets the caller wait, and goes on when there is some.
bool waits(Code code) { return code == Code::no_space || code == Code::timed_out; }

class FailingEngine {
 public:
  FailingEngine(std::uint64_t seed, const Plan& plan, Crashes& judged)
      : plan_(plan), judged_(judged), drive_(run_.start) {
    run_.seed = seed;
  }

  Outcome run() {
    drive_.plan(plan_);
    open();
    for (const Errand errand : errands_of(settings_of(run_.seed))) {
      if (violation_.empty()) perform(errand);
    }
    if (violation_.empty()) {
      close();
      crash("at the end");
    }
    return {violation_, drive_.faults(), drive_.ops()};
  }

 private:
  void fail(std::string_view what, std::string_view why) {
    if (violation_.empty()) violation_ = fmt::format("{}: {}", what, why);
  }

  void crash(std::string_view when) {
    if (life_) run_.past = life_->past();
    const std::size_t op = drive_.ops().size();
    for (const Damage damage : {Damage::kill, Damage::power}) {
      const Disk left = drive_.disk().crash(damage, 1);
      if (!judged_.fresh(state_of(left, run_, op, Subject::failing_engine))) continue;
      const auto wrong = judge_engine(left, run_, op, judged_.for_second_reader());
      if (!wrong.empty()) fail(fmt::format("{}, {}", when, name(damage)), wrong);
    }
  }

  void see_failure(std::string_view during, const Error& error) {
    // Without space an engine answers nothing until there is some.
    const bool patient = takes_space(plan_.fault) && error.code() == Code::timed_out;
    // A store that is being made tries what it needs of the file system first.
    const bool nowhere =
        error.code() == Code::store_unusable && drive_.disk().find(store_path + "/db") == 0;
    if (drive_.faults() == 0 || works_ || (!may_answer(error.code()) && !patient && !nowhere)) {
      return fail(during, fmt::format("{}: {}", name(error.code()), error.message()));
    }
    if (!std::exchange(seen_, true)) crash(fmt::format("first failure, in {}", during));
  }

  void open() {
    close();
    life_.emplace(drive_, run_.seed, run_.past);
    host_.emplace(*life_);
    auto opened = life_->open();
    if (opened) return see_opened();
    see_failure("open", opened.error());
    if (violation_.empty()) open_on_a_disk_that_works();
  }

  void see_opened() {
    if (!life_->findings().empty()) fail("verifier", life_->findings());
    if (life_->created() && !run_.receipts.empty()) fail("opened again", "the store was made anew");
  }

  void open_on_a_disk_that_works() {
    works_ = true;
    drive_.plan({});
    open();
  }

  /// The next life is bound by what this one did.
  void close() {
    if (!life_) return;
    life_->end();
    run_.past = life_->past();
    if (!life_->repeated().empty()) fail("a life", life_->repeated());
    host_.reset();
    life_.reset();
  }

  void perform(Errand errand) {
    for (int tries = 0; violation_.empty(); ++tries) {
      auto done = host_->perform(errand, false);
      if (!host_->wrong().empty()) fail(name(errand), host_->wrong());
      if (done) {
        run_.receipts.push_back({errand, drive_.ops().size()});
        return;
      }
      see_failure(name(errand), done.error());
      if (tries == 3) fail(name(errand), "it does not go on");
      if (violation_.empty()) go_on(done.code());
    }
  }

  /// Not always in the same way.
  void go_on(Code code) {
    if (plan_.at % 2 == 0) drive_.plan({});
    if (waits(code) && plan_.at % 2 == 0) {
      life_->pass(std::chrono::seconds(5));
    } else {
      close();
      open_on_a_disk_that_works();
    }
  }

  const Plan plan_;
  Crashes& judged_;
  EngineRun run_;
  Drive drive_;
  std::optional<Life> life_;
  std::optional<Host> host_;
  bool works_ = false;  ///< The disk, and the engine was opened since: nothing fails any more.
  bool seen_ = false;
  std::string violation_;
};

}  // namespace

std::uint64_t place_of(Fault fault, const EngineRun& run, std::uint64_t from) {
  if (fault == Fault::read_error) return from % run.reads;
  std::uint64_t at = from % run.ops.size();
  while (!hits(fault, run.ops[at])) at = (at + 1) % run.ops.size();
  return at;
}

Outcome run_engine_failing(std::uint64_t seed, const Plan& plan, Crashes& judged) {
  return FailingEngine(seed, plan, judged).run();
}

Outcome run_engine_failing(std::uint64_t seed, const Plan& plan) {
  Crashes judged(1);
  return run_engine_failing(seed, plan, judged);
}

}  // namespace reprise::faults

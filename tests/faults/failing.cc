#include "tests/faults/failing.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

class FailingRun {
 public:
  FailingRun(const Script& script, const Plan& plan, Crashes& judged)
      : script_(script), judged_(judged), drive_(fresh_disk()), client_(drive_) {
    drive_.plan(plan);
  }

  Outcome run() {
    open();
    for (const auto& call : script_) {
      if (!violation_.empty()) break;
      perform(call);
    }
    if (violation_.empty()) {
      static_cast<void>(client_.close());
      crash("at the end");
    }
    return {violation_, drive_.faults(), drive_.ops()};
  }

 private:
  [[nodiscard]] std::vector<Contents> allowed() const {
    if (!opened_) return {};
    std::vector<Contents> all = {client_.held()};
    if (client_.perhaps()) all.push_back(*client_.perhaps());
    return all;
  }

  void fail(std::string_view what, std::string_view why) {
    if (violation_.empty()) violation_ = fmt::format("{}: {}", what, why);
  }

  void crash(std::string_view when) {
    const std::size_t op = drive_.ops().size();
    for (const Damage damage : {Damage::kill, Damage::power}) {
      const Disk left = drive_.disk().crash(damage, 1);
      const auto at = fmt::format("{}, {}", when, name(damage));
      const auto copies = judged_.fresh_copies(left, client_.copies(), op, Subject::failing);
      if (auto wrong = judge_copies(left, copies, op); !wrong.empty()) fail(at, wrong);
      if (!judged_.fresh(left, allowed(), Subject::failing)) continue;
      const auto judged =
          judge(left, allowed(), damage == Damage::kill ? Sequel::looks : Sequel::appends,
                judged_.for_second_reader());
      if (!judged.violation.empty()) fail(at, judged.violation);
    }
  }

  /// Until it opens: a disk that goes on failing is mended after the first refusal.
  void open() {
    auto result = client_.open();
    if (!result) {
      see_failure("open");
      drive_.plan({});
      result = client_.open();
    }
    if (!result) return fail("opened on a disk that works again", result.error().message());
    if (!opened_ && client_.held() != Contents{}) fail("made", "it holds what nobody wrote");
    opened_ = true;
    see_wrong("after a failure");
  }

  void see_wrong(std::string_view where) {
    if (!client_.wrong().empty()) fail(where, client_.wrong());
  }

  void see_failure(std::string_view during) {
    if (std::exchange(seen_, true)) return;
    crash(fmt::format("first failure, in {}", during));
  }

  void perform(const Call& call) {
    const bool writes = call.kind == Call::Kind::append || call.kind == Call::Kind::trim;
    auto result = client_.perform(call);
    see_wrong(fmt::format("call {}", static_cast<int>(call.kind)));
    if (result || !violation_.empty()) return;
    see_failure(fmt::format("call {}: {}", static_cast<int>(call.kind), result.error().message()));
    if (client_.store() == nullptr) return open();  // It could not be closed, or opened again.
    if (result.code() == Code::outcome_unknown) {
      check_stopped();
    } else if (result.code() != Code::engine_failed) {
      // Surely unwritten, then, and the store goes on.
      return;
    } else if (writes) {
      fail("call", "it stopped without having said outcome_unknown");
    }
    static_cast<void>(client_.close());
    open();
  }

  /// Writing has ended for good, reading goes on, with nothing of what failed.
  void check_stopped() {
    auto& store = *client_.store();
    if (store.renew_anchor().code() != Code::engine_failed) fail("stopped", "the anchor moved");
    journal::ShardAppend none;
    none.epoch = store.ends(0).epoch;
    none.puts.push_back({journal::Table::rows, "late", "late"});
    if (store.append({&none, 1}, true).code() != Code::engine_failed) fail("stopped", "it appends");
    for (ShardId shard = 0; shard < shard_count; ++shard) {
      const auto ends = store.ends(shard);
      const auto& held = client_.held().shards[shard];
      if (ends.first != held.first || ends.last + 1 != held.first + held.records.size()) {
        fail("stopped", "its ends moved");
      }
    }
  }

  const Script& script_;
  Crashes& judged_;
  Drive drive_;
  Client client_;
  bool opened_ = false;
  bool seen_ = false;
  std::string violation_;
};

}  // namespace

Outcome run_failing(const Script& script, const Plan& plan, Crashes& judged) {
  return FailingRun(script, plan, judged).run();
}

Outcome run_failing(const Script& script, const Plan& plan) {
  Crashes judged(1);
  return run_failing(script, plan, judged);
}

}  // namespace reprise::faults

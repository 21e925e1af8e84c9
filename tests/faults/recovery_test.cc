// A crash in the recovery from a crash, and in the recovery from that.
#include <doctest/doctest.h>

#include "journal/anchor.h"
#include "tests/faults/crash.h"
#include "tests/faults/sim_files.h"

namespace reprise::faults {
namespace {

/// Crashes the run at each `stride`-th operation, the recovery from there at each as well, and so
/// on until `depth`.
void crash_again(Crashes& crashes, const Run& run, const std::string& again, std::size_t stride,
                 int depth) {
  crashes.enumerate(run, {.seed = static_cast<std::uint64_t>(depth), .stride = stride},
                    [&](const Moment& moment, const Judgement& judgement) {
                      const auto path = again + " --crash " + to_text(moment);
                      CHECK_MESSAGE(judgement.violation.empty(), path, ": ", judgement.violation);
                      if (depth > 1 && judgement.violation.empty()) {
                        crash_again(crashes, judgement.recovery, path, stride + 12, depth - 1);
                      }
                      return true;
                    });
}

/// A script of one append, killed while it was written: the first write of it that is cut off so
/// that nothing of its file is whole.
struct TornFirst {
  Run run = record({{Call::Kind::append, 1}});
  std::size_t op = 0;  ///< How many were done.
  Disk killed = run.start;
  Disk torn;

  TornFirst();
};

/// What an open drops of a torn tail.
std::uint64_t tail_of(const Disk& disk) {
  Drive drive(disk);
  Client client(drive);
  REQUIRE(client.open().ok());
  return client.store()->report().tail_bytes_dropped;
}

TornFirst::TornFirst() {
  for (bool written = false; !written; ++op) {
    killed.apply(run.ops[op]);
    written = op >= run.marks.at(1).begun && run.ops[op].kind == Op::Kind::write;
  }
  torn = killed.crash(Damage::torn, 0);
  for (std::uint64_t seed = 1; tail_of(torn) == 0; ++seed) torn = killed.crash(Damage::torn, seed);
}

/// An anchor whose slots were written, and then a third time by a process that was killed between
/// writing a slot and syncing it.
Disk anchor_killed_in_a_write() {
  Disk killed;
  Drive drive;
  SimFiles files(drive);
  journal::Anchor anchor;
  anchor.shards.resize(1);
  auto file = journal::AnchorFile::create(files, "/anchor", anchor).value();
  file.write(anchor).value();
  files.sync_folder("/").value();
  const std::size_t before = drive.ops().size();
  file.write(anchor).value();
  for (std::size_t i = 0; i < drive.ops().size(); ++i) {
    const Op& op = drive.ops()[i];
    if (i >= before && op.kind == Op::Kind::sync) break;
    killed.apply(op);
  }
  return killed;
}

}  // namespace

TEST_SUITE("faults/recovery") {
  TEST_CASE(
      "a slot of the anchor that a kill left unsynced is durable before the other is written") {
    const Disk killed = anchor_killed_in_a_write();
    Drive next(killed);
    SimFiles files(next);
    auto file = journal::AnchorFile::open(files, "/anchor").value();
    CHECK(file.newest().generation == 2);
    file.write(file.newest()).value();
    Disk disk = killed;
    int states = 0;
    for (std::size_t op = 0; op <= next.ops().size(); ++op) {
      for (const Damage damage : {Damage::torn, Damage::zeros, Damage::garbage}) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
          Drive after(disk.crash(damage, seed));
          SimFiles left(after);
          CHECK(journal::AnchorFile::open(left, "/anchor").ok());
          ++states;
        }
      }
      if (op < next.ops().size()) disk.apply(next.ops()[op]);
    }
    CHECK(states > 60);
  }

  TEST_CASE("a crash while recovering from a crash loses nothing either") {
    Crashes crashes;
    crash_again(crashes, record(make_script(4, 2)), "--seed 4 --calls 2", 23, 2);
    MESSAGE(crashes.distinct(), " distinct crash states");
    CHECK(crashes.distinct() > 90);
  }

  TEST_CASE("an append that was torn to nothing takes nothing with it that came after it") {
    // Of a file in which nothing is whole RocksDB recovers nothing, and keeps it.
    const TornFirst first;
    Crashes crashes;
    for (const Sequel sequel : {Sequel::appends, Sequel::renews}) {
      const auto judged = judge(first.torn, allowed_at(first.run, first.op), sequel);
      REQUIRE(judged.violation == "");
      crashes.enumerate(judged.recovery,
                        {.damages = {Damage::zeros, Damage::garbage, Damage::reordered}, .seed = 3},
                        [&](const Moment& moment, const Judgement& again) {
                          CHECK_MESSAGE(again.violation.empty(), to_text(moment), ": ",
                                        again.violation);
                          return true;
                        });
    }
    MESSAGE(crashes.distinct(), " distinct crash states");
    CHECK(crashes.distinct() > 150);
  }

  TEST_CASE("a file that cannot be removed is no damage later, torn or not yet synced") {
    const TornFirst first;
    for (const Disk& disk : {first.killed, first.torn}) {
      const auto judged = judge(disk, allowed_at(first.run, first.op), Sequel::appends);
      REQUIRE(judged.violation == "");
      int removals = 0;
      for (std::size_t at = 0; at < judged.recovery.ops.size(); ++at) {
        const Op& op = judged.recovery.ops[at];
        if (op.kind != Op::Kind::unlink || !op.name.ends_with(".log")) continue;
        CAPTURE(at);
        Drive drive(disk);
        drive.plan({Fault::io_error, at});
        auto allowed = allowed_at(first.run, first.op);
        {
          Client client(drive);
          if (client.open()) {
            SimFiles files(drive);
            const auto path = store_path + "/db/" + op.name;
            CHECK((!files.exists(path) || files.size_of(path).value() == 0));
            for (int i = 0; i < 3; ++i) static_cast<void>(client.append_to_all());
            static_cast<void>(client.close());
            allowed = {client.held()};
          }
        }
        CHECK(drive.faults() == 1);
        ++removals;
        for (const Damage damage : {Damage::kill, Damage::power}) {
          const auto left = judge(drive.disk().crash(damage, 1), allowed, Sequel::looks);
          CHECK(left.violation == "");
        }
      }
      CHECK(removals > 2);
    }
  }

  TEST_CASE("a write-ahead file whose removal fails once harms nothing, whichever it is") {
    const auto start = record({{Call::Kind::append, 1}}).start;
    const auto live = [](Drive& drive) {
      Client client(drive);
      REQUIRE(client.open().ok());
      for (int i = 0; i < 3; ++i) REQUIRE(client.append_to_all().ok());
      static_cast<void>(client.close());
      return client.held();
    };
    Drive sound(start);
    live(sound);
    int removals = 0;
    for (std::size_t at = 0; at < sound.ops().size(); ++at) {
      const Op& op = sound.ops()[at];
      if (op.kind != Op::Kind::unlink || !op.name.ends_with(".log")) continue;
      CAPTURE(op.name);
      Drive drive(start);
      drive.plan({Fault::io_error, at});
      const auto held = live(drive);
      CHECK(drive.faults() == 1);
      CHECK(judge(drive.disk(), {held}, Sequel::appends).violation == "");
      ++removals;
    }
    CHECK(removals > 1);
  }

  TEST_CASE("a write-ahead file that recovery removed does not come back as damage") {
    // Killed between a write and its sync, opened, closed in order; and then the power goes.
    const Run run = record(make_script(103, 11));
    Disk killed = run.start;
    const auto unsynced = [&](std::size_t at) {
      return run.ops[at].kind == Op::Kind::write && run.ops[at + 1].kind == Op::Kind::sync &&
             run.ops[at].node == run.ops[at + 1].node;
    };
    std::size_t done = 120;
    while (!unsynced(done++)) REQUIRE(done + 1 < run.ops.size());
    for (std::size_t op = 0; op < done; ++op) killed.apply(run.ops[op]);
    const auto judged = judge(killed, allowed_at(run, done), Sequel::looks);
    REQUIRE(judged.violation.empty());
    Crashes crashes;
    crashes.enumerate(judged.recovery, {.damages = {Damage::torn}, .seed = 491},
                      [&](const Moment& moment, const Judgement& again) {
                        CHECK_MESSAGE(again.violation.empty(), to_text(moment), ": ",
                                      again.violation);
                        return true;
                      });
    CHECK(crashes.distinct() > 15);
  }
}

}  // namespace reprise::faults

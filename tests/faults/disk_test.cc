// The simulated disk keeps its own promises: synced is kept, the rest is a damage's to decide.
#include "tests/faults/disk.h"

#include <doctest/doctest.h>

#include "tests/faults/crash.h"
#include "tests/faults/drive.h"

namespace reprise::faults {
namespace {

using Kind = Op::Kind;
using Tree = Disk::Tree;

constexpr Node first = Disk::root + 1;

/// /file with "synced", durable with its name, and " and more" behind it, which is not.
Disk half_synced() {
  Disk disk;
  disk.apply({.kind = Kind::make_file, .node = Disk::root, .name = "file"});
  disk.apply({.kind = Kind::sync_folder, .node = Disk::root});
  disk.apply({.kind = Kind::write, .node = first, .offset = 0, .bytes = "synced"});
  disk.apply({.kind = Kind::sync, .node = first});
  disk.apply({.kind = Kind::write, .node = first, .offset = 6, .bytes = " and more"});
  return disk;
}

}  // namespace

TEST_SUITE("faults/disk") {
  TEST_CASE("a kill loses nothing, and what follows it may still lose what was not synced") {
    const Disk killed = half_synced().crash(Damage::kill, 1);
    CHECK(killed.tree("/") == Tree{{"file", "synced and more"}});
    CHECK(killed.crash(Damage::power, 1).tree("/") == Tree{{"file", "synced"}});
  }

  TEST_CASE("every damage keeps what was synced, and between them they reach all that can be") {
    std::set<std::string> torn;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      for (const Damage damage : all_damages) {
        const auto left = half_synced().crash(damage, seed).tree("/").at("file");
        CHECK(left.starts_with("synced"));
        CHECK(left.size() <= std::string_view("synced and more").size());
        if (damage == Damage::torn) torn.insert(left);
      }
    }
    CHECK(torn.size() == 10);  // Each length from nothing of it to all of it.
  }

  TEST_CASE("a name that was not synced goes with the power, and its file with it") {
    Disk disk = half_synced();
    disk.apply({.kind = Kind::make_folder, .node = Disk::root, .name = "folder"});
    disk.apply({.kind = Kind::make_file, .node = first + 1, .name = "in it"});
    disk.apply({.kind = Kind::sync_folder, .node = first + 1});
    CHECK(disk.tree("/").contains("folder/in it"));
    CHECK(disk.crash(Damage::power, 1).tree("/") == Tree{{"file", "synced"}});
    disk.apply({.kind = Kind::sync_folder, .node = Disk::root});
    CHECK(disk.crash(Damage::power, 1).tree("/").contains("folder/in it"));
  }

  TEST_CASE("a rename is on both folders or on none, whichever of them is synced") {
    Disk disk = half_synced();
    disk.apply({.kind = Kind::make_folder, .node = Disk::root, .name = "to"});
    disk.apply({.kind = Kind::sync_folder, .node = Disk::root});
    disk.apply({.kind = Kind::rename,
                .node = Disk::root,
                .name = "file",
                .other = first + 1,
                .other_name = "moved"});
    CHECK(disk.crash(Damage::power, 1).tree("/") == Tree{{"file", "synced"}, {"to/", ""}});
    disk.apply({.kind = Kind::sync_folder, .node = first + 1});
    CHECK(disk.crash(Damage::power, 1).tree("/") == Tree{{"to/", ""}, {"to/moved", "synced"}});
  }

  TEST_CASE("what a failed sync left behind is there until the power goes, synced again or not") {
    Drive drive(half_synced());
    drive.plan({Fault::lost_sync, 0});
    CHECK(drive.perform({.kind = Kind::sync, .node = first}) != 0);
    CHECK(drive.perform({.kind = Kind::sync, .node = first}) == 0);
    CHECK(drive.disk().tree("/").at("file") == "synced and more");
    CHECK(drive.disk().crash(Damage::power, 1).tree("/").at("file") == "synced");
  }

  TEST_CASE("the same script leads to the same operations, and they to the same disk") {
    const Script script = make_script(3, 10);
    const Run one = record(script);
    const Run other = record(script);
    REQUIRE(one.ops.size() == other.ops.size());
    for (std::size_t i = 0; i < one.ops.size(); ++i) {
      CAPTURE(i);
      CHECK(one.ops[i].kind == other.ops[i].kind);
      CHECK(one.ops[i].node == other.ops[i].node);
      CHECK(one.ops[i].name == other.ops[i].name);
    }
  }
}

}  // namespace reprise::faults

// What is refused before a store is looked at, and what an open store keeps outside its database.
#include <doctest/doctest.h>

#include <csignal>

#include <sys/resource.h>

#include "journal/anchor.h"
#include "journal/rocks_store.h"
#include "tests/journal/damage.h"
#include "tests/journal/forwarding_files.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

}  // namespace

TEST_SUITE("journal/open") {
  TEST_CASE("a path that cannot hold a store is refused as unusable") {
    TempFolder folder;
    write_bytes(folder / "file", "text");
    CHECK(open_rocks_store({.path = folder / "file"}).code() == Code::store_unusable);
    fs::create_directory(folder / "foreign");
    write_bytes(folder / "foreign/notes.txt", "text");
    CHECK(open_rocks_store({.path = folder / "foreign"}).code() == Code::store_unusable);
    CHECK_FALSE(fs::exists(folder / "foreign/lock"));
    CHECK(open_rocks_store({.path = folder / "none", .create = false}).code() ==
          Code::store_unusable);
    CHECK_FALSE(fs::exists(folder / "none"));
    CHECK(open_rocks_store({.path = folder / "a/b"}).code() == Code::store_unusable);
    CHECK(open_rocks_store({.path = folder / "zero", .shards = 0}).code() ==
          Code::invalid_argument);
  }

  TEST_CASE("a file system without what a store needs is refused before anything is made") {
    class Poor final : public ForwardingFiles {
     public:
      explicit Poor(bool links) : links_(links) {}
      Result<void> link_file(const std::string& from, const std::string& to) override {
        if (links_) return ForwardingFiles::link_file(from, to);
        return Error(Code::io_error, from + ": not supported.");
      }
      Result<void> exchange(const std::string& one, const std::string& /*other*/) override {
        return Error(Code::io_error, one + ": invalid argument.");
      }

     private:
      bool links_;
    };
    TempFolder folder;
    for (const bool links : {true, false}) {
      Poor poor(links);
      const auto refused = open_rocks_store({.path = folder / "store"}, poor);
      CHECK(refused.code() == Code::store_unusable);
      CHECK(refused.error().message().find(links ? "no atomic exchange" : "no hard links") !=
            std::string::npos);
      CHECK(tree_of(folder / "store").empty());
    }
    CHECK(open_rocks_store({.path = folder / "store"}).ok());
    REQUIRE(real_files().probe(folder / "probe").ok());
    CHECK_FALSE(fs::exists(folder / "probe"));
    CHECK(real_files().probe(folder / "none/probe").code() == Code::io_error);
  }

  TEST_CASE("a lock needs no room on the disk") {
    TempFolder folder;
    rlimit before = {};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto none = before;
    none.rlim_cur = 0;  // No file may grow: a signal, and an error where it is ignored.
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
    auto lock = real_files().lock_store(folder / "lock");
    auto other = real_files().lock_store(folder / "lock");
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(lock.ok());
    CHECK(other.code() == Code::store_locked);
    CHECK(other.error().message().find("a process that left no name") != std::string::npos);
  }

  TEST_CASE("an append that would use up the reserve is refused, unwritten, and not for ever") {
    TempFolder folder;
    const auto path = folder / "store";
    {
      auto full = open_rocks_store({.path = path, .space_reserve = ~std::uint64_t{0} >> 1}).value();
      CHECK(append_one(*full, 0, "a").code() == Code::no_space);
      CHECK(append_one(*full, 0, "a").code() == Code::no_space);
      CHECK(texts(*full, 0).empty());
      REQUIRE(full->close().ok());
    }
    auto store = open_rocks_store({.path = path}).value();
    CHECK(append_one(*store, 0, "a").ok());
  }

  TEST_CASE("the anchor is renewed when claims have grown, and only then") {
    TempFolder folder;
    const auto path = folder / "store";
    auto store = open_rocks_store({.path = path}).value();
    const auto opened = AnchorFile::open(real_files(), path + "/anchor").value().newest();
    REQUIRE(store->renew_anchor().ok());
    CHECK(AnchorFile::open(real_files(), path + "/anchor").value().newest().generation ==
          opened.generation);
    REQUIRE(append_one(*store, 3, "a").ok());
    REQUIRE(store->renew_anchor().ok());
    const auto renewed = AnchorFile::open(real_files(), path + "/anchor").value().newest();
    CHECK(renewed.generation == opened.generation + 1);
    CHECK(renewed.shards[3].last == 1);
    CHECK(renewed.shards[3].chain == store->ends(3).chain);
    CHECK_FALSE(renewed.clean);
    REQUIRE(store->close().ok());
    CHECK(AnchorFile::open(real_files(), path + "/anchor").value().newest().clean);
  }

  TEST_CASE("damage in a record of many megabytes is no torn tail") {
    const Killed killed;
    make_tree(killed.path, killed.tree);
    Tree left;
    {
      auto store = open_rocks_store({.path = killed.path}).value();
      REQUIRE(append_one(*store, 0, std::string(5 << 20, 'x')).ok());
      for (int i = 0; i < 20; ++i) REQUIRE(append_one(*store, 0, "small").ok());
      left = tree_of(killed.path);  // As a kill leaves it: the anchor claims none of these.
    }
    const auto logs = names_in(left, "", ".log");
    const auto large = std::find_if(logs.begin(), logs.end(), [&](const auto& name) {
      return left.at(name).size() > std::size_t{5} << 20;
    });
    REQUIRE(large != logs.end());
    make_tree(killed.path, with_flip(left, *large, 1000, 1));
    const auto refused = open_rocks_store({.path = killed.path});
    CHECK(refused.code() == Code::corrupt);
  }
}

}  // namespace reprise::journal

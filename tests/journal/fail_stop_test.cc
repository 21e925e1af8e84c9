// A failed append ends writing for good; what is durable is found out by opening again.
#include <doctest/doctest.h>

#include <csignal>

#include <sys/resource.h>

#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// While it lives no file of this process can grow beyond `bytes`: writes fail with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_SUITE("journal/fail_stop") {
  TEST_CASE("after a failed append nothing more is written, reads go on, reopening heals") {
    TempFolder folder;
    const auto path = folder / "store";
    {
      auto store = open_rocks_store({.path = path, .shards = 2}).value();
      REQUIRE(append_one(*store, 0, "kept").ok());
      {
        const FileSizeLimit limit(64 << 10);
        CHECK(append_one(*store, 0, std::string(256 << 10, 'x')).code() == Code::outcome_unknown);
      }
      CHECK(append_one(*store, 0, "late").code() == Code::engine_failed);
      CHECK(append_one(*store, 1, "late").code() == Code::engine_failed);
      CHECK(store->trim(0, 1).code() == Code::engine_failed);
      CHECK(store->renew_anchor().code() == Code::engine_failed);
      CHECK(texts(*store, 0) == std::vector<std::string>{"kept"});
      CHECK(store->ends(0).last == 1);
      CHECK(store->close().ok());
    }
    auto store = open_rocks_store({.path = path}).value();
    CHECK_FALSE(store->report().clean);
    CHECK(texts(*store, 0) == std::vector<std::string>{"kept"});
    CHECK(append_one(*store, 0, "on").ok());
    CHECK(texts(*store, 0) == std::vector<std::string>{"kept", "on"});
  }
}

}  // namespace reprise::journal

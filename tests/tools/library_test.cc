// `--workflows`: the stock command with the workflows of a shared library.
#include <doctest/doctest.h>

#include <string>

#include "tests/tools/command.h"
#include "tests/tools/store.h"
#include "tests/tools/tell.h"
#include "tools/cli/library.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

/// That sees two of one global object where a library has its own copy, though nothing uses it.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool sees_copies = true;
#elif defined(__has_feature)
constexpr bool sees_copies = __has_feature(address_sanitizer);
#else
constexpr bool sees_copies = false;
#endif

std::string refusal(const std::string& path) {
  Registry workflows;
  const auto loaded = cli::load_workflows(path, workflows);
  return loaded ? "" : fmt::format("{}: {}", name(loaded.code()), loaded.error().message());
}

}  // namespace

TEST_SUITE("tools/library") {
  TEST_CASE("the command replays with the workflows of a library, whichever way that was linked") {
    const FilledStore store;
    for (const auto* kind : {"library", "whole"}) {
      CAPTURE(kind);
      if (sees_copies && kind == std::string("whole")) continue;
      const auto replayed =
          run_command("--workflows " + library(kind) + " replay " + store.path + " --check");
      CHECK(replayed.all == "5 histories: all replay\n");
      CHECK(replayed.code == 0);
      // Code that goes on, and throws, in both directions.
      const auto forked = run_command("--workflows " + library(kind) + " fork " + store.path +
                                      " done --at 2 --set step:charge=throw:Broken");
      CHECK(forked.code == 0);
      CHECK(has(forked.all, "fork      failed     Broken"));
      const auto live = run_command("--workflows " + library(kind) + " fork " + store.path +
                                    " poor --at 2 --live charge");
      CHECK(live.code == 0);
      CHECK(has(live.all, "NoMoney: the card has none"));
    }
    const auto other =
        run_command("--workflows " + library("renamed") + " replay " + store.path + " done");
    CHECK(other.code == 1);
    CHECK(has(other.all, "differs at event 2"));
    CHECK(has(other.all, "shop.cc:"));
  }

  TEST_CASE("a library that can't be used is refused, with what to do about it") {
    CHECK(has(refusal("/no/such/library.so"), "not_found: "));
    CHECK(has(refusal(library("none")), "invalid_argument: "));
    CHECK(has(refusal(library("none")), "it exports no workflows; REPRISE_EXPORT_WORKFLOWS"));
    CHECK(has(refusal(library("foreign")),
              "it was built for reprise 0.0.9, clang, libstdc++, and this is reprise "));
    CHECK(has(refusal(REPRISE_COMMAND), "invalid_argument: "));
    // This program exports none of its symbols: each has a Reprise of its own, or there is none.
    if (!sees_copies) CHECK(has(refusal(library("whole")), "it has a Reprise of its own"));
    CHECK(has(refusal(library("library")), "invalid_argument: "));
    const auto told = run_command("--workflows " + library("none") + " replay somewhere");
    CHECK(told.code == 64);
    CHECK(has(told.all, "docs/errors/invalid_argument.md"));
  }
}

}  // namespace reprise

// What a history tells of how often a body has run.
#include <doctest/doctest.h>

#include <cstdint>

#include <reprise/error.h>

#include "replay/ledger.h"

namespace {

using namespace reprise;
using namespace reprise::replay;

struct Told {
  Ledger ledger;
  Names names;
  void scheduled(std::uint32_t attempt, bool pure = false, RunsOn where = RunsOn::pool) {
    Event event;
    event.kind = EventKind::step_scheduled;
    event.op = 1;
    event.attempt = attempt;
    event.step.pure = pure;
    event.step.runs_on = where;
    ledger.add(event, names);
  }
  void answered(EventKind kind, Code failure = Code::ok, bool no_body = false) {
    Event event;
    event.kind = kind;
    event.op = 1;
    event.failure_code = static_cast<std::uint16_t>(failure);
    event.failed = failure != Code::ok;
    event.number = no_body ? 1 : 0;
    ledger.add(event, names);
  }
  /// Returned, threw, not known.
  void check(std::uint32_t returned, std::uint32_t threw, std::uint32_t unknown) const {
    const Effect effect = ledger.effects().at(1);
    CHECK(effect.returned == returned);
    CHECK(effect.threw == threw);
    CHECK(effect.unknown == unknown);
    CHECK(effect.least() == returned);
    CHECK(effect.most() == returned + threw + unknown);
  }
};

}  // namespace

TEST_SUITE("replay/ledger") {
  TEST_CASE("what was answered has run, what was not may have") {
    Told told;
    told.scheduled(1);
    told.check(0, 0, 1);
    SUBCASE("at once") {
      told.answered(EventKind::step_completed);
      told.check(1, 0, 0);
    }
    SUBCASE("after a crash") {
      told.scheduled(2);
      told.answered(EventKind::step_completed);
      told.check(1, 0, 1);
    }
    SUBCASE("after a failure") {
      told.answered(EventKind::step_attempt_failed, Code::step_failed);
      told.check(0, 1, 0);
      told.scheduled(2);
      told.answered(EventKind::step_completed, Code::step_failed);
      told.check(0, 2, 0);
    }
    SUBCASE("given up on while it ran, and answered for") {
      for (const Code code : {Code::timed_out, Code::body_hung, Code::operation_cancelled}) {
        Told other;
        other.scheduled(1);
        other.answered(EventKind::step_attempt_failed, code);
        other.check(0, 0, 1);
        other.answered(EventKind::step_completed, code, /*no_body=*/true);
        other.check(0, 0, 1);
      }
    }
    SUBCASE("never started: the engine went down") {
      told.answered(EventKind::step_attempt_failed, Code::shutting_down);
      told.check(0, 0, 0);
      told.scheduled(2);
      told.answered(EventKind::step_completed);
      told.check(1, 0, 0);
    }
  }

  TEST_CASE("an answer to nothing, as a file from elsewhere may hold, counts for nothing") {
    Told told;
    told.answered(EventKind::step_completed);
    told.answered(EventKind::step_handed_over);
    CHECK(told.ledger.effects().empty());
  }

  TEST_CASE("an answer by a token says nothing of the body") {
    Told told;
    told.scheduled(1, false, RunsOn::token);
    SUBCASE("that came before its return") {
      told.answered(EventKind::step_completed);
      told.check(0, 0, 1);
    }
    SUBCASE("that failed it") {
      told.answered(EventKind::step_attempt_failed, Code::step_failed);
      told.check(0, 0, 1);
    }
    SUBCASE("that came behind it") {
      told.answered(EventKind::step_handed_over);
      told.answered(EventKind::step_completed, Code::ok, /*no_body=*/true);
      told.check(1, 0, 0);
    }
  }

  TEST_CASE("a pure step is told as one") {
    Told told;
    told.scheduled(1, true);
    CHECK(told.ledger.effects().at(1).pure);
  }
}

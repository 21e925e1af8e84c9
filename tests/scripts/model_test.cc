// The model takes what the documentation promises of one instance, and nothing else.
#include "tests/scripts/model.h"

#include <doctest/doctest.h>

#include "tests/scripts/client.h"

namespace {

using namespace reprise;
using namespace reprise::scripts;

constexpr Nanos minute = Nanos{60} * 1'000'000'000;
constexpr Nanos hour = 60 * minute;

/// One caller's calls, one after the other, at the time told last.
class Told {
 public:
  Told& at(Nanos now) {
    now_ = now;
    return *this;
  }
  Told& operator()(Call call) {
    call.called = call.returned = now_;
    const std::uint64_t tick = 2 * calls_.size();
    calls_.push_back({call, tick + 1, tick + 2, call.answered});
    return *this;
  }
  [[nodiscard]] bool possible() const {
    return test::explain(Model({hour, 3 * hour}), calls_).found;
  }

 private:
  Nanos now_ = 0;
  History calls_;
};

Call started(std::uint64_t run, int input = 1) {
  return {.verb = Verb::start, .input = input, .run = run};
}
Call refused(Verb verb, Code code, int input = 1) {
  return {.verb = verb, .input = input, .code = code};
}
Call signal(char value, std::string id = "") {
  return {.verb = Verb::signal, .value = value, .id = std::move(id)};
}
Call lost(Call call) {
  call.answered = false;
  return call;
}
Call ok(Verb verb) { return {.verb = verb}; }
Call result(std::string taken, std::uint64_t run = 5) {
  return {.verb = Verb::result, .run = run, .text = result_of(1, taken)};
}
Call no_result(Code code, bool waits = false) {
  return {.verb = Verb::result, .waits = waits, .run = 5, .code = code};
}
Call history(std::string signals, bool cancelled = false) {
  return {.verb = Verb::history, .text = std::move(signals), .cancelled = cancelled};
}
Call shown(InstanceStatus status) { return {.verb = Verb::describe, .run = 5, .status = status}; }

}  // namespace

TEST_SUITE("scripts/model") {
  TEST_CASE("a start is the same run for ever, and another input a conflict") {
    CHECK(Told()(started(5))(started(5)).possible());
    CHECK_FALSE(Told()(started(5))(started(6)).possible());
    CHECK(Told()(started(5))(refused(Verb::start, Code::conflict, 2)).possible());
    CHECK_FALSE(Told()(started(5))(started(5, 2)).possible());
    CHECK_FALSE(Told()(refused(Verb::start, Code::conflict)).possible());
    CHECK(Told()(lost(started(0, 2)))(refused(Verb::start, Code::conflict)).possible());
    CHECK(Told()(lost(started(0, 2)))(started(5)).possible());
  }

  TEST_CASE("what was acknowledged is in the history, once, in order; what was not may be") {
    CHECK(Told()(started(5))(signal('a'))(signal('b'))(history("ab")).possible());
    CHECK_FALSE(Told()(started(5))(signal('a'))(signal('b'))(history("b")).possible());
    CHECK_FALSE(Told()(started(5))(signal('a'))(signal('b'))(history("ba")).possible());
    CHECK_FALSE(Told()(started(5))(signal('a'))(history("aa")).possible());
    CHECK(Told()(started(5))(lost(signal('a')))(signal('a'))(history("a")).possible());
    CHECK(Told()(started(5))(lost(signal('a')))(signal('a'))(history("aa")).possible());
    CHECK_FALSE(Told()(started(5))(lost(signal('a')))(history("aa")).possible());
    CHECK_FALSE(Told()(started(5))(ok(Verb::cancel))(history("")).possible());
    CHECK_FALSE(Told()(started(5))(history("", true)).possible());
  }

  TEST_CASE("the id of a signal is taken once") {
    CHECK(Told()(started(5))(signal('a', "1"))(signal('b', "1"))(history("a")).possible());
    CHECK_FALSE(Told()(started(5))(signal('a', "1"))(signal('b', "1"))(history("ab")).possible());
    const auto lost_first = Told()(started(5))(lost(signal('a', "1")))(signal('b', "1"));
    CHECK(Told(lost_first)(history("a")).possible());
    CHECK(Told(lost_first)(history("b")).possible());
    CHECK_FALSE(Told(lost_first)(history("ab")).possible());
  }

  TEST_CASE("a start with a signal is both or neither") {
    const Call both{.verb = Verb::start_with_signal, .input = 1, .value = 's', .run = 5};
    CHECK(Told()(both)(history("s")).possible());
    CHECK_FALSE(Told()(both)(history("")).possible());
    CHECK_FALSE(Told()(lost(both))(history("")).possible());
    CHECK(Told()(lost(both))(refused(Verb::history, Code::not_found)).possible());
  }

  TEST_CASE("it ends by what ends it, and tells what it has taken for ever") {
    const auto sent = Told()(started(5))(signal('a'))(signal(end_signal));
    CHECK(Told(sent)(result("a"))(result("a")).possible());
    CHECK_FALSE(Told(sent)(result("")).possible());
    CHECK_FALSE(Told(sent)(no_result(Code::timed_out, true)).possible());
    CHECK_FALSE(Told()(started(5))(result("")).possible());
    CHECK(Told(sent)(signal('b'))(result("ab")).possible());
    CHECK_FALSE(Told(sent)(signal('b'))(result("a"))(result("ab")).possible());
    CHECK_FALSE(Told(sent)(result("a"))(signal('b')).possible());
    CHECK(Told(sent)(result("a"))(refused(Verb::signal, Code::closed)).possible());
  }

  TEST_CASE("an acknowledged pause, cancel or terminate is seen") {
    const auto begun = Told()(started(5));
    CHECK(Told(begun)(ok(Verb::pause))(shown(InstanceStatus::paused)).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::pause))(shown(InstanceStatus::waiting)).possible());
    CHECK_FALSE(Told(begun)(shown(InstanceStatus::paused)).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::pause))(signal(end_signal))(result("")).possible());
    CHECK(Told(begun)(ok(Verb::cancel))(no_result(Code::workflow_cancelled)).possible());
    CHECK_FALSE(Told(begun)(no_result(Code::workflow_cancelled)).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::cancel))(result("")).possible());
    CHECK(Told(begun)(ok(Verb::terminate))(no_result(Code::workflow_terminated)).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::terminate))(shown(InstanceStatus::running)).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::terminate))(no_result(Code::timed_out)).possible());
    CHECK_FALSE(Told(begun)(refused(Verb::pause, Code::closed)).possible());
    CHECK_FALSE(Told()(ok(Verb::cancel)).possible());
  }

  TEST_CASE("who waits for a result is told of a shutdown only while there is none") {
    const auto begun = Told()(started(5));
    Call told = no_result(Code::shutting_down, true);
    CHECK_FALSE(Told(begun)(told).possible());
    told.at_shutdown = true;
    CHECK(Told(begun)(told).possible());
    CHECK(Told(begun)(signal(end_signal))(told).possible());
    CHECK_FALSE(Told(begun)(signal(end_signal))(result(""))(told).possible());
    CHECK_FALSE(Told(begun)(ok(Verb::terminate))(told).possible());
  }

  TEST_CASE("signals are unread until the instance has slept, and none is when it has ended") {
    const auto unread = [](std::uint32_t count, InstanceStatus status) {
      Call call = shown(status);
      call.unread = count;
      return call;
    };
    const auto sent = Told()(started(5))(signal('a'))(signal('b'));
    CHECK(Told(sent)(unread(2, InstanceStatus::waiting)).possible());
    CHECK_FALSE(Told(sent)(unread(1, InstanceStatus::waiting)).possible());
    CHECK_FALSE(Told(sent)(unread(3, InstanceStatus::waiting)).possible());
    CHECK(Told(sent).at(minute)(unread(1, InstanceStatus::waiting)).possible());
    const auto ended = Told(sent)(ok(Verb::terminate));
    CHECK(Told(ended)(unread(0, InstanceStatus::terminated)).possible());
    CHECK_FALSE(Told(ended)(unread(2, InstanceStatus::terminated)).possible());
  }

  TEST_CASE("a query tells no less than the one before") {
    const auto asked = [](std::string taken) {
      return Call{.verb = Verb::query, .text = std::move(taken)};
    };
    const auto sent = Told()(started(5))(signal('a'))(signal('b'));
    CHECK(Told(sent)(asked(""))(asked("a"))(asked("ab")).possible());
    CHECK_FALSE(Told(sent)(asked("ab"))(asked("a")).possible());
    CHECK_FALSE(Told(sent)(asked("b")).possible());
    CHECK_FALSE(Told(sent)(refused(Verb::query, Code::unknown_query)).possible());
  }

  TEST_CASE("a finished one goes when its time comes, and its id is free when that is over") {
    const auto ended = Told()(started(5))(signal(end_signal))(result(""));
    const Call gone = refused(Verb::describe, Code::not_found);
    CHECK_FALSE(Told(ended).at(hour / 2)(gone).possible());
    CHECK(Told(ended).at(hour)(gone).possible());
    CHECK_FALSE(Told(ended).at(hour + 3 * minute)(shown(InstanceStatus::completed)).possible());
    CHECK(Told(ended).at(2 * hour)(refused(Verb::start, Code::closed)).possible());
    CHECK(Told(ended).at(2 * hour)(refused(Verb::start, Code::conflict, 2)).possible());
    CHECK_FALSE(Told(ended).at(2 * hour)(started(6)).possible());
    CHECK(Told(ended).at(5 * hour)(started(6)).possible());
    CHECK_FALSE(Told(ended).at(5 * hour)(started(5)).possible());
    CHECK_FALSE(Told(ended).at(5 * hour)(refused(Verb::start, Code::closed)).possible());
  }
}

// `debug`: a recorded run, forwards and backwards, with its code and without.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/tools/store.h"
#include "tests/tools/tell.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

int plus(int a, int b) { return a + b; }

/// Tells of its locals.
Workflow<int> adding(Context ctx, int count) {
  int sum = 0;
  auto total = ctx.query("total", [&] { return sum; });
  auto more = ctx.query("plus", [&](int by) { return sum + by; });
  for (int i = 0; i < count; ++i) {
    auto next = co_await ctx.step("add", plus, sum, 1);
    sum = next;
  }
  co_return sum;
}
/// The same until it has counted far enough.
Workflow<int> other_name(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const std::string name = i < 2 ? "add" : "sum";
    auto next = co_await ctx.step(name, plus, sum, 1);
    sum = next;
  }
  co_return sum;
}
/// Its sum is another one once it has counted far enough; what it adds is not.
Workflow<int> watching(Context ctx, int count) {
  int sum = 0;
  const auto watched = ctx.watch("sum", sum);
  for (int i = 0; i < count; ++i) {
    auto next = co_await ctx.step("add", plus, i, 1);
    sum = next;
  }
  co_return sum;
}
Workflow<int> watching_another(Context ctx, int count) {
  int sum = 0;
  const auto watched = ctx.watch("sum", sum);
  for (int i = 0; i < count; ++i) {
    auto next = co_await ctx.step("add", plus, i, 1);
    sum = i < 2 ? next : next + 1;
  }
  co_return sum;
}
Workflow<int> crashing(Context ctx, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    if (sum == 2) std::raise(SIGKILL);
    auto next = co_await ctx.step("add", plus, sum, 1);
    sum = next;
  }
  co_return sum;
}

[[noreturn]] int throws() { throw NamedFailure("\x1b[31mEvil", "\x1b[2J", false); }
Workflow<int> steering(Context ctx) {
  auto value = co_await ctx.step("evil", throws);
  co_return value;
}

Registry with(Workflow<int> (*flow)(Context, int)) {
  Registry workflows;
  workflows.add("adding", flow);
  return workflows;
}

/// A file with one run of `count` steps.
struct AddingFile {
  journal::testing::TempFolder folder;
  std::string path = folder / "adding.journal";

  explicit AddingFile(int count = 4, Workflow<int> (*flow)(Context, int) = adding) {
    const auto store = folder / "store";
    {
      auto engine = open_engine(store, 100'000, with(flow)).value();
      CHECK(engine.start(flow, "one", count).value().result().value() == count);
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    REQUIRE(testing::tell({"export", store, "one", "--to", path}).code == 0);
  }

  Told run(const std::vector<std::string>& commands, const Registry& workflows) const {
    std::vector<std::string> args = {"debug", path};
    for (const auto& command : commands) {
      args.emplace_back("--run");
      args.push_back(command);
    }
    return testing::tell(args, workflows);
  }
};

}  // namespace

TEST_SUITE("tools/debug") {
  TEST_CASE("it begins before the first event, and goes on and back by events") {
    const AddingFile file;
    const auto told = file.run({"next", "next 2", "back", "goto 9", "first"}, with(adding));
    CHECK(told.code == 0);
    INFO(told.out);
    const auto all = lines(told.out);
    CHECK(all.at(0) == "one  adding  10 events  Completed");
    CHECK(has(all.at(1), "event 1 of 10  workflow_started \"adding\"  [4]"));
    CHECK(has(told.out, "event 2 of 10  step_scheduled \"add\" (op 1)"));
    CHECK(has(told.out, "event 4 of 10  step_scheduled \"add\" (op 2)"));
    CHECK(has(told.out, "event 3 of 10  step_completed \"add\" (op 1)  1"));
    CHECK(has(told.out, "event 9 of 10  step_completed \"add\" (op 4)  4"));
    CHECK(has(told.out, "debug_test.cc:"));
    CHECK(has(told.out, "co_await ctx.step(\"add\""));
  }

  TEST_CASE("what the code knows is as of the place, before and after going back") {
    const AddingFile file;
    const auto told =
        file.run({"goto 8", "ask total", "goto 4", "ask total", "ask plus [10]"}, with(adding));
    INFO(told.out);
    CHECK(told.code == 0);
    const auto all = lines(told.out);
    std::vector<std::string> answers;
    for (const auto& line : all) {
      if (line.starts_with("  ") && !has(line, "debug_test.cc")) answers.push_back(line);
    }
    CHECK(answers == std::vector<std::string>{"  3", "  1", "  11"});
    CHECK(has(file.run({"goto 8", "ask nothing"}, with(adding)).out, "unknown_query"));
  }

  TEST_CASE("stops: an operation, a kind, a condition, in both directions") {
    const AddingFile file;
    auto told = file.run({"break when kind == step_completed and payload > 2", "continue",
                          "continue", "reverse", "delete 1", "continue"},
                         with(adding));
    INFO(told.out);
    CHECK(told.code == 0);
    const auto all = lines(told.out);
    std::vector<std::string> events;
    for (const auto& line : all) {
      if (line.starts_with("event ") || line.starts_with("the end")) {
        events.push_back(line.substr(0, line.find("  ")));
      }
    }
    CHECK(events == std::vector<std::string>{"event 1 of 10", "event 7 of 10", "event 9 of 10",
                                             "event 7 of 10",
                                             "the end, behind event 10: Completed"});
    CHECK(has(file.run({"break step:add", "continue"}, with(adding)).out, "event 2 of 10"));
    CHECK(has(file.run({"break workflow_completed", "c"}, with(adding)).out, "event 10 of 10"));
    const auto wrong = file.run({"break when colour == red"}, with(adding));
    CHECK(wrong.code == 1);
    CHECK(has(wrong.out, "there is no field \"colour\""));
  }

  TEST_CASE("where code and history part it stops, and the record goes on") {
    const AddingFile file;
    const auto told = file.run({"continue", "next", "back"}, with(other_name));
    INFO(told.out);
    CHECK(told.code == 0);
    CHECK(has(told.out, "the code parts from its history before event 6"));
    CHECK(has(told.out, "differs   name"));
    CHECK(has(told.out, "event 7 of 10  step_completed"));
    CHECK(has(told.out, "(what is recorded, without the code)"));
  }

  TEST_CASE("the first wrong value that is watched is told where it comes up, and at the end") {
    const AddingFile file(4, watching);
    const auto told = file.run({"goto 8", "next", "next", "last"}, with(watching_another));
    INFO(told.out);
    CHECK(told.code == 0);
    const auto first = told.out.find("what the code watches is not what it was since event 8");
    REQUIRE(first != std::string::npos);
    CHECK(told.out.find("event 9 of 10") < first);
    CHECK(has(told.out.substr(first), "watched   sum: 4 now, another value then"));
    CHECK(has(told.out.substr(told.out.find("the end")), "watched   sum"));
    CHECK_FALSE(has(file.run({"last"}, with(watching)).out, "what the code watches"));
  }

  TEST_CASE("code that brings its process down leaves the session where it was") {
    const AddingFile file;
    const auto told = file.run({"goto 5", "continue"}, with(crashing));
    INFO(told.out);
    CHECK(told.code == 1);
    CHECK(has(told.out, "killed by signal 9"));
    CHECK(has(told.out, "engine_failed"));
    CHECK(has(told.out, "the code ran on from event 5"));
  }

  TEST_CASE("without the code what is recorded is told") {
    const AddingFile file;
    const auto told = file.run({"goto 5", "print op 2", "why", "print waits", "events 1 3"}, {});
    INFO(told.out);
    CHECK(told.code == 0);
    CHECK(has(told.out, "this program does not have its code"));
    CHECK(has(told.out, "  event 4 of 10  step_scheduled \"add\" (op 2)"));
    CHECK(has(told.out, "answers event 4 of 10"));
    CHECK(has(told.out, "which the code did when it was told event 3 of 10"));
    CHECK(has(told.out, "to return"));
    CHECK(has(told.out, "       2  step_scheduled \"add\" (op 1)"));
    CHECK(has(file.run({"list"}, {}).out, "unregistered"));
    CHECK(has(file.run({"fly"}, {}).out, "there is no command \"fly\""));
  }

  TEST_CASE("a long history is walked back and forth, and ends up the same") {
    const AddingFile file(1'000);
    const auto told = file.run({"last", "back 500", "ask total", "goto 1501", "ask total",
                                "goto 300", "ask total", "goto 1501", "ask total"},
                               with(adding));
    INFO(told.out);
    CHECK(told.code == 0);
    std::vector<std::string> answers;
    for (const auto& line : lines(told.out)) {
      if (line.starts_with("  ") && !has(line, "debug_test.cc")) answers.push_back(line);
    }
    CHECK(answers == std::vector<std::string>{"  750", "  749", "  149", "  749"});
  }

  TEST_CASE("a failure's type is a stranger's text, too") {
    const journal::testing::TempFolder folder;
    const auto store = folder / "store";
    Registry workflows;
    workflows.add("steering", steering);
    {
      auto engine = open_engine(store, 100'000, workflows).value();
      CHECK_FALSE(engine.start(steering, "one").value().result().ok());
      REQUIRE(engine.shutdown(std::chrono::seconds(10)).ok());
    }
    const auto told = testing::tell(
        {"debug", store, "--run", "events", "--run", "last", "--run", "print evil", "--run", "why",
         "--run", "break when payload/99999999999999999999 == 1", "--run", "reverse"},
        workflows);
    CHECK(told.code == 0);
    CHECK(has(told.out, "Evil"));
    CHECK_FALSE(has(told.out, "\x1b"));
  }

  TEST_CASE("what if, and against another history, from where it stands") {
    const AddingFile file;
    const AddingFile other(5);
    const auto told =
        file.run({"goto 4", "fork step:add=40", "diff " + other.path, "help"}, with(adding));
    INFO(told.out);
    CHECK(told.code == 0);
    CHECK(has(told.out, "VARIANT"));
    CHECK(has(told.out, "event 5 step_completed \"add\" (op 2)"));
    CHECK(has(told.out, "payload /0: 4, then 5"));
    CHECK(has(told.out, "fork [ANSWER]"));
    CHECK(has(file.run({"fork nothing"}, with(adding)).out, "invalid_argument"));
    CHECK(file.run({"diff " + file.path + " nobody"}, with(adding)).code == 1);
  }

  TEST_CASE("several instances: one must be named") {
    const FilledStore store;
    const auto told = testing::tell({"debug", store.path, "--run", "quit"}, shop());
    CHECK(told.code != 0);
    CHECK(has(told.err, "several instances"));
    CHECK(testing::tell({"debug", store.path, "open", "--run", "quit"}, shop()).code == 0);
  }
}

}  // namespace reprise

#include <reprise/observer.h>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <reprise/reprise.h>

#include "support/sim_engine.h"

namespace {

using namespace std::chrono_literals;
using reprise::Change;
using reprise::ChangeKind;

std::string charge(std::string who) { return "receipt for " + who; }

int failures_left = 0;
std::string flaky() {
  if (failures_left-- > 0) throw std::runtime_error("no luck");
  return "done";
}

reprise::Workflow<std::string> order(reprise::Context ctx, std::string who) {
  auto receipt = co_await ctx.step("charge", charge, who);
  co_await ctx.sleep(5s);
  auto how = co_await ctx.signal<std::string>("shipped");
  co_return receipt + " by " + how;
}

reprise::Workflow<std::string> stubborn(reprise::Context ctx) {
  auto said = co_await ctx.step("flaky", {.attempts = 2, .backoff = 1s}, flaky);
  co_return said;
}

reprise::Workflow<std::string> parent(reprise::Context ctx) {
  auto said = co_await ctx.child(stubborn, "kid");
  co_return said;
}

reprise::Registry registry() {
  reprise::Registry workflows;
  workflows.add("order", order);
  workflows.add("stubborn", stubborn);
  workflows.add("parent", parent);
  return workflows;
}

/// Keeps what it is told, and how much of the journal was durable then.
class Notebook : public reprise::Observer {
 public:
  explicit Notebook(reprise::test::Machine& machine) : machine_(machine) {}
  void on_change(const Change& change) override {
    changes.push_back(change);
    durable.push_back(machine_.records());
  }
  [[nodiscard]] std::string kinds(const std::string& id) const {
    std::string text;
    for (const Change& change : changes) {
      if (change.key.id != id) continue;
      text += (text.empty() ? "" : " ") + std::string(name(change.kind));
    }
    return text;
  }
  std::vector<Change> changes;
  std::vector<std::uint64_t> durable;

 private:
  reprise::test::Machine& machine_;
};

class Thrower : public reprise::Observer {
 public:
  void on_change(const Change&) override { throw std::runtime_error("observer is broken"); }
};

}  // namespace

TEST_SUITE("runtime/observer") {
  TEST_CASE("an observer is told of every change of a run, in the order of its history") {
    reprise::test::Machine machine;
    auto notebook = std::make_shared<Notebook>(machine);
    machine.options().observer = notebook;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(order, "order-1", "ada").value();
    CHECK(run.result(10s).code() == reprise::Code::timed_out);
    engine.signal("order-1", "shipped", std::string("boat")).value();
    CHECK(run.result().value() == "receipt for ada by boat");
    CHECK(notebook->kinds("order-1") ==
          "started step_scheduled step_completed timer_started timer_fired signal_awaited "
          "signal_received completed");
    reprise::Seq seq = 0;
    for (const Change& change : notebook->changes) {
      CHECK(change.seq == ++seq);
      CHECK(change.run == run.run());
      CHECK(change.workflow == "order");
    }
    CHECK(engine.history("order-1").value().size() == seq);
    CHECK(notebook->changes[1].name == "charge");
    CHECK(notebook->changes[1].attempt == 1);
    CHECK(notebook->changes[2].name == "charge");
    CHECK(notebook->changes[2].op == notebook->changes[1].op);
    CHECK(notebook->changes[4].time >= notebook->changes[3].due);
    CHECK(notebook->changes[6].name == "shipped");
  }

  TEST_CASE("a failed attempt is told with its failure and the time of the next one") {
    failures_left = 1;
    reprise::test::Machine machine;
    auto notebook = std::make_shared<Notebook>(machine);
    machine.options().observer = notebook;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(stubborn, "s").value().result().value() == "done");
    CHECK(notebook->kinds("s") ==
          "started step_scheduled step_attempt_failed step_scheduled step_completed completed");
    const Change& failed = notebook->changes[2];
    REQUIRE(failed.failure.has_value());
    CHECK(failed.failure->message == "no luck");
    CHECK(failed.due > failed.time);
    CHECK(failed.attempt == 1);
    CHECK(notebook->changes[3].attempt == 2);
  }

  TEST_CASE("children, pauses, cancels and terminations are told") {
    failures_left = 0;
    reprise::test::Machine machine;
    auto notebook = std::make_shared<Notebook>(machine);
    machine.options().observer = notebook;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(parent, "p").value().result().value() == "done");
    CHECK(notebook->kinds("p") ==
          "started child_scheduled child_started child_completed completed");
    auto run = engine.start(order, "o", "ada").value();
    CHECK(run.result(10s).code() == reprise::Code::timed_out);
    notebook->changes.clear();
    engine.pause("o", "lunch").value();
    engine.resume("o").value();
    engine.terminate("o", "enough").value();
    CHECK(notebook->kinds("o") == "paused resumed terminated");
    CHECK(notebook->changes[0].reason == "user");
    CHECK(notebook->changes[0].text == "lunch");
    CHECK(notebook->changes[2].text == "enough");
    CHECK(engine.start(order, "c", "ada").value().result(10s).code() == reprise::Code::timed_out);
    notebook->changes.clear();
    engine.cancel("c").value();
    CHECK(notebook->kinds("c").starts_with("cancel_requested"));
  }

  TEST_CASE("nothing is told before it is durable") {
    // Each life dies one record later; what was told must be in the journal that survives.
    const auto kills = reprise::test::each_kill([](std::uint64_t kill) {
      failures_left = 1;
      reprise::test::Machine machine(kill);
      auto notebook = std::make_shared<Notebook>(machine);
      machine.options().observer = notebook;
      if (auto engine = machine.open(registry(), kill)) {
        if (auto run = engine->start(stubborn, "s")) (void)run->result();
      }
      const bool lived = machine.records() < kill;
      machine.options().observer = nullptr;
      auto engine = machine.open(registry()).value();
      const auto history = engine.history("s");
      for (std::size_t i = 0; i < notebook->changes.size(); ++i) {
        REQUIRE(history.ok());
        const Change& change = notebook->changes[i];
        REQUIRE(change.seq <= history->size());
        CHECK((*history)[change.seq - 1].time == change.time);
      }
      return lived;
    });
    CHECK(kills > 2);
  }

  TEST_CASE("a mismatch is told as a pause, and its end as a resumption") {
    reprise::test::Machine machine;
    {
      auto engine = machine.open(registry()).value();
      CHECK(engine.start(order, "o", "ada").value().result(1s).code() == reprise::Code::timed_out);
    }
    auto notebook = std::make_shared<Notebook>(machine);
    machine.options().observer = notebook;
    reprise::Registry changed;
    changed.add("order", stubborn);
    auto engine = machine.open(changed).value();
    engine.resume("o").value();  // Runs the code that is registered now.
    CHECK(notebook->kinds("o") == "paused");
    CHECK(notebook->changes.at(0).reason == "undecodable");
    engine.resume("o").value();
    CHECK(notebook->kinds("o") == "paused resumed paused");
  }

  TEST_CASE("what an observer throws is logged, and changes nothing") {
    reprise::test::Machine machine;
    std::vector<std::string> lines;
    machine.options().log.level = reprise::LogLevel::error;
    machine.options().log.sink = [&](const reprise::LogLine& line) {
      lines.push_back(std::string(line.event) + ": " + line.fields.back().value);
    };
    machine.options().observer = std::make_shared<Thrower>();
    failures_left = 0;
    auto engine = machine.open(registry()).value();
    CHECK(engine.start(stubborn, "s").value().result().value() == "done");
    REQUIRE(lines.size() >= 4);
    for (const std::string& line : lines) CHECK(line == "observer_threw: observer is broken");
  }

  TEST_CASE("a deleted run is told of") {
    reprise::test::Machine machine;
    auto notebook = std::make_shared<Notebook>(machine);
    machine.options().observer = notebook;
    machine.options().retention = 1s;
    failures_left = 0;
    auto engine = machine.open(registry()).value();
    auto run = engine.start(stubborn, "s").value();
    CHECK(run.result().value() == "done");
    CHECK(engine.start(order, "o", "x").value().result(3s).code() == reprise::Code::timed_out);
    CHECK(notebook->kinds("s").ends_with("completed deleted"));
    CHECK(notebook->changes.back().workflow != "");
  }
}

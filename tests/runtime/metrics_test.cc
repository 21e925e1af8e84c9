#include "runtime/metrics.h"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <reprise/reprise.h>

#include "support/sim_engine.h"

namespace {

using namespace std::chrono_literals;

/// Reads a page of text format 0.0.4: name with labels → value. Fails on a line it can't read, on
/// a metric without its HELP and TYPE, and on one that comes twice.
std::map<std::string, double> parse(const std::string& page) {
  std::map<std::string, double> values;
  std::map<std::string, std::string> types;
  std::istringstream lines(page);
  std::string helped;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) {
      helped = line.substr(7, line.find(' ', 7) - 7);
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string metric, type;
      words >> metric >> type;
      CHECK(metric == helped);
      CHECK_FALSE(types.contains(metric));
      types[metric] = type;
      continue;
    }
    const auto space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    const std::string key = line.substr(0, space);
    std::string metric = key.substr(0, key.find('{'));
    for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
      const std::string base =
          metric.substr(0, metric.size() - std::min(metric.size(), suffix.size()));
      if (metric.ends_with(suffix) && types.contains(base) && types[base] == "histogram") {
        metric = base;
        break;
      }
    }
    CHECK(types.contains(metric));
    CHECK(values.emplace(key, std::stod(line.substr(space + 1))).second);
  }
  CHECK(page.ends_with('\n'));
  return values;
}

int failures_left = 0;
std::string flaky() {
  if (failures_left-- > 0) throw std::runtime_error("no luck");
  return "done";
}

reprise::Workflow<std::string> work(reprise::Context ctx) {
  auto said = co_await ctx.step("flaky", {.attempts = 3, .backoff = 1s}, flaky);
  co_await ctx.sleep(5s);
  auto how = co_await ctx.signal<std::string>("go");
  co_return said + how;
}

reprise::Workflow<std::string> parent(reprise::Context ctx) {
  auto said = co_await ctx.child(work, "kid");
  co_return said;
}

reprise::Registry registry() {
  reprise::Registry workflows;
  workflows.add("work", work);
  workflows.add("parent", parent);
  return workflows;
}

}  // namespace

TEST_SUITE("runtime/metrics") {
  TEST_CASE("a new engine gives a whole page of zeros that parses") {
    reprise::test::Machine machine(1, 2);
    auto engine = machine.open(registry()).value();
    const auto values = parse(engine.metrics());
    CHECK(values.at("reprise_instances_started_total") == 0);
    CHECK(values.at("reprise_instances_closed_total{status=\"failed\"}") == 0);
    CHECK(values.at("reprise_commit_duration_seconds_bucket{le=\"+Inf\"}") == 0);
    CHECK(values.at("reprise_engine_failed") == 0);
  }

  TEST_CASE("what instances do is counted") {
    failures_left = 1;
    reprise::test::Machine machine(1, 2);
    auto engine = machine.open(registry()).value();
    auto run = engine.start(parent, "p").value();
    CHECK(run.result(20s).code() == reprise::Code::timed_out);
    engine.signal("kid", "go", std::string("!")).value();
    CHECK(run.result().value() == "done!");
    failures_left = 3;
    auto failing = engine.start(work, "w").value();
    CHECK(failing.result().code() == reprise::Code::workflow_failed);
    auto ended = engine.start(work, "t").value();
    engine.terminate("t").value();

    const auto values = parse(engine.metrics());
    CHECK(values.at("reprise_instances_started_total") == 4);
    CHECK(values.at("reprise_instances_closed_total{status=\"completed\"}") == 2);
    CHECK(values.at("reprise_instances_closed_total{status=\"failed\"}") == 1);
    CHECK(values.at("reprise_instances_closed_total{status=\"terminated\"}") == 1);
    CHECK(values.at("reprise_steps_started_total") == 3);
    CHECK(values.at("reprise_steps_completed_total") == 2);
    CHECK(values.at("reprise_steps_failed_total") == 1);
    CHECK(values.at("reprise_steps_retried_total") == 3);
    CHECK(values.at("reprise_step_attempts_failed_total") == 3);
    CHECK(values.at("reprise_timers_fired_total") == 1);
    CHECK(values.at("reprise_timer_lateness_seconds_count") == 1);
    CHECK(values.at("reprise_signals_received_total") == 1);
    CHECK(values.at("reprise_messages_sent_total") >= 3);
    CHECK(values.at("reprise_messages_received_total") >= 3);
    CHECK(values.at("reprise_events_total{kind=\"child_started\"}") == 1);
  }

  TEST_CASE("commits are counted with their records and bytes, and agree with the journal") {
    failures_left = 0;
    reprise::test::Machine machine(1, 4);
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 10; ++i) {
      const std::string id = "w" + std::to_string(i);
      auto run = engine.start(work, id).value();
      engine.signal(id, "go", std::string("!")).value();
      CHECK(run.result().value() == "done!");
    }
    const auto values = parse(engine.metrics());
    const auto records = static_cast<double>(machine.records());
    CHECK(values.at("reprise_records_written_total") == records);
    CHECK(values.at("reprise_commit_records_sum") == records);
    CHECK(values.at("reprise_commit_records_count") == values.at("reprise_commits_total"));
    CHECK(values.at("reprise_commit_duration_seconds_count") == values.at("reprise_commits_total"));
    CHECK(values.at("reprise_written_bytes_total") > values.at("reprise_event_bytes_total"));
    CHECK(values.at("reprise_turns_total") == values.at("reprise_turn_events_count"));
    CHECK(values.at("reprise_undurable_bytes") == 0);
    CHECK(values.at("reprise_resident_instances") == 10);
  }

  TEST_CASE("pauses are counted by reason, snapshots when they are done") {
    reprise::test::Machine machine;
    {
      failures_left = 0;
      auto engine = machine.open(registry()).value();
      auto run = engine.start(work, "w").value();
      CHECK(run.result(10s).code() == reprise::Code::timed_out);
      engine.pause("w").value();
      engine.resume("w").value();
      engine.snapshot();
      CHECK(run.result(1s).code() == reprise::Code::timed_out);
      const auto values = parse(engine.metrics());
      CHECK(values.at("reprise_instances_paused_total{reason=\"user\"}") == 1);
      CHECK(values.at("reprise_snapshots_total") == 1);
    }
    reprise::Registry changed;
    changed.add("work", parent);
    auto engine = machine.open(changed).value();
    engine.resume("w").value();
    const auto values = parse(engine.metrics());
    CHECK(values.at("reprise_instances_paused_total{reason=\"mismatch\"}") == 1);
    CHECK(values.at("reprise_instance_loads_total") == 1);
  }

  TEST_CASE("instances dropped from memory and read again are counted") {
    failures_left = 0;
    reprise::test::Machine machine;
    machine.options().memory_budget = 1;
    auto engine = machine.open(registry()).value();
    for (int i = 0; i < 200; ++i) {
      engine.start(work, "w" + std::to_string(i)).value();
      CHECK(engine.describe("w" + std::to_string(i)).ok());
    }
    const auto values = parse(engine.metrics());
    CHECK(values.at("reprise_instance_evictions_total") > 0);
    const double loads = values.at("reprise_instance_loads_total");
    CHECK(engine.describe("w0").ok());
    CHECK(parse(engine.metrics()).at("reprise_instance_loads_total") == loads + 1);
  }

  TEST_CASE("a number is counted in the first bucket whose bound it does not pass") {
    reprise::runtime::Histogram histogram(1);
    for (const std::uint64_t value : {0u, 1u, 2u, 4u, 5u, 4'194'304u, 4'194'305u}) {
      histogram.add(value);
    }
    CHECK(histogram.count(0) == 2);
    CHECK(histogram.count(1) == 2);
    CHECK(histogram.count(2) == 1);
    CHECK(histogram.count(reprise::runtime::Histogram::bounds - 1) == 1);
    CHECK(histogram.count(reprise::runtime::Histogram::bounds) == 1);
  }
}

#include "tests/sim/host.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "tests/sim/program_workflow.h"

namespace reprise::sim {
namespace {

using namespace std::chrono_literals;

std::string waits_of(const InstanceInfo& info) {
  std::string text = fmt::format("{} {} {}", name(info.status), info.paused, info.detail);
  for (const auto& wait : info.waits) {
    text += fmt::format("; {} {} #{} attempt {}", wait.kind, wait.name, wait.op, wait.attempt);
  }
  return text;
}

}  // namespace

Host::Host(const Plan& plan, const std::map<std::string, End>& ends, Outside& outside)
    : plan_(plan), ends_(ends), outside_(outside), targets_(signalled(plan.program, "p")) {}

void Host::judge(std::string_view call, const Error& error, std::initializer_list<Code> allowed) {
  if (around_.dead() || !wrong_.empty()) return;
  if (!around_.registered && error.code() == Code::unregistered) return;
  if (std::find(allowed.begin(), allowed.end(), error.code()) != allowed.end()) return;
  wrong_ = fmt::format("{} answers {}: {}", call, name(error.code()), error.message());
}

void Host::judge_of(const std::string& id, std::string_view call, const Error& error,
                    std::initializer_list<Code> allowed) {
  if (error.code() != Code::not_found || there_.contains(id)) judge(call, error, allowed);
}

void Host::start(Engine& engine) {
  auto run = engine.start(run_program, "p", plan_.program);
  if (!run) return judge("start", run.error(), {Code::no_space, Code::overloaded});
  const std::uint64_t told = run->run().value;
  if (root_ != 0 && root_ != told) wrong_ = "a start answers another run than the one before";
  root_ = told;
  there_.insert("p");
}

void Host::signal(Engine& engine, std::size_t i) {
  const std::string id = std::to_string(i);
  const std::string& target = targets_[i];
  auto sent = engine.signal(target, "go", signal_value, {.id = id});
  if (!sent) {
    return judge_of(target, "signal", sent.error(),
                    {Code::closed, Code::no_space, Code::overloaded});
  }
  there_.insert(target);
  sent_.insert(i);
}

void Host::complete(Engine& engine, const std::string& token, int value) {
  const auto done = engine.complete(token, value);
  if (!done) judge("complete", done.error(), {Code::closed, Code::no_space, Code::overloaded});
}

void Host::ask(Engine& engine, const std::string& id) {
  auto sum = engine.query<int>(id, "sum");
  if (!sum) {
    return judge_of(id, "query", sum.error(),
                    {Code::unknown_query, Code::no_space, Code::overloaded});
  }
  there_.insert(id);
  if (!ends_.at(id).sums.contains(*sum)) wrong_ = fmt::format("a query answers {}", *sum);
}

void Host::await(Engine& engine) {
  auto run = engine.find<int>("p");
  if (!run) return judge_of("p", "find", run.error(), {Code::no_space, Code::overloaded});
  const std::uint64_t refused = around_.refused();
  auto result = run->result(10s);
  const End& end = ends_.at("p");
  if (!result && result.code() == Code::workflow_failed && end.status == InstanceStatus::failed) {
    ended_ = true;
  } else if (!result) {
    // Answers leave in the order of the records, and a full disk lets none become durable.
    if (ended_ && around_.refused() == refused) {
      judge("the second result", result.error(), {Code::no_space, Code::overloaded});
    }
    judge("result", result.error(), {Code::timed_out, Code::no_space, Code::overloaded});
  } else if (end.status != InstanceStatus::completed || *result != end.value) {
    wrong_ = fmt::format("the result is {}, not {}", *result, end.value);
  } else {
    ended_ = true;
  }
}

void Host::check_receipts(Engine& engine, const std::string& id) {
  const auto history = engine.history(id);
  if (!history) {
    return judge_of(id, "history", history.error(), {Code::no_space, Code::overloaded});
  }
  there_.insert(id);
  std::multiset<std::string> received;
  Seq seq = 0;
  for (const auto& event : *history) {
    if (event.seq != ++seq) wrong_ = fmt::format("event {} of {} is not {}", event.seq, id, seq);
    if (event.kind == "signal_received" && event.name == "go") received.insert(event.text);
  }
  for (const std::size_t i : sent_) {
    if (targets_[i] == id && received.count(std::to_string(i)) != 1) {
      wrong_ = fmt::format("signal {} to {}, which was acknowledged, is there {} times", i, id,
                           received.count(std::to_string(i)));
    }
  }
}

std::string Host::round(Engine& engine, runtime::SeededRandom& random, const Surroundings& around) {
  around_ = around;
  start(engine);
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (random.below(2) == 0) signal(engine, i);
  }
  const auto tokens = outside_.tokens;  // A call may run bodies that hand out more.
  for (const auto& [token, value] : tokens) {
    if (random.below(2) == 0) complete(engine, token, value);
  }
  const auto any_id =
      std::next(ends_.begin(), static_cast<std::ptrdiff_t>(random.below(ends_.size())));
  if (random.below(2) == 0 && asks_) ask(engine, any_id->first);
  if (random.below(2) == 0) check_receipts(engine, any_id->first);
  await(engine);
  return wrong_;
}

bool Host::all_ended(Engine& engine) const {
  for (const auto& [id, end] : ends_) {
    auto run = engine.find<int>(id);
    if (!run || run->result(1h).code() == Code::timed_out) return false;
  }
  return true;
}

std::string Host::compare(Engine& engine) const {
  const auto found = engine.list();
  if (!found) return "in the end list: " + found.error().message();
  if (found->size() != ends_.size()) {
    return fmt::format("in the end there are {} runs, not {}", found->size(), ends_.size());
  }
  for (const auto& [id, end] : ends_) {
    const auto info = engine.describe(id);
    if (!info) return fmt::format("in the end there is no: {}", id);
    if (info->status != end.status) {
      return fmt::format("in the end: {} is {}, not {}", id, waits_of(*info), name(end.status));
    }
    if (end.status != InstanceStatus::completed) continue;
    const auto result = engine.find<int>(id).value().result();
    if (!result || *result != end.value) {
      return fmt::format("in the end the result of: {} is {}, not {}", id, result ? *result : -1,
                         end.value);
    }
  }
  return {};
}

std::string Host::finish(Engine& engine, runtime::SeededRandom& random) {
  around_ = {};
  asks_ = false;  // A query runs code that is behind: what was forgotten would come to its end.
  // Before anything is asked for again.
  const auto told = there_;
  for (const std::string& id : told) check_receipts(engine, id);
  for (int i = 0; i < 60 && wrong_.empty(); ++i) {
    (void)round(engine, random, {});
    // Who paused it may have died with its process. Nothing else may need it: a resume looks for
    // whatever was forgotten.
    const auto root = engine.describe("p");
    if (root && root->paused == "user") (void)engine.resume("p");
    for (std::size_t k = 0; k < targets_.size(); ++k) signal(engine, k);
    const auto tokens = outside_.tokens;
    for (const auto& [token, value] : tokens) complete(engine, token, value);
    if (all_ended(engine)) break;
  }
  for (const auto& [id, end] : ends_) {
    if (wrong_.empty()) check_receipts(engine, id);
    if (wrong_.empty()) ask(engine, id);
  }
  return wrong_.empty() ? compare(engine) : wrong_;
}

}  // namespace reprise::sim

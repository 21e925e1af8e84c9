#include "tests/scripts/run.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tests/scripts/client.h"

namespace reprise::scripts {
namespace {

Script whole(Script script) {
  for (const Op op : ending) script.push_back({op});
  return script;
}

std::string told(const test::Observed<Call>& seen) {
  return fmt::format("  [{}, {}] {}\n", seen.from, seen.until, to_text(seen.call));
}

std::string told(const History& history) {
  std::string text;
  for (const auto& seen : history) text += told(seen);
  return text;
}

/// Why no order of the calls explains what was answered.
std::string unexplained(const History& history, const test::Explanation& explanation) {
  std::string text = "no order of the calls explains the answers; explained are, in this order:\n";
  std::vector<bool> placed(history.size(), false);
  for (const std::size_t i : explanation.order) {
    placed[i] = true;
    text += told(history[i]);
  }
  text += "and then none of:\n";
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (!placed[i]) text += told(history[i]);
  }
  return text;
}

std::string judge(Machine& machine, const Client& client, bool crashed) {
  const auto& violations = machine.world().violations;
  if (!violations.empty()) return violations.front();
  for (const auto& [key, attempts] : machine.world().bodies) {
    if (attempts.size() > (crashed ? 2U : 1U)) {
      return fmt::format("the body of step {} was run {} times", key, attempts.size());
    }
  }
  const History history = client.history();
  const auto explanation = test::explain(Model(Machine::times()), history);
  return explanation.found ? "" : unexplained(history, explanation);
}

}  // namespace

Outcome run(const Script& script, std::optional<Crash> crash, RunOptions options) {
  Outcome outcome;
  Machine machine(options.seed);
  Client client(machine);
  const bool between = crash && crash->kind == Crash::Kind::before_place;
  const bool by_write = crash && crash->kind == Crash::Kind::after_write;
  if (by_write) machine.die_after(crash->at);
  if (crash && !between && !by_write) {
    machine.die_at(crash->at, crash->kind == Crash::Kind::after_record);
  }
  bool running = machine.open();
  const Script places = whole(script);
  for (std::size_t i = 0; running && i < places.size(); ++i) {
    outcome.records.push_back(machine.records());
    outcome.writes.push_back(machine.writes());
    if (between && crash->at == i) running = client.crash();
    running = running && client.perform(places[i]);
  }
  if (running) client.check_end();
  outcome.records.push_back(machine.records());
  outcome.writes.push_back(machine.writes());
  machine.judge_disk();
  outcome.violation = judge(machine, client, crash.has_value());
  outcome.died = machine.has_died();
  if (crash && !outcome.died && outcome.violation.empty()) {
    outcome.violation = "it never came to where it should be killed";
  }
  outcome.calls = client.history().size();
  outcome.alone = client.alone();
  if (options.trace) outcome.trace = told(client.history());
  return outcome;
}

std::vector<Crash> crashes_of(const Outcome& whole, std::size_t first) {
  std::vector<Crash> crashes;
  // What was on disk before the first place may have been its predecessor's last word.
  const std::uint64_t from = first == 0 ? 0 : whole.records.at(first);
  for (std::uint64_t at = from; at < whole.records.back(); ++at) {
    crashes.push_back({Crash::Kind::before_record, at});
    crashes.push_back({Crash::Kind::after_record, at + 1});
  }
  const std::uint64_t written = first == 0 ? 0 : whole.writes.at(first);
  for (std::uint64_t at = written; at < whole.writes.back(); ++at) {
    crashes.push_back({Crash::Kind::after_write, at + 1});
  }
  for (std::size_t at = first; at + 1 < whole.records.size(); ++at) {
    crashes.push_back({Crash::Kind::before_place, at});
  }
  return crashes;
}

std::string to_text(const Crash& crash) {
  switch (crash.kind) {
    case Crash::Kind::before_record: break;
    case Crash::Kind::after_record: return fmt::format("{}+", crash.at);
    case Crash::Kind::after_write: return fmt::format("{}w", crash.at);
    case Crash::Kind::before_place: return fmt::format("@{}", crash.at);
  }
  return fmt::format("{}", crash.at);
}

std::optional<Crash> crash_of(std::string_view text) {
  Crash crash;
  if (text.starts_with('@')) {
    crash.kind = Crash::Kind::before_place;
    text.remove_prefix(1);
  } else if (text.ends_with('+')) {
    crash.kind = Crash::Kind::after_record;
    text.remove_suffix(1);
  } else if (text.ends_with('w')) {
    crash.kind = Crash::Kind::after_write;
    text.remove_suffix(1);
  }
  const char* last = text.data() + text.size();
  const auto read = std::from_chars(text.data(), last, crash.at);
  if (text.empty() || read.ec != std::errc() || read.ptr != last) return std::nullopt;
  return crash;
}

}  // namespace reprise::scripts

#include "tools/testing/crash_case.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace reprise::testing {
namespace {

constexpr std::pair<CrashPoint::Kind, std::string_view> kinds[] = {
    {CrashPoint::Kind::record, "record"},
    {CrashPoint::Kind::before, "before"},
    {CrashPoint::Kind::after, "after"},
};

std::optional<CrashPoint> parse_point(std::string_view text) {
  for (const auto& [kind, name] : kinds) {
    if (!text.starts_with(name)) continue;
    CrashPoint point{kind, 0};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + name.size(), end, point.at);
    if (error == std::errc() && at == end) return point;
  }
  return std::nullopt;
}

/// A crash of the same body so often in a row pauses its instance, which is as it should be; the
/// operator who finds the cause resumes it. True if there was one.
bool resume_poisoned(Engine& engine) {
  bool resumed = false;
  const auto paused = engine.list({.status = InstanceStatus::paused});
  if (!paused) return false;
  for (const auto& info : *paused) {
    if (info.paused == "poison") resumed |= engine.resume(info.key).ok();
  }
  return resumed;
}

/// Of an engine in which nothing moves any more.
std::string why_it_waits(Engine& engine) {
  std::string why = "it does not end: nothing that it waits for will come";
  const auto paused = engine.list({.status = InstanceStatus::paused});
  if (!paused) return why;
  for (const auto& info : *paused) {
    why += fmt::format("; \"{}\" is paused ({}): {}", info.key.id, info.paused, info.detail);
  }
  return why;
}

std::string shown(const Effect& effect) {
  return effect.detail.empty() ? effect.name : fmt::format("{} ({})", effect.name, effect.detail);
}

}  // namespace

std::string to_text(const CrashPath& path) {
  if (path.empty()) return "no crash";
  std::string text;
  for (const auto& point : path) {
    if (!text.empty()) text += '/';
    for (const auto& [kind, name] : kinds) {
      if (kind == point.kind) text += fmt::format("{}{}", name, point.at);
    }
  }
  return text;
}

std::optional<CrashPath> parse_path(std::string_view text) {
  CrashPath path;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    const auto point = parse_point(text.substr(0, end));
    if (!point) return std::nullopt;
    path.push_back(*point);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return path;
}

CrashCase::CrashCase(const Registry& workflows, const MatrixOptions& options, const Live& live)
    : workflows_(workflows), options_(options), live_(live) {}

/// One life, to the result and as long as it may linger behind it. Each goes the same way, killed
/// or not: the crash points of one are counted in another.
Result<std::string> CrashCase::live(TestEngine& engine, std::optional<std::string>& threw) const {
  threw.reset();
  try {
    engine.settle();  // What a crash left undone is begun again: what is poisoned shows.
    (void)resume_poisoned(*engine);
    auto result = live_(engine);
    while (result.code() == Code::timed_out && resume_poisoned(*engine)) result = live_(engine);
    do {
      engine.pass(options_.linger);
    } while (resume_poisoned(*engine));
    return result;
  } catch (const std::exception& error) {
    threw = error.what();
  } catch (...) {
    threw = "something that is no std::exception";
  }
  return Error(Code::engine_failed, *threw);
}

void CrashCase::check_invariants(const Ledger& ledger, std::vector<std::string>& found) const {
  for (const auto& invariant : options_.invariants) {
    try {
      if (invariant.holds(ledger)) continue;
      found.push_back(fmt::format("\"{}\" does not hold", invariant.name));
    } catch (const std::exception& error) {
      found.push_back(fmt::format("\"{}\" threw: {}", invariant.name, error.what()));
    } catch (...) {
      found.push_back(fmt::format("\"{}\" threw", invariant.name));
    }
  }
}

Ending CrashCase::run(const CrashPath& path, const std::function<void(TestEngine&)>& look) const {
  TestOptions test = options_.test;
  // Code that depends on more than its history is found without a crash; all else is for speed.
  if (!path.empty()) test.engine.verify_replay_every = 0;
  TestEngine engine(std::make_unique<Lives>(workflows_, std::move(test)));
  Lives& lives = *engine.lives_;
  if (options_.mocks) options_.mocks(engine.mocks());
  Ending ending;
  std::optional<std::string> threw;
  for (const auto& point : path) {
    if (!lives.begin(point)) continue;  // It died while it was opened.
    (void)live(engine, threw);  // How the host of a process that dies goes down is no matter.
    if (!lives.dead()) ending.found.push_back("it never came to where it should be killed");
    lives.kill();
  }
  if (auto begun = lives.begin(); !begun) {
    ending.found.push_back("it can't be started: " + begun.error().message());
    return ending;
  }
  const auto result = live(engine, threw);
  if (threw) ending.found.push_back("its host threw: " + *threw);
  ending.failed = !result;
  ending.result =
      result ? *result : fmt::format("{}: {}", name(result.code()), result.error().message());
  if (result.code() == Code::timed_out) ending.found.push_back(why_it_waits(*engine));
  ending.records = lives.records();
  ending.calls = lives.calls();
  const auto& effects = engine.ledger().effects();
  ending.effects.insert(effects.begin(), effects.end());
  const auto& again = lives.run_again();
  ending.found.insert(ending.found.end(), again.begin(), again.end());
  for (const auto& one : lives.guard().heard()) ending.found.push_back(told(one));
  check_invariants(engine.ledger(), ending.found);
  if (look) look(engine);
  return ending;
}

std::vector<std::string> CrashCase::judge(const Ending& ending, const Ending& plain) const {
  auto found = ending.found;
  if (!options_.same_outcome) return found;
  const bool same = ending.result == plain.result && ending.failed == plain.failed;
  if (!same) {
    found.push_back(
        fmt::format("it ended with {}, without a crash with {}", ending.result, plain.result));
  }
  std::vector<Effect> missing;
  std::set_difference(plain.effects.begin(), plain.effects.end(), ending.effects.begin(),
                      ending.effects.end(), std::back_inserter(missing));
  for (const auto& effect : missing) found.push_back("missing effect: " + shown(effect));
  std::vector<Effect> more;
  std::set_difference(ending.effects.begin(), ending.effects.end(), plain.effects.begin(),
                      plain.effects.end(), std::back_inserter(more));
  for (const auto& effect : more) {
    found.push_back("effect that there is not without a crash: " + shown(effect));
  }
  return found;
}

}  // namespace reprise::testing

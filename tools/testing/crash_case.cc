#include "tools/testing/crash_case.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace reprise::testing {
std::string to_text(const CrashPath& path) {
  if (path.empty()) return "no crash";
  std::string text;
  for (const auto& point : path) {
    if (!text.empty()) text += '/';
    text += to_text(point);
  }
  return text;
}

std::optional<CrashPath> parse_path(std::string_view text) {
  CrashPath path;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    const auto point = parse_crash_point(text.substr(0, end));
    if (!point) return std::nullopt;
    path.push_back(*point);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return path;
}

CrashCase::CrashCase(const Registry& workflows, const MatrixOptions& options, const Live& live)
    : workflows_(workflows), options_(options), live_(live) {}

Ending CrashCase::run(const CrashPath& path, const std::function<void(TestEngine&)>& look) const {
  TestOptions test = options_.test;
  // Code that depends on more than its history is found without a crash; all else is for speed.
  if (!path.empty()) test.engine.verify_replay_every = 0;
  TestEngine engine(std::make_unique<Lives>(workflows_, std::move(test)));
  Lives& lives = *engine.lives_;
  const Patience patience(options_.idles_max, options_.events_max);
  if (options_.mocks) options_.mocks(engine.mocks());
  Ending ending;
  for (const auto& point : path) {
    if (!lives.begin(point)) continue;  // It died while it was opened.
    // How the host of a process that dies goes down is no matter.
    const auto end = live_once(engine, lives, live_, patience, options_.linger);
    if (!lives.dead()) {
      ending.found.push_back(end.endless.value_or("it never came to where it should be killed"));
    }
    lives.kill();
  }
  if (auto begun = lives.begin(); !begun) {
    ending.found.push_back("it can't be started: " + begun.error().message());
    return ending;
  }
  const auto end = live_once(engine, lives, live_, patience, options_.linger);
  ending.failed = !end.result;
  ending.forgotten = is_forgotten(end.result, options_.test);
  ending.result = shown(end.result);
  ending.records = lives.records();
  ending.calls = lives.calls();
  const auto& effects = engine.ledger().effects();
  ending.effects.insert(effects.begin(), effects.end());
  const auto wrong = wrong_in_itself(engine, lives, end, options_.invariants);
  ending.found.insert(ending.found.end(), wrong.begin(), wrong.end());
  if (look) look(engine);
  return ending;
}

std::vector<std::string> CrashCase::judge(const Ending& ending, const Ending& plain) const {
  auto found = ending.found;
  if (!options_.same_outcome) return found;
  const bool same = ending.result == plain.result && ending.failed == plain.failed;
  if (!same && !ending.forgotten && !plain.forgotten) {
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

#include "tools/testing/one_life.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace reprise::testing {
namespace {

/// An operator tries again only so often.
constexpr int resumes_max = 20;

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

void check(const std::vector<Invariant>& invariants, const Ledger& ledger,
           std::vector<std::string>& found) {
  for (const auto& invariant : invariants) {
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

/// Behind the result it need not come to an end.
void stay(TestEngine& engine, std::chrono::nanoseconds linger) {
  try {
    engine.pass(linger);
    for (int i = 0; i < resumes_max && resume_poisoned(*engine); ++i) engine.pass(linger);
  } catch (const EnoughTime&) {  // NOLINT: that is all that is asked.
  }
}

}  // namespace

LifeEnd live_once(TestEngine& engine, Lives& lives, const Live& live, Patience patience,
                  std::chrono::nanoseconds linger, const std::function<void()>& told) {
  const Bounded bounded(lives, patience);
  std::string threw;
  try {
    engine.settle();  // What a crash left undone is begun again: what is poisoned shows.
    (void)resume_poisoned(*engine);
    auto result = live(engine);
    for (int i = 0; i < resumes_max && result.code() == Code::timed_out; ++i) {
      if (!resume_poisoned(*engine)) break;
      result = live(engine);
    }
    if (told) told();
    lives.patience() = patience;
    stay(engine, linger);
    return {std::move(result), std::nullopt, std::nullopt};
  } catch (const EnoughTime& enough) {
    return {Error(Code::timed_out, enough.why), std::nullopt, enough.why};
  } catch (const std::exception& error) {
    threw = error.what();
  } catch (...) {
    threw = "something that is no std::exception";
  }
  return {Error(Code::engine_failed, threw), threw, std::nullopt};
}

std::vector<std::string> wrong_in_itself(TestEngine& engine, Lives& lives, const LifeEnd& end,
                                         const std::vector<Invariant>& invariants) {
  std::vector<std::string> found;
  if (end.threw) found.push_back("its host threw: " + *end.threw);
  if (end.endless) {
    found.push_back(*end.endless);
  } else if (end.result.code() == Code::timed_out) {
    found.push_back(why_it_waits(*engine));
  }
  const auto& again = lives.run_again();
  found.insert(found.end(), again.begin(), again.end());
  for (const auto& one : lives.guard().heard()) found.push_back(told(one));
  check(invariants, engine.ledger(), found);
  return found;
}

bool is_forgotten(const Result<std::string>& result, const TestOptions& options) {
  // Of a start, and of a result that was asked for too late.
  const bool gone = result.code() == Code::closed || result.code() == Code::not_found;
  return gone && options.engine.retention.has_value();
}

std::string shown(const Result<std::string>& result) {
  return result ? *result : fmt::format("{}: {}", name(result.code()), result.error().message());
}

std::string shown(const Effect& effect) {
  return effect.detail.empty() ? effect.name : fmt::format("{} ({})", effect.name, effect.detail);
}

std::string shown(TestEngine& engine, const std::string& id) {
  const auto events = engine->history(Id(id));
  std::string text = events ? History(*events).text() : events.error().message() + "\n";
  text += "effects\n";
  for (const auto& [name, detail] : engine.ledger().effects()) {
    text += fmt::format("  {} {}\n", name, detail);
  }
  return text;
}

}  // namespace reprise::testing

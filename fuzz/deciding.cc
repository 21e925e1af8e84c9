#include "fuzz/deciding.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include <reprise/reprise.h>

#include "fuzz/fuzz.h"
#include "replay/event.h"

#include <fmt/format.h>

namespace reprise::fuzz {
namespace {

using namespace std::chrono_literals;

std::int64_t plus_one(std::int64_t x) { return x + 1; }

Workflow<std::int64_t> child_code(Context ctx, std::int64_t x) {
  co_return x + ctx.now().time_since_epoch().count();
}

Workflow<std::int64_t> helper(Context ctx, std::int64_t x) {
  auto done = co_await ctx.try_step("cc", {.attempts = 2}, plus_one, x);
  co_return done ? *done : -1;
}

/// A timer against a signal, or a child against both.
Workflow<std::int64_t> race(Context ctx, std::int64_t x) {
  auto timer = ctx.sleep(10ns);
  auto signal = ctx.signal<std::int64_t>("b");
  if (x % 3 == 0) {
    co_await ctx.any(timer, signal);
    co_return 3;
  }
  auto child = ctx.try_child(child_code, "kid", x);
  co_await ctx.all(timer, signal);
  auto answer = co_await std::move(child);
  co_return answer ? *answer : -2;
}

Workflow<std::int64_t> cleanup(Context ctx, std::int64_t x) {
  auto shield = ctx.shield();
  auto sent = co_await ctx.try_signal_to("other", "b", x);
  auto undone = co_await ctx.try_step("a", {.runs_on = RunsOn::token}, plus_one, x);
  co_return sent&& undone ? *undone : 0;
}

/// What one turn of the workflow adds. Values come from payloads, so any of them is possible.
Workflow<std::uint64_t> turn(Context ctx, std::uint64_t sum, int which) {
  const auto input = static_cast<std::int64_t>(sum & 0xFFFF);
  std::int64_t got = 0;
  switch (which) {
    case 0: got = co_await ctx.step("a", plus_one, input); break;
    case 1: got = co_await helper(ctx, input); break;
    case 2: co_await ctx.sleep(5ns); break;
    case 3: got = co_await race(ctx, input); break;
    case 4: {
      auto told = co_await ctx.signal<std::int64_t>("a").within(20ns);
      got = told.value_or(1);
      break;
    }
    case 5: got = ctx.version("b", 1, 3); break;
    case 6: got = co_await cleanup(ctx, input); break;
    default:
      got = static_cast<std::int64_t>(ctx.random(0, 3));
      ctx.start_child(child_code, "detached", input);
      break;
  }
  co_return sum + static_cast<std::uint64_t>(got);
}

Workflow<std::string> code(Context ctx, std::int64_t x) {
  auto sum = static_cast<std::uint64_t>(x);
  auto handler = ctx.query("sum", [&] { return sum; });
  auto watched = ctx.watch("sum", sum);
  for (int i = 0; i < 12; ++i) {
    const auto which = static_cast<int>((sum + static_cast<unsigned>(i)) & 7);
    auto next = co_await turn(ctx, sum, which);
    sum = ctx.cancel_requested() ? next ^ 1 : next;
  }
  co_return fmt::format("{} {}", sum, ctx.id());
}

std::string text_of(const replay::Mismatch& mismatch) {
  if (mismatch.field == "state") {
    holds(!replay::differing_names(mismatch).empty(), "what is watched and differs has a name");
    return replay::describe(mismatch);
  }
  static constexpr std::array<std::string_view, 9> fields = {
      "kind", "name", "order", "arguments", "target", "draws", "version", "missing", "extra"};
  holds(std::find(fields.begin(), fields.end(), mismatch.field) != fields.end(),
        "a mismatch names the field that differs");
  holds(mismatch.seq != 0, "a mismatch says where");
  return replay::describe(mismatch);
}

}  // namespace

const Registry& workflows() {
  static const Registry registry = [] {
    Registry made;
    made.add(workflow_name, code);
    made.add("b", child_code);
    return made;
  }();
  return registry;
}

std::unique_ptr<replay::Decider> fresh_decider(RunId run) {
  const auto& known = workflows();
  return replay::make_coroutine_decider(known, *known.find(workflow_name), run);
}

std::vector<replay::HistoryEvent> events_of(const std::vector<std::string>& history,
                                            std::size_t from) {
  std::vector<replay::HistoryEvent> events;
  for (std::size_t i = from; i < history.size(); ++i) events.push_back({i + 1, history[i]});
  return events;
}

std::string replayed(RunId run, const std::vector<std::string>& history,
                     const replay::Names& names) {
  const auto decider = fresh_decider(run);
  decider->ask({"sum", {Encoding::json, "[]"}});
  const auto fed = decider->feed(events_of(history), names);
  if (!accepted(fed)) {
    const auto code = fed.code();
    holds(code == Code::corrupt || code == Code::unknown_kind || code == Code::undecodable ||
              code == Code::newer_format,
          "a history that can't be replayed says so");
    return fmt::format("{} {}", name(code), fed.error().message());
  }
  std::string told = decider->mismatch() ? text_of(*decider->mismatch()) : "";
  if (const auto& state = decider->state_difference()) told += text_of(*state);
  const auto answer = decider->answer();
  told += accepted(answer) ? answer->bytes : fmt::format(" {}", name(answer.code()));
  const auto commands = decider->take_commands();
  holds(!decider->mismatch() || commands.empty(), "a mismatch writes no decision");
  for (const auto& command : commands) told += "\n" + replay::describe(command);
  holds(decider->mismatch() || decider->fed() == history.size() + commands.size(),
        "all that was fed, and was taken, counts");
  return fmt::format("{}\n{}", told, decider->fed());
}

bool is_history(const std::vector<std::string>& history, const replay::Names& names) {
  bool closed = false;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const auto event = replay::decode(history[i]);
    if (!event || static_cast<int>(event->kind) < 100 || closed) return false;
    if ((event->kind == replay::EventKind::workflow_started) != (i == 0)) return false;
    if (event->name > names.size() || event->site > names.size()) return false;
    closed = is_closing_event(event->kind);
  }
  return !history.empty();
}

}  // namespace reprise::fuzz

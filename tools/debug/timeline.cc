#include "tools/debug/timeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reprise::debug {
namespace {

/// Nearer ones save nothing: so many events are replayed while a process is made.
constexpr Seq apart_min = 256;

}  // namespace

Timeline::Timeline(const Program& program, Seq last, Replica::Enough enough)
    : program_(program),
      enough_(std::move(enough)),
      apart_(std::max(apart_min, last / (replicas_max - 1) + 1)) {}

std::optional<::pid_t> Timeline::process() const noexcept {
  if (!current_) return std::nullopt;
  return current_->process();
}

Seq Timeline::next_mark(Seq behind) const { return (behind - 1) / apart_ * apart_ + apart_ + 1; }

Result<Arrival> Timeline::go(Seq next) {
  if (kept_.empty()) {
    auto first = Replica::start(program_, enough_);
    if (!first) return std::move(first).error();
    kept_.emplace(1, std::move(*first));
  }
  auto& nearest = std::prev(kept_.upper_bound(next))->second;
  const bool from_here = current_ && current_->arrival().next <= next &&
                         current_->arrival().next >= nearest.arrival().next;
  if (!from_here) {
    current_.reset();
    auto other = nearest.split(enough_);
    if (!other) return std::move(other).error();
    current_ = std::move(*other);
  }
  if (auto come = come_to(next); !come) {
    current_.reset();
    return std::move(come).error();
  }
  return current_->arrival();
}

/// Leaves a replica at each mark it comes by.
Result<void> Timeline::come_to(Seq next) {
  while (current_->arrival().next < next && !current_->arrival().stuck()) {
    const Seq mark = next_mark(current_->arrival().next);
    if (auto gone = current_->advance(std::min(mark, next), enough_); !gone) return gone;
    const Seq at = current_->arrival().next;
    if (at != mark || kept_.contains(mark) || current_->arrival().stuck()) continue;
    auto other = current_->split(enough_);
    if (!other) return std::move(other).error();
    kept_.emplace(mark, std::move(*other));
  }
  return {};
}

Result<std::string> Timeline::ask(std::string_view query, std::string_view arguments) {
  if (!current_) return Error(Code::unknown_query, "the code has not started");
  auto answer = current_->ask(query, arguments, enough_);
  const bool gone = answer.code() == Code::engine_failed || answer.code() == Code::timed_out;
  if (gone) current_.reset();
  return answer;
}

}  // namespace reprise::debug

#include "tools/debug/timeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <reprise/assert.h>

namespace reprise::debug {
namespace {

/// Nearer ones save nothing: so many events are replayed while a process is made.
constexpr Seq apart_min = 256;

}  // namespace

Timeline::Timeline(const Program& program, Seq last, Replica::Enough enough)
    : program_(program),
      enough_(std::move(enough)),
      apart_(std::max(apart_min, last / (replicas_max - 1) + 1)) {}

Seq Timeline::next_mark(Seq behind) const { return (behind - 1) / apart_ * apart_ + apart_ + 1; }

Result<Arrival> Timeline::go(Seq next) {
  REPRISE_ASSERT(next >= 1);
  const auto nearest = kept_.upper_bound(next);
  const bool from_here =
      current_ && current_->arrival().next <= next &&
      (nearest == kept_.begin() || current_->arrival().next >= std::prev(nearest)->first);
  if (!from_here) {
    if (auto begun = begin_before(next); !begun) return std::move(begun).error();
  }
  if (auto come = come_to(next); !come) {
    current_.reset();
    return std::move(come).error();
  }
  return current_->arrival();
}

/// From the nearest replica that is kept and still lives.
Result<void> Timeline::begin_before(Seq next) {
  current_.reset();
  for (;;) {
    auto nearest = kept_.upper_bound(next);
    if (nearest == kept_.begin()) {
      auto first = Replica::start(program_, enough_);
      if (!first) return std::move(first).error();
      nearest = std::next(kept_.insert_or_assign(1, std::move(*first)).first);
    }
    --nearest;
    auto other = nearest->second.split(enough_);
    if (other) {
      current_ = std::move(*other);
      return {};
    }
    const bool dead = other.code() == Code::engine_failed;
    const bool first = nearest->first == 1;
    kept_.erase(nearest);
    if (!dead || first) return std::move(other).error();
  }
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

// The operations of one execution, by id, from the oldest that is still of interest.
//
// Invariants:
// - Ids are dense; an operation leaves once it and all before it are done, so memory is bounded by
//   the operations between the oldest one not done and the newest.
// - In a steady state nothing is allocated: a ring that grows by doubling.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/ids.h>

namespace reprise::replay {

struct Op {
  enum class State : std::uint8_t {
    open,
    complete,  ///< `outcome` waits to be taken.
    done,      ///< Taken, dropped or cancelled: nothing more happens to it.
  };
  State state = State::done;
  detail::CommandKind kind = detail::CommandKind::schedule_step;
  bool running = false;   ///< Step: an attempt is scheduled and not answered.
  bool detached = false;  ///< Child: complete once started.
  detail::Site site;
  detail::Outcome outcome;
  std::shared_ptr<detail::StepBody> body;
};

class OpTable {
 public:
  /// Id of the newest operation, 0 before the first.
  [[nodiscard]] OpId last() const noexcept { return first_ + static_cast<OpId>(size_) - 1; }

  /// Adds the next operation, open.
  OpId add(detail::CommandKind kind, const detail::Site& site) {
    if (size_ == ring_.size()) grow();
    Op& op = ring_[(head_ + size_) & (ring_.size() - 1)];
    op.state = Op::State::open;
    op.kind = kind;
    op.running = kind == detail::CommandKind::schedule_step;
    op.detached = false;
    op.site = site;
    ++size_;
    return last();
  }

  /// Null if it has left, or was never added. Valid until the next add.
  [[nodiscard]] Op* find(OpId id) noexcept {
    if (id < first_ || id - first_ >= size_) return nullptr;
    return &ring_[(head_ + (id - first_)) & (ring_.size() - 1)];
  }
  [[nodiscard]] const Op* find(OpId id) const noexcept {
    return const_cast<OpTable*>(this)->find(id);
  }

  /// Nothing more happens to `op`: frees what it holds, and all that is done at the old end.
  void retire(Op& op) noexcept {
    op.state = Op::State::done;
    op.outcome = Payload{};
    op.body.reset();
    while (size_ > 0 && ring_[head_].state == Op::State::done) {
      head_ = (head_ + 1) & (ring_.size() - 1);
      ++first_;
      --size_;
    }
  }

 private:
  void grow() {
    std::vector<Op> bigger(ring_.empty() ? 8 : ring_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) {
      bigger[i] = std::move(ring_[(head_ + i) & (ring_.size() - 1)]);
    }
    ring_ = std::move(bigger);
    head_ = 0;
  }

  std::vector<Op> ring_;  // Size a power of two.
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  OpId first_ = 1;
};

}  // namespace reprise::replay

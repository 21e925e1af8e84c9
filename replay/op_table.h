// The operations of one execution, by id, from the oldest that is still of interest.
//
// Invariants:
// - An operation's memory is used again once it is retired. Four bytes stay for each operation that
//   is newer than the oldest one not retired.
// - In a steady state nothing is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
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
  };
  State state = State::open;
  detail::CommandKind kind = detail::CommandKind::schedule_step;
  bool running = false;   ///< Step: an attempt is scheduled, not answered, not handed over.
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
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.push_back(std::make_unique<Op>());
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    ring_[(head_ + size_) & (ring_.size() - 1)] = slot;
    ++size_;
    Op& op = *slots_[slot];
    op.state = Op::State::open;
    op.kind = kind;
    op.running = kind == detail::CommandKind::schedule_step;
    op.detached = false;
    op.site = site;
    return last();
  }

  /// Null if nothing more happens to it, or it was never added. Valid until it is retired.
  [[nodiscard]] Op* find(OpId id) noexcept {
    if (id < first_ || id - first_ >= size_) return nullptr;
    const std::uint32_t slot = ring_[(head_ + (id - first_)) & (ring_.size() - 1)];
    return slot == retired ? nullptr : slots_[slot].get();
  }
  [[nodiscard]] const Op* find(OpId id) const noexcept {
    return const_cast<OpTable*>(this)->find(id);
  }

  /// Nothing more happens to it: frees what it holds.
  void retire(OpId id) noexcept {
    Op* op = find(id);
    if (op == nullptr) return;
    op->outcome = Payload{};
    op->body.reset();
    auto& slot = ring_[(head_ + (id - first_)) & (ring_.size() - 1)];
    free_.push_back(slot);  // Reserved by grow().
    slot = retired;
    while (size_ > 0 && ring_[head_] == retired) {
      head_ = (head_ + 1) & (ring_.size() - 1);
      ++first_;
      --size_;
    }
  }

 private:
  static constexpr std::uint32_t retired = ~std::uint32_t{0};

  void grow() {
    std::vector<std::uint32_t> bigger(ring_.empty() ? 8 : ring_.size() * 2);
    free_.reserve(bigger.size());
    for (std::size_t i = 0; i < size_; ++i) {
      bigger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    }
    ring_ = std::move(bigger);
    head_ = 0;
  }

  std::vector<std::unique_ptr<Op>> slots_;  // Stable addresses.
  std::vector<std::uint32_t> free_;         // Slots to use again.
  std::vector<std::uint32_t> ring_;  // Slot of each operation from first_; size a power of two.
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  OpId first_ = 1;
};

}  // namespace reprise::replay

// The commands of one execution that wait to be matched or recorded, in order.
//
// In a steady state nothing is allocated: whoever takes the commands gives the memory of those it
// took before for those that come. Only short lists are worth that.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <reprise/detail/command.h>

namespace reprise::replay {

class CommandQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == commands_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return commands_.size() - first_; }
  /// REQUIRES: not empty.
  [[nodiscard]] const detail::Command& front() const noexcept { return commands_[first_]; }

  void push(detail::Command&& command) { commands_.push_back(std::move(command)); }
  /// REQUIRES: not empty.
  void pop() noexcept {
    ++first_;
    if (empty()) clear();
  }
  void clear() noexcept {
    empty_out(commands_);
    first_ = 0;
  }

  /// Moves all of them to `taken`, in place of what is there, and keeps its memory.
  void take(std::vector<detail::Command>& taken) {
    if (first_ != 0) {
      commands_.erase(commands_.begin(), commands_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    empty_out(taken);
    taken.swap(commands_);
  }

  /// Empties a list, and frees its memory if that is more than is worth keeping.
  static void empty_out(std::vector<detail::Command>& commands) noexcept {
    commands.clear();
    // To assign {} would assign an empty list of elements, which frees nothing.
    if (commands.capacity() > kept_max) std::vector<detail::Command>().swap(commands);
  }

 private:
  /// More commands than this are not worth the memory.
  static constexpr std::size_t kept_max = 4;

  std::vector<detail::Command> commands_;
  std::size_t first_ = 0;  ///< Those before it are matched.
};

}  // namespace reprise::replay

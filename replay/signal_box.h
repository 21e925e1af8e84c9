// Which received signal completes which await: first awaited, first received, per name.
//
// One class for instance state (names as ids, signals as their seq) and for the decider (names as
// text, signals as payloads), so that journal and code cannot disagree.
//
// Invariants:
// - No name has both a waiting operation and an unread signal, unless `store` put it there.
// - An await that is cancelled consumes nothing.
// - Empty, as nearly all are, it holds no memory.
#pragma once

#include <iterator>
#include <list>
#include <optional>
#include <utility>

#include <reprise/ids.h>

namespace reprise::replay {

template <class Name, class Signal>
class SignalBox {
 public:
  struct Unread {
    Name name;
    Signal signal;
  };

  /// `op` awaits `name`: takes the first unread signal of it, or waits.
  std::optional<Signal> await(const Name& name, OpId op) {
    for (auto it = unread_.begin(); it != unread_.end(); ++it) {
      if (it->name != name) continue;
      std::optional<Signal> signal(std::move(it->signal));
      unread_.erase(it);
      return signal;
    }
    wait(name, op);
    return std::nullopt;
  }

  /// Who waits first for `name` and now has the signal; nobody: it is kept, and still `signal`'s.
  std::optional<OpId> receive(const Name& name, Signal& signal) {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (it->name != name) continue;
      const OpId op = it->op;
      waiting_.erase(it);
      return op;
    }
    unread_.push_back({name, std::move(signal)});
    return std::nullopt;
  }

  /// Keeps a signal without looking who waits; `settle` will.
  void store(Name name, Signal signal) { unread_.push_back({std::move(name), std::move(signal)}); }
  /// Waits without looking what is unread; `settle` will.
  void wait(Name name, OpId op) {
    // In the order issued, which is that of ids: almost always at the end.
    auto it = waiting_.end();
    while (it != waiting_.begin() && std::prev(it)->op > op) --it;
    waiting_.insert(it, {std::move(name), op});
  }

  /// Hands stored signals to waiting operations; calls done(op, signal) for each pair.
  template <class Done>
  void settle(Done done) {
    std::list<Unread> unread;
    unread.swap(unread_);
    for (auto& kept : unread) {
      if (const auto op = receive(kept.name, kept.signal)) done(*op, std::move(kept.signal));
    }
  }

  void cancel(OpId op) {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (it->op != op) continue;
      waiting_.erase(it);
      return;
    }
  }

  void clear() {
    waiting_.clear();
    unread_.clear();
  }

  [[nodiscard]] const std::list<Unread>& unread() const noexcept { return unread_; }

 private:
  struct Waiting {
    Name name;
    OpId op;
  };
  std::list<Waiting> waiting_;
  std::list<Unread> unread_;
};

}  // namespace reprise::replay

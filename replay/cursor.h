// Where a decider stands in the events it was fed.
//
// Invariants:
// - The event looked at is decoded once.
// - The bytes are the feeder's: nothing is kept past the feed.
#pragma once

#include <span>
#include <string_view>

#include "replay/decider.h"
#include "replay/event.h"
#include "replay/names.h"

namespace reprise::replay {

class Cursor {
 public:
  /// REQUIRES: the events follow each other.
  void open(std::span<const HistoryEvent> events, const Names& names) {
    events_ = events;
    names_ = &names;
    next_ = 0;
    decoded_ = false;
  }
  void close() {
    events_ = {};
    names_ = nullptr;
    next_ = 0;
    decoded_ = false;
  }

  [[nodiscard]] bool at_end() const noexcept { return next_ == events_.size(); }
  /// Decodes the next event. REQUIRES: !at_end().
  Result<void> look() {
    if (decoded_) return {};
    if (events_[next_].decoded != nullptr) {
      current_ = events_[next_].decoded;
      decoded_ = true;
      return {};
    }
    auto result = decode(events_[next_].bytes, event_);
    current_ = &event_;
    decoded_ = result.ok();
    return result;
  }
  /// REQUIRES: look() was ok.
  [[nodiscard]] const Event& event() const noexcept { return *current_; }
  [[nodiscard]] Seq seq() const noexcept { return events_[next_].seq; }
  [[nodiscard]] std::string_view bytes() const noexcept { return events_[next_].bytes; }
  void pop() noexcept {
    ++next_;
    decoded_ = false;
  }

  /// The next event (0) and those after it, for a rare look far ahead.
  [[nodiscard]] std::size_t left() const noexcept { return events_.size() - next_; }
  [[nodiscard]] std::string_view bytes_ahead(std::size_t by) const noexcept {
    return events_[next_ + by].bytes;
  }

  [[nodiscard]] std::string_view text(std::uint32_t id) const noexcept {
    return names_ == nullptr ? std::string_view{} : names_->text(id);
  }

 private:
  std::span<const HistoryEvent> events_;
  const Names* names_ = nullptr;
  std::size_t next_ = 0;
  bool decoded_ = false;
  Event event_;
  const Event* current_ = &event_;
};

}  // namespace reprise::replay

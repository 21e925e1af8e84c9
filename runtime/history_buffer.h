// Consecutive events of one run, as bytes, with random access.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/ids.h>

namespace reprise::runtime {

class HistoryBuffer {
 public:
  /// Seq of the first event held; 1 for a whole history.
  [[nodiscard]] Seq first() const noexcept { return first_; }
  /// Seq of the last event held; first() − 1 when empty.
  [[nodiscard]] Seq last() const noexcept { return first_ + ends_.size() - 1; }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// REQUIRES: first() ≤ seq ≤ last(). Valid until the next change.
  [[nodiscard]] std::string_view at(Seq seq) const noexcept {
    const std::size_t i = seq - first_;
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  void append(std::string_view event) {
    if (ends_.capacity() == 0) {  // Most runs are short, and growing step by step costs more.
      ends_.reserve(16);
      bytes_.reserve(768);
    }
    bytes_.append(event);
    ends_.push_back(bytes_.size());
  }
  void append_all(const HistoryBuffer& other) {
    for (Seq seq = other.first(); seq <= other.last(); ++seq) append(other.at(seq));
  }
  /// Empties it; the next event appended is `first`.
  void restart(Seq first) {
    first_ = first;
    bytes_.clear();
    ends_.clear();
  }

 private:
  Seq first_ = 1;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace reprise::runtime

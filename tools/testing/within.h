// Says of a scope that it is entered, and left.
#pragma once

#include <utility>

namespace reprise::testing {

class Within {
 public:
  explicit Within(bool& inside) noexcept : inside_(inside), before_(std::exchange(inside, true)) {}
  ~Within() { inside_ = before_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  bool& inside_;
  bool before_;
};

}  // namespace reprise::testing

// What an assertion found: a bool that can be printed. CHECK(verdict) of doctest and Catch2 says
// why it failed; GoogleTest does so with EXPECT_TRUE(verdict) << verdict.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace reprise::testing {

class [[nodiscard]] Verdict {
 public:
  Verdict() = default;  ///< It holds.
  /// It does not, and why: one line or more.
  explicit Verdict(std::string why) : holds_(false), why_(std::move(why)) {}

  explicit operator bool() const noexcept { return holds_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  friend std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
    return out << (verdict.holds_ ? "it holds" : verdict.why_.c_str());
  }

 private:
  bool holds_ = true;
  std::string why_;
};

}  // namespace reprise::testing

// What an assertion found. CHECK(verdict), EXPECT_TRUE(verdict) and REQUIRE(verdict) take it as a
// bool and print why it failed.
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

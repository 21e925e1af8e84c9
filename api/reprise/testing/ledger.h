// The outside world of a test: what step bodies did to it.
//
// A fake of the payment service, the mail server, … writes here what it was made to do, and the
// test says what must be true of that. Every effect of a step's body is a place where crash_matrix
// lets the process die: just before it, and just after.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::testing {

struct Effect {
  std::string name;
  std::string detail;

  bool operator==(const Effect&) const = default;
  auto operator<=>(const Effect&) const = default;
};

/// One thread: that of its TestEngine.
class Ledger {
 public:
  /// An outside effect takes place. With a crash planned here it ends the body by an exception that
  /// is no std::exception. What is recorded outside of a body is never a place to die.
  void record(std::string name, std::string detail = {});
  /// As with a service that knows idempotency keys: a key it has seen has no second effect. True
  /// when the effect took place.
  bool record_once(const std::string& key, std::string name, std::string detail = {});

  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// In the order in which they took place.
  [[nodiscard]] const std::vector<Effect>& effects() const noexcept { return effects_; }

 private:
  friend class Lives;

  std::vector<Effect> effects_;
  std::set<std::string> keys_;
  std::function<void(bool took_place)> call_;  ///< Before and after each; may throw.
};

/// That of the TestEngine whose step body runs on this thread. Throws Error{context_invalid}
/// elsewhere.
[[nodiscard]] Ledger& ledger();

}  // namespace reprise::testing

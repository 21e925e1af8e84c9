// Whether workflow code runs on this thread. Tests ask it, to notice calls whose outcome is not in
// the journal (tools/testing/guard.h).
#pragma once

#include <utility>

namespace reprise::replay {

class CodeScope {
 public:
  /// `inside`: workflow code runs for the life of this scope; else something of the engine, or of
  /// its host, that it called.
  explicit CodeScope(bool inside) noexcept : before_(std::exchange(inside_, inside)) {}
  ~CodeScope() { inside_ = before_; }
  CodeScope(const CodeScope&) = delete;
  CodeScope& operator=(const CodeScope&) = delete;

  [[nodiscard]] static bool inside() noexcept { return inside_; }

 private:
  inline static thread_local constinit bool inside_ = false;
  bool before_;
};

}  // namespace reprise::replay

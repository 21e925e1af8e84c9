// Holds a cancellation off: for clean-up steps.
#pragma once

#include <reprise/detail/driver.h>

namespace reprise {

/// While it lives, a requested cancellation waits. Keep it in a named local.
class [[nodiscard("a shield ends with its scope: give it a name")]] Shield {
 public:
  explicit Shield(detail::ExecutionId execution);
  ~Shield();
  Shield(const Shield&) = delete;
  Shield& operator=(const Shield&) = delete;

 private:
  detail::ExecutionId execution_;
};

}  // namespace reprise

// The engine's own boundary: a failed REPRISE_ASSERT becomes an error there, and goes no further.
#pragma once

#include <reprise/assert.h>

#include <fmt/format.h>

#include <reprise/result.h>

namespace reprise::runtime {

inline Error failed_check(const detail::FailStop& stop) {
  return Error(Code::engine_failed,
               fmt::format("internal check failed: {} ({}:{}); close the engine and open it "
                           "again; docs/errors/engine_failed.md says what to report",
                           stop.condition(), stop.where().file_name(), stop.where().line()));
}

/// What `work` gives; engine_failed if a check failed in it.
template <class F>
Result<void> guarded(F&& work) {
  try {
    return work();
  } catch (const detail::FailStop& stop) {
    return failed_check(stop);
  }
}

}  // namespace reprise::runtime

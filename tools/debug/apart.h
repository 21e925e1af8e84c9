// Work that may never end, or bring its process down, done in a process of its own.
#pragma once

#include <functional>
#include <string>

#include <reprise/result.h>

namespace reprise::debug {

/// What `work` answers there. `enough` is asked now and then; true: it is waited for no longer.
/// REQUIRES: this process has no other thread that holds a lock. Errors: those of `work`, io_error
/// (no process), engine_failed (it died, and how), timed_out (enough).
Result<std::string> apart(const std::function<Result<std::string>()>& work,
                          const std::function<bool()>& enough);

}  // namespace reprise::debug

// A store as another process finds it: a copy of the test program, told to open it.
#pragma once

#include <string>

#include <reprise/error.h>

namespace reprise::test {

struct Found {
  Code code = Code::ok;
  std::string message;  ///< Of the error, if there was one.
};
/// What a process of its own is answered that opens the store at `path`, and closes it.
[[nodiscard]] Found open_elsewhere(const std::string& path);

/// In that process: what to do in place of the tests. Returns its exit status.
int open_here(const std::string& path);

}  // namespace reprise::test

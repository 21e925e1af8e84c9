// What a long form was judging, told on stderr when that takes the process down.
#pragma once

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace reprise::test {

/// This thread's; ends with a zero.
inline thread_local std::array<char, 512> last_words{};

/// What is told if this thread ends the process from now on.
inline void set_last_words(std::string_view words) {
  const std::size_t size = std::min(words.size(), last_words.size() - 1);
  std::copy_n(words.data(), size, last_words.data());
  last_words.at(size) = '\0';
}

inline void tell_last_words(int) {
  // NOLINTNEXTLINE(bugprone-unused-return-value): nobody is left to tell.
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, last_words.data(), ::strnlen(last_words.data(), last_words.size()));
  std::_Exit(3);
}

inline void tell_last_words_when_killed() {
  static_cast<void>(std::signal(SIGABRT, tell_last_words));
  static_cast<void>(std::signal(SIGSEGV, tell_last_words));
}

}  // namespace reprise::test

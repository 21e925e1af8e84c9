// The arguments of a test program that does something else too when told so.
#pragma once

#include <algorithm>
#include <charconv>
#include <functional>
#include <initializer_list>
#include <string_view>

namespace reprise::test {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  return done.ec == std::errc() && done.ptr == text.data() + text.size();
}

enum class Given {
  tests,  ///< None, or doctest's: each of those stands alone and begins with a dash.
  own,    ///< Words of the program's own, each with a value behind it, and all of them understood.
  wrong,
};

/// Hands each of the `own` words to `understand`, with its value; the `flags` have none.
inline Given read_arguments(
    int count, char** words, std::initializer_list<std::string_view> own,
    const std::function<bool(std::string_view word, std::string_view value)>& understand,
    std::initializer_list<std::string_view> flags = {}) {
  bool any_own = false;
  bool all_own = true;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (std::find(flags.begin(), flags.end(), word) != flags.end()) {
      any_own = true;
      all_own = all_own && understand(word, "");
      continue;
    }
    const bool known = std::find(own.begin(), own.end(), word) != own.end();
    any_own = any_own || known || !word.starts_with('-');
    all_own = all_own && known && i + 1 < count && understand(word, words[i + 1]);
    if (known) ++i;
  }
  if (!any_own) return Given::tests;
  return all_own ? Given::own : Given::wrong;
}

}  // namespace reprise::test

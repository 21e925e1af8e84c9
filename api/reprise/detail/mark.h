// Coverage marks: rare branches that say their names, so that a test program can tell which of
// them no test came to.
//
// REPRISE_MARK("room/what_is_rare") is a statement. Each test program of a room fails when one of
// that room's marks was not reached (tests/support/marks.h). After SQLite's testcase() macro
// (sqlite.org/testing.html). Where REPRISE_MARKS is not defined, as in Release, a mark is nothing.
#pragma once

#ifdef REPRISE_MARKS

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace reprise::detail {

template <std::size_t size>
struct MarkName {
  // By value: a template's argument can be no pointer to a literal.
  consteval MarkName(const char (&name)[size]) {  // NOLINT: made of a literal, as it is written.
    for (std::size_t i = 0; i < size; ++i) text[i] = name[i];
  }
  char text[size]{};
};

/// A marked place; all that are linked into a program are listed before its main() begins.
class Mark {
 public:
  explicit Mark(const char* name) noexcept : name_(name), next_(first()) { first() = this; }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

  void hit() noexcept { hits_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t hits() const noexcept { return hits_.load(); }
  [[nodiscard]] const Mark* next() const noexcept { return next_; }
  [[nodiscard]] static Mark*& first() noexcept {
    static Mark* list = nullptr;
    return list;
  }

 private:
  const char* name_;
  Mark* next_;
  std::atomic<std::uint64_t> hits_{0};
};

template <MarkName name>
inline Mark mark{name.text};

}  // namespace reprise::detail

#define REPRISE_MARK(name) ::reprise::detail::mark<name>.hit()

#else

#define REPRISE_MARK(name) static_cast<void>(0)

#endif

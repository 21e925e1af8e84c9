// Which of a room's coverage marks (api/reprise/detail/mark.h) the tests have come to.
#pragma once

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/mark.h>

namespace reprise::test {

#ifdef REPRISE_MARKS
inline constexpr bool marks_are_compiled = true;
#else
inline constexpr bool marks_are_compiled = false;
#endif

/// The marks named `room`/…, of those linked into this program; `missed`: that no test came to.
struct Marks {
  std::size_t all = 0;
  std::vector<std::string> missed;
};

inline Marks marks_of([[maybe_unused]] std::string_view room) {
  Marks marks;
#ifdef REPRISE_MARKS
  for (const auto* mark = detail::Mark::first(); mark != nullptr; mark = mark->next()) {
    const std::string_view name = mark->name();
    if (!name.starts_with(room) || name.substr(room.size(), 1) != "/") continue;
    ++marks.all;
    if (mark->hits() == 0) marks.missed.emplace_back(name);
  }
#endif
  return marks;
}

/// Says how many were reached. False when one was not, or when a room that has marks shows none.
inline bool show(std::string_view room) {
  const Marks marks = marks_of(room);
  if (marks.all == 0) {
    const bool marked = room == "journal" || room == "replay" || room == "runtime";
    if (marks_are_compiled && marked) std::cout << "marks: none of this room is linked\n";
    return !marks_are_compiled || !marked;
  }
  std::cout << "marks: " << marks.all - marks.missed.size() << " of " << marks.all << " reached\n";
  for (const auto& name : marks.missed) std::cout << "marks: no test came to " << name << '\n';
  return marks.missed.empty();
}

}  // namespace reprise::test

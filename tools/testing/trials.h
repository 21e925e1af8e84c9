// The cases of a search on several threads, with a line of progress; and what is kept of those that
// are violations.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reprise/error.h>
#include <reprise/registry.h>
#include <reprise/testing/test_engine.h>

namespace reprise::testing {

/// One thread, that of the search.
class Trials {
 public:
  /// `workflow`: whose they are. `what` they are, in the plural. `threads` 0: one per processor.
  /// `progress`: on stderr, if that is a terminal.
  Trials(std::string workflow, std::string what, unsigned threads, bool progress);

  /// Calls `one(i)` for every i below `count`, on several threads at once. `violations`: found so
  /// far, for the line. Throws what the first of them throws, then not all have run.
  void run(std::size_t count, std::size_t violations, const std::function<void(std::size_t)>& one);

 private:
  void tell(std::size_t done, std::size_t of, std::size_t violations);

  std::string workflow_;
  std::string what_;
  unsigned threads_;
  bool progress_;
  std::chrono::steady_clock::time_point told_at_;
  bool told_ = false;
};

/// Some of many cases, of which each is made when its turn comes: at most `most`, evenly spread
/// over all that follow from earlier ones.
class Spread {
 public:
  /// `counts`: how many follow from each.
  Spread(const std::vector<std::size_t>& counts, std::size_t most);

  [[nodiscard]] std::size_t all() const noexcept { return ends_.empty() ? 0 : ends_.back(); }
  [[nodiscard]] std::size_t size() const noexcept { return std::min(all(), most_); }
  /// The `at`-th that follows from the `of`-th.
  struct Place {
    std::size_t of = 0;
    std::size_t at = 0;

    bool operator==(const Place&) const = default;
  };
  /// REQUIRES: i < size().
  [[nodiscard]] Place operator[](std::size_t i) const;

 private:
  std::vector<std::size_t> ends_;
  std::size_t most_;
};

/// Journal files of violations. One thread.
class Journals {
 public:
  /// Of more violations than this the path is enough.
  static constexpr std::size_t most = 20;

  /// `folder` "": a new one in the temporary folder, named for `kind`.
  Journals(std::string folder, std::string kind)
      : wanted_(std::move(folder)), kind_(std::move(kind)) {}

  /// Writes all instances of `engine` to a journal file for the case `path`, in the place of one
  /// that is there. Its name; "" if it can't be written.
  std::string write(TestEngine& engine, const std::string& workflow, const std::string& path);

 private:
  const std::filesystem::path& folder();

  std::string wanted_;
  std::string kind_;
  std::filesystem::path folder_;
};

/// This program with its arguments, as a shell takes them.
[[nodiscard]] std::string this_command();

/// A word for a shell.
[[nodiscard]] std::string quoted(std::string word);

/// The name of that workflow. Throws Error{unregistered}.
[[nodiscard]] std::string name_in(const Registry& workflows, const void* workflow);

/// The PATH that the environment's `variable`, WORKFLOW:PATH, asks of `workflow`; nullopt when it
/// is not set, or for another one of `workflows`.
[[nodiscard]] std::optional<std::string> asked_of(const char* variable, const Registry& workflows,
                                                  std::string_view workflow);

/// The same, as `parse` reads it. Throws Error{invalid_argument}: it is no path, as `example` is.
template <class Parse>
[[nodiscard]] auto asked_for(const char* variable, const Registry& workflows,
                             const std::string& workflow, Parse parse, std::string_view example)
    -> decltype(parse(example)) {
  const auto asked = asked_of(variable, workflows, workflow);
  if (!asked) return std::nullopt;
  auto path = parse(*asked);
  if (path) return path;
  throw Error(Code::invalid_argument, fmt::format("{}={}:{}: give WORKFLOW:PATH, a path as \"{}\"",
                                                  variable, workflow, *asked, example));
}

/// The command that runs the case `path` alone.
[[nodiscard]] std::string again(const char* variable, const std::string& workflow,
                                const std::string& path);

/// The first few of a report's violations, with what `tell` writes of each, and how many more of
/// `all` there are.
template <class Violation, class Tell>
void print(std::ostream& out, const std::vector<Violation>& violations, std::size_t all,
           Tell tell) {
  constexpr std::size_t told_max = 5;
  for (std::size_t i = 0; i < std::min(told_max, violations.size()); ++i) {
    const auto& violation = violations[i];
    out << "  " << violation.path << '\n';
    tell(violation);
    if (!violation.journal.empty()) out << "    journal  " << violation.journal << '\n';
    if (!violation.again.empty()) out << "    again    " << violation.again << '\n';
  }
  if (all > told_max) out << fmt::format("  and {} more\n", all - told_max);
}

}  // namespace reprise::testing

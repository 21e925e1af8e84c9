// The cases of a search on several threads, with a line of progress; and what is kept of those that
// are violations.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

/// Journal files of violations. One thread.
class Journals {
 public:
  /// `folder` "": a new one in the temporary folder, named for `kind`.
  Journals(std::string folder, std::string kind)
      : wanted_(std::move(folder)), kind_(std::move(kind)) {}

  /// Writes all instances of `engine` to a journal file for the case `path`. Its name; "" if it
  /// can't be written.
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

/// The PATH that the environment's `variable`, WORKFLOW:PATH, asks of `workflow`; nullopt when it
/// is not set, or for another one.
[[nodiscard]] std::optional<std::string> asked_of(const char* variable, std::string_view workflow);

}  // namespace reprise::testing

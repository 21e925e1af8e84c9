// Says on a terminal how far long work is: from a second on, a few times a second, each line in
// place of the one before.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/cli/tool.h"

namespace reprise::cli {

class Progress {
 public:
  explicit Progress(const Console& console) : console_(console) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  /// One more is done: "replayed" becomes "replayed 128".
  void step(std::string_view what);
  /// Work has come to this.
  void at(const std::string& where);
  /// Takes the line away; whoever writes to the terminal calls it before.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool due();
  void show(const std::string& line);

  const Console& console_;
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
  std::uint64_t count_ = 0;
  std::string_view counted_;  ///< What `count_` counts; all are literals.
  bool shown_ = false;
};

}  // namespace reprise::cli

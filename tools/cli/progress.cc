#include "tools/cli/progress.h"

#include <ostream>
#include <utility>

#include <fmt/format.h>

namespace reprise::cli {

bool Progress::due() {
  if (!console_.progress) return false;
  const auto now = Clock::now();
  if (now < next_) return false;
  next_ = now + std::chrono::milliseconds(200);
  return true;
}

void Progress::step(std::string_view what) {
  if (what != counted_) count_ = 0;
  counted_ = what;
  ++count_;
  // The clock is looked at now and then: a step may be a microsecond.
  if (count_ % 64 == 0 && due()) show(fmt::format("{} {}", what, count_));
}

void Progress::at(const std::string& where) {
  if (due()) show(where);
}

void Progress::show(const std::string& line) {
  console_.err << fmt::format("\r\x1b[K{}", line) << std::flush;
  shown_ = true;
}

void Progress::clear() {
  if (std::exchange(shown_, false)) console_.err << "\r\x1b[K" << std::flush;
}

}  // namespace reprise::cli

// Where a point in time lies in a picture: as it was, or with long waits drawn shorter.
#pragma once

#include <string>
#include <vector>

#include <reprise/ids.h>

namespace reprise::cli {

class Axis {
 public:
  enum class Scale { true_to_time, even };
  struct Tick {
    double at = 0;
    std::string text;  ///< Time since the start.
  };

  /// `times` are those of the events, in order, each once. With `beyond`, room is left for what
  /// goes on behind the last of them.
  Axis(std::vector<Nanos> times, Scale scale, bool beyond);

  /// 0 to 100; what lies outside is put at the edge.
  [[nodiscard]] double at(Nanos time) const;
  /// Where what has not ended yet stops.
  [[nodiscard]] static double edge() noexcept { return 100; }
  [[nodiscard]] std::vector<Tick> ticks() const;
  /// Most of the time is spent between two events: true to time, all else is a hair's breadth.
  [[nodiscard]] bool lopsided() const;

 private:
  Scale scale_;
  std::vector<Nanos> times_;
  std::vector<double> places_;  ///< Of `times_`.
};

}  // namespace reprise::cli

#include "tools/cli/axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr double tick_every = 12;  // Percent of the width: a label fits in.
constexpr double room_beyond = 4;

/// Between two events; a day is a dozen times as wide as a millisecond.
double weight(Nanos gap) { return std::log2(2 + static_cast<double>(gap) / 1e6); }

/// "0", "250us", "1.5s", "2m 10s", "3h", "1d 4h".
std::string since_start(Nanos time) {
  constexpr Nanos second = 1'000'000'000;
  if (time == 0) return "0";
  if (time < 1'000'000) return fmt::format("{:.3g}us", static_cast<double>(time) / 1e3);
  if (time < second) return fmt::format("{:.3g}ms", static_cast<double>(time) / 1e6);
  if (time < 60 * second) return fmt::format("{:.3g}s", static_cast<double>(time) / 1e9);
  const Nanos seconds = time / second;
  const auto two = [](Nanos big, const char* one, Nanos small, const char* other) {
    return small == 0 ? fmt::format("{}{}", big, one)
                      : fmt::format("{}{} {}{}", big, one, small, other);
  };
  if (seconds < 3600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds % 3600 / 60, "m");
  return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

/// A length people count in, of which few fit into `whole`.
Nanos round_step(Nanos whole) {
  constexpr Nanos second = 1'000'000'000;
  constexpr Nanos units[] = {1,     2,     5,     10,    15,     30,     60,
                             120,   300,   600,   900,   1800,   3600,   7200,
                             10800, 21600, 43200, 86400, 172800, 432000, 864000};
  const Nanos least = whole / 8 + 1;
  if (least <= second) {
    Nanos step = 1;
    for (int i = 0; step < least; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
  }
  for (const Nanos unit : units) {
    if (unit * second >= least) return unit * second;
  }
  const Nanos days = 10 * 86400 * second;
  return (least / days + 1) * days;
}

}  // namespace

Axis::Axis(std::vector<Nanos> times, Scale scale, bool beyond)
    : scale_(scale), times_(std::move(times)) {
  double sum = 0;
  for (std::size_t i = 0; i < times_.size(); ++i) {
    if (i != 0) {
      const Nanos gap = apart(times_[i - 1], times_[i]);
      sum += scale == Scale::even ? weight(gap) : static_cast<double>(gap);
    }
    places_.push_back(sum);
  }
  const double whole = beyond ? 100 - room_beyond : 100;
  for (double& place : places_) place = sum > 0 ? place / sum * whole : 0;
}

double Axis::at(Nanos time) const {
  const auto next = std::lower_bound(times_.begin(), times_.end(), time);
  if (next == times_.end()) return places_.empty() ? 0 : places_.back();
  const auto i = static_cast<std::size_t>(next - times_.begin());
  if (i == 0 || *next == time) return places_[i];
  const auto part = static_cast<double>(apart(times_[i - 1], time)) /
                    static_cast<double>(apart(times_[i - 1], times_[i]));
  return places_[i - 1] + part * (places_[i] - places_[i - 1]);
}

std::vector<Axis::Tick> Axis::ticks() const {
  std::vector<Tick> all;
  if (times_.empty()) return all;
  if (scale_ == Scale::true_to_time) {
    const Nanos whole = apart(times_.front(), times_.back());
    const Nanos step = round_step(whole);
    for (Nanos count = 0; count <= whole / step; ++count) {
      all.push_back({at(times_.front() + count * step), since_start(count * step)});
    }
    return all;
  }
  for (std::size_t i = 0; i < times_.size(); ++i) {
    if (!all.empty() && places_[i] < all.back().at + tick_every) continue;
    all.push_back({places_[i], since_start(apart(times_.front(), times_[i]))});
  }
  return all;
}

bool Axis::lopsided() const {
  if (times_.size() < 4) return false;
  Nanos longest = 0;
  for (std::size_t i = 1; i < times_.size(); ++i) {
    longest = std::max(longest, apart(times_[i - 1], times_[i]));
  }
  return longest > apart(times_.front(), times_.back()) / 2;
}

}  // namespace reprise::cli

// How long a case of a search may go on: for one that does not end it would wait for ever.
//
// One thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <reprise/clock.h>

namespace reprise::testing {

/// No more time is to pass. No std::exception: a host's own handlers let it pass.
struct EnoughTime {
  std::string why;
};

class Patience {
 public:
  /// Without an end.
  Patience() = default;
  /// So often time may pass; so many events may be written while none does.
  Patience(std::uint64_t idles_max, std::uint64_t events_max) noexcept
      : idles_max_(idles_max), events_max_(events_max) {}

  /// Time passes. Throws EnoughTime.
  void idle();
  /// So many events were ever written, and it is `now`. Throws EnoughTime.
  void work(std::uint64_t events, Nanos now);

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t idles_max_ = never;
  std::uint64_t events_max_ = never;
  std::uint64_t idles_ = 0;
  std::optional<Nanos> since_;  ///< When the clock moved last.
  std::uint64_t events_ = 0;    ///< Written by then.
};

}  // namespace reprise::testing

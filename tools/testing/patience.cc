#include "tools/testing/patience.h"

#include <fmt/format.h>

namespace reprise::testing {

void Patience::idle() {
  if (idles_++ < idles_max_) return;
  throw EnoughTime{
      fmt::format("it does not end: time has passed {} times (idles_max)", idles_max_)};
}

void Patience::work(std::uint64_t events, Nanos now) {
  if (since_ != now) {
    since_ = now;
    events_ = events;
  }
  if (events - events_ <= events_max_) return;
  throw EnoughTime{
      fmt::format("it does not end: {} events, and no time has passed (events_max)", events_max_)};
}

}  // namespace reprise::testing

#include "tools/cli/events.h"

#include <array>
#include <charconv>
#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/telling.h"

namespace reprise::cli {
namespace {

using replay::EventKind;

/// Reads `digits` digits off the front of `text`.
std::optional<int> number_off(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto* end = text.data() + digits;
  const auto read = std::from_chars(text.data(), end, value);
  if (text[0] == '-' || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

constexpr Nanos second = 1'000'000'000;

/// The fraction of a second, ".5", and how long its last digit is.
std::optional<Bound> fraction_of(std::string_view text) {
  Bound found{0, 0, second};
  if (text.empty() || text.size() > 9) return std::nullopt;
  while (!text.empty()) {
    const auto digit = number_off(text, 1);
    if (!digit) return std::nullopt;
    found.end /= 10;
    found.begin += *digit * found.end;
  }
  found.end += found.begin;
  return found;
}

/// "T22:13", "T22:13:20", "T22:13:20.5": the span of the day it names.
std::optional<Bound> time_of_day(std::string_view text) {
  const auto hour = number_off(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = number_off(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const Nanos at = (*hour * 3600 + *minute * 60) * second;
  if (text.empty()) return Bound{0, at, at + 60 * second};
  if (!take(text, ':')) return std::nullopt;
  const auto seconds = number_off(text, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  const Nanos begin = at + *seconds * second;
  if (text.empty()) return Bound{0, begin, begin + second};
  if (!take(text, '.')) return std::nullopt;
  const auto fraction = fraction_of(text);
  if (!fraction) return std::nullopt;
  return Bound{0, begin + fraction->begin, begin + fraction->end};
}

}  // namespace

Result<void> each_event(const runtime::Recorded& recorded, const EventFilter& filter,
                        const std::function<bool(ToldEvent)>& sink) {
  std::unordered_map<OpId, std::pair<std::uint32_t, std::uint32_t>> operations;
  for (Seq seq = 1; seq <= recorded.events.last(); ++seq) {
    auto event = replay::decode(recorded.events.at(seq));
    if (!event) return std::move(event).error();
    if (event->op != 0) {
      // An answer names its operation by number alone.
      auto& [name, site] = operations[event->op];
      if (event->name == 0) event->name = name;
      if (event->site == 0) event->site = site;
      name = event->name;
      site = event->site;
    }
    ToldEvent told;
    told.info = runtime::tell(seq, *event, *recorded.names);
    told.kind = event->kind;
    told.failed = event->failed || event->failure_code != 0;
    told.detached = event->detached;
    if (event->kind == EventKind::child_scheduled || event->kind == EventKind::signal_sent) {
      told.target = {std::string(event->space), std::string(event->id)};
    }
    told.info.payload.encoding = event->encoding;
    told.payload_size = event->packed ? event->packed.size : event->payload.size();
    told.asked_for = filter.matches(told);
    if (told.asked_for && told.payload_size <= payload_max) {
      auto payload = recorded.unpack(*event);
      if (!payload) return std::move(payload).error();
      told.info.payload.bytes = std::move(*payload);
    }
    if (!sink(std::move(told))) return {};
  }
  return {};
}

bool EventFilter::matches(const ToldEvent& event) const {
  const auto& info = event.info;
  if (!kinds.empty() && !kinds.contains(event.kind)) return false;
  if (name && *name != info.name) return false;
  if (op && *op != info.op) return false;
  if (from && (from->seq != 0 ? info.seq < from->seq : info.time < from->begin)) return false;
  return !to || (to->seq != 0 ? info.seq <= to->seq : info.time < to->end);
}

std::set<EventKind> kinds_named(const std::string& text) {
  std::set<EventKind> found;
  for (int number = 100; number < 256; ++number) {
    const auto kind = static_cast<EventKind>(number);
    const auto name = replay::name_of(kind);
    if (name == "unknown") continue;
    if (name == text || name.starts_with(text + "_")) found.insert(kind);
  }
  return found;
}

std::optional<Bound> bound_of(const std::string& given) {
  Bound bound;
  const auto* end = given.data() + given.size();
  const auto read = std::from_chars(given.data(), end, bound.seq);
  if (read.ec == std::errc() && read.ptr == end) {
    return bound.seq == 0 ? std::nullopt : std::optional(bound);
  }
  std::string_view text = given;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto year = number_off(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = number_off(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = number_off(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // What nanoseconds in 64 bits can say.
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  const Nanos midnight = std::chrono::sys_days(date).time_since_epoch().count() * 86400 * second;
  if (text.empty()) return Bound{0, midnight, midnight + 86400 * second};
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto within = time_of_day(text);
  if (!within) return std::nullopt;
  return Bound{0, midnight + within->begin, midnight + within->end};
}

}  // namespace reprise::cli

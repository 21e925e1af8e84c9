#include <reprise/context.h>

#include <limits>

namespace reprise {

Shield::Shield(detail::ExecutionId execution) : execution_(execution) {
  detail::current_or_throw(execution_).shield(+1);
}

Shield::~Shield() {
  // No current driver: the frames are being destroyed, which decides nothing.
  detail::Driver* driver = detail::current_driver();
  if (driver != nullptr && driver->execution() == execution_) driver->shield(-1);
}

Operation<void> Context::sleep(Nanoseconds duration, Where where) const {
  return Operation<void>(detail::sleep_for(execution_, duration.count(), detail::site_of(where)));
}

Operation<void> Context::sleep_until(Time due, Where where) const {
  return Operation<void>(
      detail::sleep_until(execution_, due.time_since_epoch().count(), detail::site_of(where)));
}

TryOperation<void> Context::try_sleep(Nanoseconds duration, Where where) const {
  return TryOperation<void>(
      detail::sleep_for(execution_, duration.count(), detail::site_of(where)));
}

TryOperation<void> Context::try_sleep_until(Time due, Where where) const {
  return TryOperation<void>(
      detail::sleep_until(execution_, due.time_since_epoch().count(), detail::site_of(where)));
}

Time Context::now() const {
  return Time(std::chrono::nanoseconds(detail::current_or_throw(execution_).now()));
}

std::uint64_t Context::random() const { return detail::current_or_throw(execution_).draw(); }

std::uint64_t Context::random(std::uint64_t low, std::uint64_t high) const {
  auto& driver = detail::current_or_throw(execution_);
  if (low > high) throw Error(Code::invalid_argument, "random(low, high) with low above high");
  const std::uint64_t count = high - low + 1;  // 0 stands for all 2^64.
  if (count == 0) return driver.draw();
  // Draws above the last whole multiple of `count` would favour small results.
  const std::uint64_t excess = (std::numeric_limits<std::uint64_t>::max() % count + 1) % count;
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max() - excess;
  std::uint64_t drawn = driver.draw();
  while (drawn > last) drawn = driver.draw();
  return low + drawn % count;
}

std::string Context::uuid() const {
  return detail::make_uuid(detail::current_or_throw(execution_));
}

const std::string& Context::id() const { return detail::current_or_throw(execution_).key().id; }

const std::string& Context::space() const {
  return detail::current_or_throw(execution_).key().space;
}

RunId Context::run() const { return detail::current_or_throw(execution_).run(); }

std::int32_t Context::version(detail::Name change, std::int32_t min, std::int32_t max) const {
  auto& driver = detail::current_or_throw(execution_);
  detail::check_name(change.text(), "a change's name");
  if (min > max)
    throw Error(Code::invalid_argument, "version(change, min, max) with min above max");
  return driver.version(change.text(), min, max, change.site());
}

bool Context::cancel_requested() const {
  return detail::current_or_throw(execution_).cancel_requested();
}

}  // namespace reprise

#include <reprise/watch.h>

#include <reprise/detail/start.h>

namespace reprise::detail {

void open_watch(ExecutionId execution, WatchBody& watch) {
  auto& driver = current_or_throw(execution);
  check_name(watch.name(), "a watch's name");
  driver.open_watch(watch);
}

void close_watch(ExecutionId execution, WatchBody& watch) noexcept {
  Driver* driver = current_driver();
  if (driver != nullptr && driver->execution() == execution) driver->close_watch(watch);
}

}  // namespace reprise::detail

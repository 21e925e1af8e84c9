#include <reprise/query.h>

#include <reprise/detail/start.h>

namespace reprise::detail {

void open_query(ExecutionId execution, QueryBody& handler) {
  auto& driver = current_or_throw(execution);
  check_name(handler.name(), "a query's name");
  driver.open_query(handler);
}

void close_query(ExecutionId execution, QueryBody& handler) noexcept {
  Driver* driver = current_driver();
  if (driver != nullptr && driver->execution() == execution) driver->close_query(handler);
}

}  // namespace reprise::detail

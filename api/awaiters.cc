#include <reprise/detail/awaiters.h>

#include <reprise/assert.h>

namespace reprise::detail {

std::size_t FirstComplete::await_resume() const {
  for (std::size_t i = 0; i < ops_.size(); ++i) {
    if (driver_.complete(ops_[i])) return i;
  }
  fail_stop("a wait for any operation went on though none is complete");
}

OperationHandle start_timer(Driver& driver, Nanos due, bool after, Site site) {
  Command command;
  command.kind = CommandKind::start_timer;
  command.site = site;
  command.due = due;
  command.due_after = after;
  const OpId op = driver.issue(std::move(command), nullptr);
  return OperationHandle(driver.execution(), op, CommandKind::start_timer, site);
}

Site site_of(const std::source_location& where) noexcept {
  return Site{where.file_name(), static_cast<std::uint32_t>(where.line())};
}

}  // namespace reprise::detail

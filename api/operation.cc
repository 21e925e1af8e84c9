#include <reprise/operation.h>

#include <reprise/assert.h>

namespace reprise::detail {

Driver& OperationHandle::driver_or_throw() const {
  if (op_ == 0) {
    throw Error(Code::invalid_argument,
                "this operation was awaited, moved from or taken over by all() or any() before");
  }
  return current_or_throw(execution_);
}

Outcome OperationHandle::take(Driver& driver) {
  REPRISE_ASSERT(op_ != 0);
  REPRISE_ASSERT(driver.complete(op_));
  return driver.take(std::exchange(op_, 0));
}

void OperationHandle::drop() noexcept {
  const OpId op = std::exchange(op_, 0);
  if (op == 0) return;
  // No current driver: the frames are being destroyed, which decides nothing.
  Driver* driver = current_driver();
  if (driver != nullptr && driver->execution() == execution_) driver->drop(op, site_);
}

}  // namespace reprise::detail

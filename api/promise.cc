#include <reprise/detail/promise.h>

#include <reprise/failure.h>

namespace reprise::detail {
namespace {

/// The frame allocated last on this thread and not yet checked. Null when the compiler elided the
/// allocation, which leaves nothing to compare.
thread_local void* last_block = nullptr;

}  // namespace

void* PromiseBase::operator new(std::size_t size) {
  last_block = ::operator new(size);
  return last_block;
}

void PromiseBase::operator delete(void* block, std::size_t size) noexcept {
  ::operator delete(block, size);
}

void PromiseBase::check_frame(const void* address) {
  const void* block = std::exchange(last_block, nullptr);
  if (block != nullptr && block != address) {
    fail_stop(
        "this compiler laid out a workflow's frame wrongly: there is a co_await in a condition; "
        "bind it to a name first: auto r = co_await x; if (r) ...");
  }
}

void PromiseBase::finish(Outcome outcome) noexcept {
  Driver* driver = current_driver();
  if (driver != nullptr) driver->finish(std::move(outcome));
}

void PromiseBase::rethrow_fail_stop() {
  try {
    throw;
  } catch (const FailStop&) {
    throw;
  } catch (...) {
    return;
  }
}

Failure PromiseBase::workflow_failure() noexcept {
  const Driver* driver = current_driver();
  try {
    throw;
  } catch (const Cancelled&) {
    const bool asked = driver != nullptr && driver->cancel_requested();
    return current_failure(asked ? Code::workflow_cancelled : Code::workflow_failed);
  } catch (...) {
    return current_failure(Code::workflow_failed);
  }
}

}  // namespace reprise::detail

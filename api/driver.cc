#include <reprise/detail/driver.h>

#include <atomic>

namespace reprise::detail {
namespace {

std::atomic<std::uint64_t> executions = 0;

thread_local Driver* current = nullptr;

}  // namespace

ExecutionId new_execution() noexcept {
  // Slot 0 is left to drivers made by hand.
  const auto number = executions.fetch_add(1, std::memory_order_relaxed) + (std::uint64_t{1} << 32);
  return {static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
}

Driver* current_driver() noexcept { return current; }

Driver& current_or_throw(ExecutionId execution) {
  if (current == nullptr || current->execution() != execution) {
    throw Error(Code::context_invalid,
                "this Context belongs to workflow code that is not running here: use it only in "
                "the code of its own workflow, never in a step body or on another thread");
  }
  return *current;
}

DriverScope::DriverScope(Driver* driver) noexcept : previous_(current) { current = driver; }
DriverScope::~DriverScope() { current = previous_; }

}  // namespace reprise::detail

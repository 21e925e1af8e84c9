#include <reprise/detail/driver.h>

namespace reprise::detail {
namespace {

thread_local Driver* current = nullptr;

}  // namespace

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

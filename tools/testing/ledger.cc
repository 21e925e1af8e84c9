#include <reprise/testing/ledger.h>

#include <algorithm>
#include <utility>

#include <reprise/error.h>

#include "tools/testing/current_ledger.h"

namespace reprise::testing {
namespace {

thread_local Ledger* current = nullptr;

}  // namespace

CurrentLedger::CurrentLedger(Ledger& ledger) noexcept : before_(std::exchange(current, &ledger)) {}
CurrentLedger::~CurrentLedger() { current = before_; }

Ledger& ledger() {
  if (current == nullptr) {
    throw Error(Code::context_invalid,
                "there is a ledger only in the step bodies of a TestEngine, on their thread");
  }
  return *current;
}

void Ledger::record(std::string name, std::string detail) {
  if (call_) call_(false);
  effects_.push_back({std::move(name), std::move(detail)});
  if (call_) call_(true);
}

bool Ledger::record_once(const std::string& key, std::string name, std::string detail) {
  if (call_) call_(false);
  const bool first = keys_.insert(key).second;
  if (first) effects_.push_back({std::move(name), std::move(detail)});
  if (call_) call_(true);
  return first;
}

std::size_t Ledger::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      effects_.begin(), effects_.end(), [&](const Effect& effect) { return effect.name == name; }));
}

}  // namespace reprise::testing

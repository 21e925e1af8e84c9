// Which ledger the step bodies on this thread write to.
#pragma once

namespace reprise::testing {

class Ledger;

class CurrentLedger {
 public:
  explicit CurrentLedger(Ledger& ledger) noexcept;
  ~CurrentLedger();
  CurrentLedger(const CurrentLedger&) = delete;
  CurrentLedger& operator=(const CurrentLedger&) = delete;

 private:
  Ledger* before_;
};

}  // namespace reprise::testing

// Which damages are judged, in which order: numbered, so that one who stopped can go on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/rot/damage.h"

namespace reprise::rot {

struct Plan {
  std::uint64_t seed = 1;
  /// Seeds are seed, seed + step, …; without end.
  std::uint64_t step = 1;
  /// Of the first seed all bits of all bytes; of the others of one byte in so many.
  std::uint64_t first = 1;
  /// Not 0: only one seed, and of each sort of damage one in so many, times what its sort is worth.
  std::uint64_t brief = 0;
  /// Not empty: only this damage to the sample of that form, "FORM EDIT".
  std::string only{};
};

/// The samples of one seed, each made when it is first asked for.
class Samples {
 public:
  Samples(std::uint64_t seed, std::string folder) : seed_(seed), folder_(std::move(folder)) {}
  [[nodiscard]] const Sample& of(Form form);

 private:
  std::uint64_t seed_;
  std::string folder_;
  std::unique_ptr<Sample> samples_[2];
};

/// Return false to stop.
using EachCase = std::function<bool(const Sample&, const Damage&)>;

/// Samples are made in `folder`.
void each_case(const Plan& plan, const std::string& folder, const EachCase& each);

}  // namespace reprise::rot

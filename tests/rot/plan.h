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
  /// Of this seed all bits of all bytes; of the others, in large files, of one byte in so many.
  /// Those of its large files are shared out among the plans with seeds up to `first` + `step`, and
  /// come behind what else each has to do of its own first seed.
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

/// Who is handed the cases of a plan, and told how far it is with all bits of the first seed.
struct Visitor {
  EachCase each;
  /// Before anything else, by the plan that begins with the first seed.
  std::function<void(Samples& first)> begun = [](Samples&) {};
  /// All flips of the first seed's files of that sort that are this plan's were handed over.
  std::function<void(Files)> flipped = [](Files) {};
};

/// Whose of the plans with the same first seed a flip of that seed's large files is. By the flip
/// itself: each has a sample of its own, and a file may be a few bytes longer in one than in
/// another.
[[nodiscard]] bool is_own(const Plan& plan, const Edit& flip);

/// Samples are made in `folder`.
void each_case(const Plan& plan, const std::string& folder, const Visitor& visitor);

}  // namespace reprise::rot

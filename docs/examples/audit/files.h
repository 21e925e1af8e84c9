// Reading what dpkg installed and checking it: plain code that knows nothing of workflows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace audit {

/// What checking some files found.
struct Report {
  std::int64_t packages = 0;
  std::int64_t files = 0;
  std::int64_t mismatches = 0;
  std::int64_t missing = 0;
  bool operator==(const Report&) const = default;
  void add(const Report& other);
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Report, packages, files, mismatches, missing)

/// Packages that have a list of md5sums, sorted.
std::vector<std::string> installed_packages();
/// How many files the package's list names.
std::int64_t count_files(const std::string& package);
/// Checks `count` files of the list from the `first`th.
Report check_files(const std::string& package, std::int64_t first, std::int64_t count);

}  // namespace audit

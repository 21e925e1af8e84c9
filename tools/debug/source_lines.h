// The lines of the source that the code was compiled from, where they can be found.
//
// Only names that the program itself was compiled with are looked for: none out of a journal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::debug {

class SourceLines {
 public:
  /// `folders`: searched for a file that is not where it was compiled, by the ends of its path.
  explicit SourceLines(std::vector<std::string> folders) : folders_(std::move(folders)) {}

  /// Line `number`, from 1. Nothing: no such file or line.
  std::optional<std::string> line(std::string_view file, std::uint32_t number);

 private:
  const std::vector<std::string>& lines_of(const std::string& file);

  std::vector<std::string> folders_;
  std::map<std::string, std::vector<std::string>> read_;
};

}  // namespace reprise::debug

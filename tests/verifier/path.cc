#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/verifier/rocks_source.h"
#include "tests/verifier/verify.h"

namespace reprise::verifier {

Findings verify_path(const std::string& path) {
  namespace fs = std::filesystem;
  Findings findings;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    // Beside the store: links do not reach across file systems.
    std::string wrong;
    const fs::path parent = fs::absolute(path).parent_path();
    const auto source = open_rocks(path, parent, wrong);
    if (source) return verify_store(*source);
    findings.add(Rule::unreadable, path, wrong);
    return findings;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.eof() && file.fail()) {
    findings.add(Rule::unreadable, path, "cannot be read");
    return findings;
  }
  return verify_file(bytes);
}

}  // namespace reprise::verifier

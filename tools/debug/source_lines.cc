#include "tools/debug/source_lines.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace reprise::debug {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lines_max = 1'000'000;

/// `file` where it is, or its longest end that is below one of `folders`.
fs::path found(const std::string& file, const std::vector<std::string>& folders) {
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored)) return file;
  for (const auto& folder : folders) {
    fs::path end = fs::path(file).relative_path();
    while (!end.empty()) {
      if (fs::is_regular_file(folder / end, ignored)) return folder / end;
      fs::path shorter;
      for (auto part = std::next(end.begin()); part != end.end(); ++part) shorter /= *part;
      end = std::move(shorter);
    }
  }
  return {};
}

}  // namespace

const std::vector<std::string>& SourceLines::lines_of(const std::string& file) {
  const auto known = read_.find(file);
  if (known != read_.end()) return known->second;
  auto& lines = read_[file];
  const auto path = found(file, folders_);
  if (path.empty()) return lines;
  std::ifstream in(path);
  for (std::string line; lines.size() < lines_max && std::getline(in, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::optional<std::string> SourceLines::line(std::string_view file, std::uint32_t number) {
  if (file.empty() || number == 0) return std::nullopt;
  const auto& lines = lines_of(std::string(file));
  if (number > lines.size()) return std::nullopt;
  return lines[number - 1];
}

}  // namespace reprise::debug

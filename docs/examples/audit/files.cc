#include "files.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace audit {
namespace {

const std::filesystem::path lists = "/var/lib/dpkg/info";
const std::string suffix = ".md5sums";

std::optional<std::string> md5_of(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) return std::nullopt;
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), EVP_md5(), nullptr);
  std::array<unsigned char, 1 << 16> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    EVP_DigestUpdate(digest.get(), buffer.data(), got);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum;
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), sum.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", sum[i]);
  return hex;
}

}  // namespace

void Report::add(const Report& other) {
  packages += other.packages;
  files += other.files;
  mismatches += other.mismatches;
  missing += other.missing;
}

std::vector<std::string> installed_packages() {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::directory_iterator(lists)) {
    const std::string name = item.path().filename().string();
    if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t count_files(const std::string& package) {
  std::ifstream list(lists / (package + suffix));
  std::int64_t count = 0;
  for (std::string line; std::getline(list, line);) ++count;
  return count;
}

Report check_files(const std::string& package, std::int64_t first, std::int64_t count) {
  std::ifstream list(lists / (package + suffix));
  Report report;
  std::string line;
  for (std::int64_t at = 0; at < first + count && std::getline(list, line); ++at) {
    // A line is 32 hex digits, two blanks, and the path without its leading slash.
    if (at < first || line.size() < 35) continue;
    ++report.files;
    const auto sum = md5_of("/" + line.substr(34));
    if (!sum) {
      ++report.missing;
    } else if (*sum != line.substr(0, 32)) {
      ++report.mismatches;
    }
  }
  return report;
}

}  // namespace audit

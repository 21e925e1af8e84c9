// The short form of a program of this room: every file of the given folders once.
//
//   fuzz_record FOLDER|FILE...     runs them, says how many; 1 if one broke a property
//   fuzz_record --seeds FOLDER     writes the inputs to begin with there
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz.h"

#include <fmt/format.h>

// Mutators are linked, and never called here.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* /*data*/, std::size_t size,
                                        std::size_t /*max_size*/) {
  return size;
}

namespace reprise::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& place) {
  if (fs::is_regular_file(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& found : fs::directory_iterator(place)) {
    if (found.is_regular_file()) files.push_back(found.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What the input breaks; "" if nothing.
std::string run_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // A copy of exactly its size, so that a sanitizer sees every read behind its end.
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  try {
    LLVMFuzzerTestOneInput(copy.get(), bytes.size());
  } catch (const std::exception& broken) {
    return broken.what();
  }
  return {};
}

int run(const std::string& program, const std::vector<std::string>& given) {
  if (given.size() == 2 && given[0] == "--seeds") return write_seeds(given[1]), 0;
  std::size_t count = 0;
  std::size_t broken = 0;
  for (const auto& place : given) {
    for (const auto& file : files_of(place)) {
      ++count;
      const auto what = run_file(file);
      if (what.empty()) continue;
      ++broken;
      fmt::print("VIOLATION {} {}: {}\n", program, file.string(), what);
    }
  }
  fmt::print("{} inputs, {} violations\n", count, broken);
  return count == 0 || broken != 0 ? 1 : 0;
}

}  // namespace
}  // namespace reprise::fuzz

int main(int argc, char** argv) {
  try {
    return reprise::fuzz::run(argv[0], std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}

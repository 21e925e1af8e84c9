#include "fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <reprise/hash.h>

#include <fmt/format.h>

namespace reprise::fuzz {

Broken::Broken(std::string_view property, std::source_location where)
    : text_(fmt::format("{}:{}: does not hold: {}", where.file_name(), where.line(), property)) {
  std::fprintf(stderr, "%s\n", text_.c_str());
}

void check_error(const Error& error, std::source_location where) {
  holds(error.code() != Code::ok && name(error.code()) != "unknown", "an error has a code", where);
  holds(!error.message().empty(), "an error has a text", where);
  holds(!has_control(error.message()), "an error's text steers no terminal", where);
}

bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // The second set of controls, as UTF-8 has it.
    if (c == 0xC2 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0x80 && next < 0xA0) return true;
    }
  }
  return false;
}

void write_seeds(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& seed : seeds()) {
    std::ofstream(fmt::format("{}/{:016x}", folder, hash64(seed)), std::ios::binary) << seed;
  }
}

std::uint8_t Input::byte() noexcept { return static_cast<std::uint8_t>(number(1)); }

std::uint64_t Input::number(int bytes) noexcept {
  std::uint64_t value = 0;
  const auto taken = take(static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < taken.size(); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
  }
  return value;
}

std::string_view Input::take(std::size_t size) noexcept {
  const auto taken = bytes_.substr(0, size);
  bytes_.remove_prefix(taken.size());
  return taken;
}

std::uint64_t Dice::draw() noexcept {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return state_ >> 8;
}

std::uint64_t Dice::number() noexcept {
  const auto near = static_cast<std::uint64_t>(roll(5)) - 2;
  switch (roll(4)) {
    case 0: return roll(8);
    case 1: return (std::uint64_t{1} << roll(64)) + near;
    case 2: return near;
    default: return draw() << 8 ^ draw();
  }
}

std::string mutated(std::string bytes, std::size_t max_size) {
  const std::size_t size = std::min(bytes.size(), max_size);
  bytes.resize(std::max<std::size_t>(max_size, 1));
  const auto now = LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, max_size);
  bytes.resize(now);
  return bytes;
}

std::size_t give(std::string_view bytes, std::uint8_t* data, std::size_t max_size) noexcept {
  const std::size_t size = std::min(bytes.size(), max_size);
  if (size != 0) std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace reprise::fuzz

// Under libFuzzer: `--seeds FOLDER` writes them, as run_corpus.cc does.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view((*argv)[1]) == "--seeds") {
    reprise::fuzz::write_seeds((*argv)[2]);
    std::exit(0);
  }
  return 0;
}

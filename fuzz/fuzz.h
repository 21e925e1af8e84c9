// What the programs of this room share: properties that must hold, and dice for their mutators.
//
// Each program is one .cc: LLVMFuzzerTestOneInput, seeds(), and a LLVMFuzzerCustomMutator where the
// bytes have checksums. Built by `tools/build fuzz` it is linked with libFuzzer, in every other
// build with run_corpus.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/error.h>
#include <reprise/result.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
/// Of programs that have one.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed);

namespace reprise::fuzz {

/// A property that an input has broken. Nothing catches it under libFuzzer, which then keeps the
/// input.
class Broken : public std::exception {
 public:
  Broken(std::string_view property, std::source_location where);
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

inline void holds(bool property, std::string_view text,
                  std::source_location where = std::source_location::current()) {
  if (!property) throw Broken(text, where);
}

/// An error has a code that has a name, and one line of text for a person.
void check_error(const Error& error, std::source_location where = std::source_location::current());
/// True if ok; else its error is a good one.
template <class T>
bool accepted(const Result<T>& result,
              std::source_location where = std::source_location::current()) {
  if (!result.ok()) check_error(result.error(), where);
  return result.ok();
}

/// True if the text holds what could steer a terminal.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

/// Inputs to begin with. Each program has its own.
std::vector<std::string> seeds();
/// Makes files of them, named by their hashes.
void write_seeds(const std::string& folder);

/// Takes an input apart from its front; zeros once it is used up.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  std::uint8_t byte() noexcept;
  /// Little-endian.
  std::uint64_t number(int bytes) noexcept;
  /// At most `size` bytes.
  std::string_view take(std::size_t size) noexcept;
  std::string_view rest() noexcept { return std::exchange(bytes_, {}); }

 private:
  std::string_view bytes_;
};

/// The choices of a mutator.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  std::uint64_t draw() noexcept;
  /// 0 … sides − 1. REQUIRES: sides > 0.
  std::size_t roll(std::size_t sides) noexcept { return draw() % sides; }
  /// Numbers that bounds are made of, and near them.
  std::uint64_t number() noexcept;

 private:
  std::uint64_t state_;
};

/// `bytes` as libFuzzer changes them, to at most `max_size`.
std::string mutated(std::string bytes, std::size_t max_size);

/// Gives a mutator's result back to libFuzzer; what is too long is cut off.
std::size_t give(std::string_view bytes, std::uint8_t* data, std::size_t max_size) noexcept;

}  // namespace reprise::fuzz

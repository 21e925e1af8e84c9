// Objects a line each, made into one array.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace reprise::cli {

/// A stream that takes lines, each a JSON object, and writes them on as one array. What is not
/// ended by a line break is kept back.
class ArrayOfLines : private std::streambuf, public std::ostream {
 public:
  /// `out` outlives it.
  explicit ArrayOfLines(std::ostream& out) : std::ostream(this), out_(out) {}
  /// Ends the array: an empty one if there was no line.
  void end();
  /// Whether it has written anything.
  [[nodiscard]] bool begun() const noexcept { return begun_; }

 private:
  int_type overflow(int_type c) override;
  int sync() override;

  std::ostream& out_;
  std::string line_;
  bool begun_ = false;
};

}  // namespace reprise::cli

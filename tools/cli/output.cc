#include "tools/cli/output.h"

namespace reprise::cli {

ArrayOfLines::int_type ArrayOfLines::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  if (c != '\n') {
    line_.push_back(traits_type::to_char_type(c));
    return c;
  }
  out_ << (begun_ ? ",\n" : "[\n") << line_;
  line_.clear();
  begun_ = true;
  return out_ ? c : traits_type::eof();
}

int ArrayOfLines::sync() { return out_.flush() ? 0 : -1; }

void ArrayOfLines::end() { out_ << (begun_ ? "\n]\n" : "[]\n"); }

}  // namespace reprise::cli

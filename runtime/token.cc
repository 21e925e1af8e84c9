#include "runtime/token.h"

#include <fmt/format.h>

#include <charconv>

namespace reprise::runtime {
namespace {

/// Takes a number off the front of `text`; false if none that fits is there.
template <class T>
bool take(std::string_view& text, T& number, int base) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (read.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

bool take_dash(std::string_view& text) {
  if (text.empty() || text.front() != '-') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_text(const Token& token) {
  return fmt::format("{:016x}-{:x}-{}", token.store, token.run.value, token.op);
}

std::optional<Token> parse_token(std::string_view text) {
  Token token;
  std::string_view rest = text;
  const bool whole = take(rest, token.store, 16) && take_dash(rest) &&
                     take(rest, token.run.value, 16) && take_dash(rest) &&
                     take(rest, token.op, 10) && rest.empty();
  if (!whole || to_text(token) != text) return std::nullopt;
  return token;
}

}  // namespace reprise::runtime

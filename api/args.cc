#include <reprise/detail/args.h>

#include <cstdint>
#include <limits>

namespace reprise::detail {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The elements of a JSON array. Looks at brackets and strings only: each element is checked when
/// it is decoded.
Result<std::vector<ArgView>> split_json(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return undecodable("a list of arguments is a JSON array");
  }
  text = text.substr(1, text.size() - 2);
  std::vector<ArgView> views;
  if (trim(text).empty()) return views;
  std::size_t begin = 0;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (depth == 0) return undecodable("unbalanced brackets");
      --depth;
    } else if (c == ',' && depth == 0) {
      views.push_back({Encoding::json, trim(text.substr(begin, i - begin))});
      begin = i + 1;
    }
  }
  views.push_back({Encoding::json, trim(text.substr(begin))});
  return views;
}

Result<std::vector<ArgView>> split_list(std::string_view bytes) {
  std::vector<ArgView> views;
  while (!bytes.empty()) {
    if (bytes.size() < 5) return undecodable("a list of arguments is cut short");
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      size |= std::uint32_t{static_cast<unsigned char>(bytes[1 + i])} << (8 * i);
    }
    if (bytes.size() - 5 < size) return undecodable("a list of arguments is cut short");
    const auto encoding = static_cast<Encoding>(static_cast<unsigned char>(bytes[0]));
    views.push_back({encoding, bytes.substr(5, size)});
    bytes.remove_prefix(5 + std::size_t{size});
  }
  return views;
}

}  // namespace

Result<std::vector<ArgView>> split_args(const Payload& list, std::size_t count) {
  Result<std::vector<ArgView>> views = std::vector<ArgView>{};
  if (list.encoding == Encoding::json) {
    views = split_json(list.bytes);
  } else if (list.encoding == Encoding::list) {
    views = split_list(list.bytes);
  } else if (list.encoding != Encoding::none) {
    return undecodable("not a list of arguments");
  }
  if (views && views->size() != count) {
    return undecodable("it has " + std::to_string(views->size()) +
                       " arguments, the function takes " + std::to_string(count));
  }
  return views;
}

Result<void> append_arg(const Payload& arg, std::string& out) {
  if (arg.bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Code::payload_too_large, "an argument is larger than 4 GiB");
  }
  out += static_cast<char>(arg.encoding);
  for (std::size_t i = 0; i < 4; ++i) out += static_cast<char>(arg.bytes.size() >> (8 * i));
  out += arg.bytes;
  return {};
}

}  // namespace reprise::detail

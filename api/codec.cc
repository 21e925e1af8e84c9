#include <reprise/codec.h>

#include <algorithm>
#include <cmath>

namespace reprise::detail {
namespace {

/// True for text that is its own JSON between quotes.
bool plain(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

/// Null, or why `json` cannot be written so that it reads back the same.
const char* unwritable(const nlohmann::json& json, std::size_t depth) {
  if (depth > json_depth_max) return "the value is nested too deeply";
  if (json.is_number_float() && !std::isfinite(json.get<double>())) {
    return "JSON has no infinite numbers and no NaN";
  }
  if (json.is_binary()) return "JSON has no binary values; use reprise::Raw";
  if (json.is_structured()) {
    for (const auto& element : json) {
      if (const char* why = unwritable(element, depth + 1)) return why;
    }
  }
  return nullptr;
}

/// Whether brackets outside strings nest no deeper than json_depth_max.
bool shallow(std::string_view text) noexcept {
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
      if (++depth > json_depth_max) return false;
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    }
  }
  return true;
}

}  // namespace

Error undecodable(std::string_view why) {
  return Error(Code::undecodable, "the payload does not decode: " + std::string(why));
}

Error codec_error(Code code) noexcept {
  try {
    throw;
  } catch (const std::exception& exception) {
    return Error(code, std::string("the codec threw: ") + exception.what());
  } catch (...) {
    return Error(code, "the codec threw");
  }
}

Result<void> write_json(const nlohmann::json& json, std::string& out) {
  if (const char* why = unwritable(json, 0)) return Error(Code::invalid_argument, why);
  try {
    out += json.dump();
  } catch (const std::exception& exception) {
    return Error(Code::invalid_argument, exception.what());
  }
  return {};
}

Result<void> write_json_string(std::string_view text, std::string& out) {
  if (!plain(text)) return write_json(nlohmann::json(text), out);
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  out += text;
  out += '"';
  return {};
}

Result<nlohmann::json> read_json(std::string_view text) {
  if (!shallow(text)) return undecodable("it is nested too deeply");
  auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return undecodable("it is not JSON");
  return json;
}

Result<std::string> read_json_string(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    const auto inner = text.substr(1, text.size() - 2);
    if (plain(inner)) return std::string(inner);
  }
  auto json = read_json(text);
  if (!json) return std::move(json).error();
  if (!json->is_string()) return undecodable("it is not a string");
  return std::move(json->get_ref<std::string&>());
}

}  // namespace reprise::detail

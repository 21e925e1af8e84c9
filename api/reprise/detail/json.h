// JSON text of values and back, through nlohmann; what codec.h needs of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <reprise/result.h>

// nlohmann has no std::optional before 3.12: null, or the value. Define the macro to bring yours.
#if !defined(REPRISE_NO_JSON_OPTIONAL) && \
    (NLOHMANN_JSON_VERSION_MAJOR * 100 + NLOHMANN_JSON_VERSION_MINOR < 312)
namespace nlohmann {
template <class T>
struct adl_serializer<std::optional<T>> {
  template <class Json>
  static void to_json(Json& json, const std::optional<T>& value) {
    if (value) {
      json = *value;
    } else {
      json = nullptr;
    }
  }
  template <class Json>
  static void from_json(const Json& json, std::optional<T>& value) {
    if (json.is_null()) {
      value.reset();
    } else {
      value.emplace(json.template get<T>());
    }
  }
};
}  // namespace nlohmann
#endif

namespace reprise::detail {

/// Values nested deeper than this are neither written nor read.
inline constexpr std::size_t json_depth_max = 256;

/// Appends the text of `json`. invalid_argument: not a number, invalid UTF-8, or too deep.
Result<void> write_json(const nlohmann::json& json, std::string& out);
/// Appends a string as JSON text, escaped. invalid_argument: invalid UTF-8.
Result<void> write_json_string(std::string_view text, std::string& out);
Result<nlohmann::json> read_json(std::string_view text);
Result<std::string> read_json_string(std::string_view text);

}  // namespace reprise::detail

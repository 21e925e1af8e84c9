// How a value becomes a Payload and comes back. JSON through nlohmann by default.
//
// Specialise Codec<T> for your own bytes:
//   template <> struct reprise::Codec<Image> {
//     static constexpr reprise::Encoding encoding = reprise::Encoding::custom;
//     static reprise::Result<void> encode(const Image& value, std::string& out);  // appends
//     static reprise::Result<Image> decode(std::string_view bytes);
//   };
//
// Invariants:
// - Payloads are untrusted: decoding answers Code::undecodable, it never crashes and never throws.
// - Equal values encode to equal bytes (arguments are hashed). Objects are written with sorted
// keys;
//   an unordered container with keys that are no strings breaks this, so do not journal one.
//
// reprise::Raw passes bytes through, reprise::Table a FlatBuffer (reprise/flatbuffers.h).
#pragma once

#include <charconv>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <reprise/detail/compiler.h>
#include <reprise/detail/json.h>
#include <reprise/payload.h>
#include <reprise/result.h>

namespace reprise {

/// Bytes as the user gave them: journaled untouched.
struct Raw {
  std::string bytes;
  bool operator==(const Raw&) const = default;
};

namespace detail {

[[nodiscard]] Error undecodable(std::string_view why);
/// The exception being handled, as an Error. Call inside a catch handler.
[[nodiscard]] Error codec_error(Code code) noexcept;

/// False for types that refer to memory they do not own: they dangle in a frame or a step.
template <class T>
inline constexpr bool owns_v =
    !std::is_reference_v<T> &&
    (!std::is_pointer_v<T> || std::is_function_v<std::remove_pointer_t<T>>);
template <class C, class Traits>
inline constexpr bool owns_v<std::basic_string_view<C, Traits>> = false;
template <class T, std::size_t N>
inline constexpr bool owns_v<std::span<T, N>> = false;
template <class T>
inline constexpr bool owns_v<std::reference_wrapper<T>> = false;

template <class T>
concept JsonConvertible = std::is_constructible_v<nlohmann::json, const T&> &&
                          requires(const nlohmann::json& json) { json.template get<T>(); };

}  // namespace detail

/// The default: JSON text of one value, through `to_json` and `from_json`.
template <class T>
struct Codec {
  using Default = void;  // Marks the unspecialised template, whose members compile only for JSON.
  static constexpr Encoding encoding = Encoding::json;

  static Result<void> encode(const T& value, std::string& out) {
    if constexpr (std::is_same_v<T, bool>) {
      out += value ? "true" : "false";
      return {};
    } else if constexpr (std::is_integral_v<T>) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, +value).ptr;
      out.append(digits, end);
      return {};
    } else if constexpr (std::is_same_v<T, std::string>) {
      return detail::write_json_string(value, out);
    } else {
      return detail::write_json(nlohmann::json(value), out);
    }
  }

  static Result<T> decode(std::string_view bytes) {
    if constexpr (std::is_same_v<T, bool>) {
      if (bytes == "true") return true;
      if (bytes == "false") return false;
      return detail::undecodable("not true or false");
    } else if constexpr (std::is_integral_v<T>) {
      decltype(+T{}) value = 0;
      const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
      if (error != std::errc{} || end != bytes.data() + bytes.size() ||
          static_cast<decltype(value)>(static_cast<T>(value)) != value) {
        return detail::undecodable("not an integer of the type asked for");
      }
      return static_cast<T>(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return detail::read_json_string(bytes);
    } else {
      auto json = detail::read_json(bytes);
      if (!json) return std::move(json).error();
      return json->template get<T>();
    }
  }
};

template <>
struct Codec<Raw> {
  static constexpr Encoding encoding = Encoding::raw;
  static Result<void> encode(const Raw& value, std::string& out) {
    out += value.bytes;
    return {};
  }
  static Result<Raw> decode(std::string_view bytes) { return Raw{std::string(bytes)}; }
};

/// What may be journaled: void, or a type that owns its data and has a Codec.
template <class T>
concept Journaled = std::is_void_v<T> ||
                    (detail::owns_v<T> && std::is_object_v<T> && !std::is_const_v<T> &&
                     (!requires { typename Codec<T>::Default; } || detail::JsonConvertible<T>));

namespace detail {

/// Encodes one value. Never throws; invalid_argument if the codec refuses it.
template <Journaled T>
Result<Payload> encode_value(const T& value) {
  static_assert(Codec<T>::encoding == Encoding::json || Codec<T>::encoding == Encoding::raw ||
                    Codec<T>::encoding == Encoding::flatbuffer ||
                    Codec<T>::encoding == Encoding::custom,
                "a Codec's encoding is json, raw, flatbuffer or custom");
  try {
    Payload payload{Codec<T>::encoding, {}};
    auto encoded = Codec<T>::encode(value, payload.bytes);
    if (!encoded) return std::move(encoded).error();
    return payload;
  } catch (...) {
    return codec_error(Code::invalid_argument);
  }
}

/// Decodes one value. Never throws; undecodable if the bytes or their encoding are not T's.
template <Journaled T>
  requires(!std::is_void_v<T>)
Result<T> decode_value(Encoding encoding, std::string_view bytes) {
  if (encoding != Codec<T>::encoding) return undecodable("it was written in another encoding");
  try {
    return Codec<T>::decode(bytes);
  } catch (...) {
    return codec_error(Code::undecodable);
  }
}

/// What a value given as `T` is stored and journaled as: text that is only viewed is copied.
template <class T>
struct Stored {
  using type = T;
};
template <>
struct Stored<std::string_view> {
  using type = std::string;
};
template <>
struct Stored<const char*> {
  using type = std::string;
};
template <>
struct Stored<char*> {
  using type = std::string;
};
template <class T>
using stored_t = typename Stored<std::decay_t<T>>::type;

}  // namespace detail
}  // namespace reprise

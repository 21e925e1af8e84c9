// The arguments of a workflow or a step as one payload.
//
// Format (docs/format.md is normative): a JSON array with one element per argument, also for one
// and for none; when an argument's codec is not JSON, Encoding::list instead: per argument
// u8 encoding, u32 LE size, bytes.
#pragma once

#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <reprise/codec.h>

namespace reprise::detail {

/// An argument inside an encoded list. Views into the list's bytes.
struct ArgView {
  Encoding encoding = Encoding::none;
  std::string_view bytes;
};

/// Takes a list apart. undecodable if it is none, or has not `count` arguments.
Result<std::vector<ArgView>> split_args(const Payload& list, std::size_t count);
/// Appends one argument of an Encoding::list.
Result<void> append_arg(const Payload& arg, std::string& out);

/// Encodes arguments in order. Never throws.
template <Journaled... A>
Result<Payload> encode_args(const A&... args) {
  Result<void> status;
  Payload list;
  if constexpr (((Codec<A>::encoding == Encoding::json) && ...)) {
    list.encoding = Encoding::json;
    list.bytes = "[";
    [[maybe_unused]] const auto append = [&](const auto& arg) {
      if (list.bytes.size() > 1) list.bytes += ',';
      using Arg = std::remove_cvref_t<decltype(arg)>;
      try {
        status = Codec<Arg>::encode(arg, list.bytes);
      } catch (...) {
        status = codec_error(Code::invalid_argument);
      }
      return status.ok();
    };
    (void)(append(args) && ...);
    list.bytes += ']';
  } else {
    list.encoding = Encoding::list;
    [[maybe_unused]] const auto append = [&](const auto& arg) {
      auto payload = encode_value(arg);
      status = payload ? append_arg(*payload, list.bytes) : std::move(payload).error();
      return status.ok();
    };
    (void)(append(args) && ...);
  }
  if (!status) return std::move(status).error();
  return list;
}

template <class... A, std::size_t... I>
Result<std::tuple<A...>> decode_args_at(const std::vector<ArgView>& views,
                                        std::index_sequence<I...>) {
  std::tuple<Result<A>...> decoded{decode_value<A>(views[I].encoding, views[I].bytes)...};
  Result<void> status;
  [[maybe_unused]] const auto check = [&](std::size_t index, const auto& result) {
    if (result.ok()) return true;
    status = Error(result.code(),
                   "argument " + std::to_string(index + 1) + ": " + result.error().message());
    return false;
  };
  (void)(check(I, std::get<I>(decoded)) && ...);
  if (!status) return std::move(status).error();
  return std::tuple<A...>(std::move(*std::get<I>(decoded))...);
}

/// Decodes what encode_args wrote. Never throws.
template <Journaled... A>
Result<std::tuple<A...>> decode_args(const Payload& list) {
  auto views = split_args(list, sizeof...(A));
  if (!views) return std::move(views).error();
  return decode_args_at<A...>(*views, std::index_sequence_for<A...>{});
}

}  // namespace reprise::detail

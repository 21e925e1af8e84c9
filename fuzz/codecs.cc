// How values become payloads and come back: codecs, argument lists, compression.
//
// The input is a kind, then the bytes of a payload that nobody here has written.
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <reprise/detail/args.h>
#include <reprise/flatbuffers.h>
#include <reprise/reprise.h>

#include "fuzz/events.h"
#include "journal/compression.h"
#include "schemas/event_generated.h"

namespace reprise::fuzz {

// No integer: nlohmann casts a number that is too large for one without a look at it.
struct Order {
  std::string id;
  double weight = 0;
  std::optional<std::string> note;
  std::vector<std::map<std::string, double>> lines;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, id, weight, note, lines)

namespace {

constexpr std::size_t expanded_max = std::size_t{1} << 20;

template <class T>
void check(Encoding encoding, std::string_view bytes) {
  auto value = detail::decode_value<T>(encoding, bytes);
  if (!accepted(value)) {
    holds(value.code() == Code::undecodable, "a payload that is none is undecodable");
    return;
  }
  auto payload = detail::encode_value(*value);
  holds(accepted(payload), "what was decoded is encoded");
  holds(payload->encoding == encoding, "in the encoding it came in");
  auto again = detail::decode_value<T>(payload->encoding, payload->bytes);
  holds(accepted(again), "and decodes again");
  auto twice = detail::encode_value(*again);
  holds(accepted(twice) && *twice == *payload, "equal values are equal bytes");
}

template <class... A>
void check_args(Encoding encoding, std::string_view bytes) {
  auto values = detail::decode_args<A...>(Payload{encoding, std::string(bytes)});
  if (!accepted(values)) {
    holds(values.code() == Code::undecodable, "arguments that are none are undecodable");
    return;
  }
  const auto encode = [](const auto&... value) { return detail::encode_args(value...); };
  auto payload = std::apply(encode, *values);
  holds(accepted(payload), "arguments that were decoded are encoded");
  auto again = detail::decode_args<A...>(*payload);
  holds(accepted(again), "and decode again");
  auto twice = std::apply(encode, *again);
  holds(accepted(twice) && *twice == *payload, "equal arguments are equal bytes");
}

void check_expansion(Input input) {
  static journal::Compressor compressor;
  std::uint64_t size = input.number(4);
  if (size % 16 != 15) size %= expanded_max;  // Else above what is ever expanded, or nearly.
  if (size >= expanded_max) size += journal::expanded_size_max;
  const auto packed = input.rest();
  auto plain = compressor.expand(packed, size);
  if (!accepted(plain)) {
    holds(plain.code() == Code::corrupt, "what does not expand is corrupt");
  } else {
    holds(plain->size() == size, "what expands has the size it was to have");
  }
  std::string small;
  if (!compressor.compress(packed, small)) return;
  holds(small.size() <= packed.size() - packed.size() / 8, "compression saves an eighth");
  auto back = compressor.expand(small, packed.size());
  holds(accepted(back) && *back == packed, "what was compressed expands to itself");
  holds(!compressor.expand(small, packed.size() + 1).ok(), "and to nothing else");
}

std::string seed(char kind, std::string_view body) { return kind + std::string(body); }

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all = {
      seed(0, "-12"),
      seed(1, "255"),
      seed(2, "true"),
      seed(3, R"("a\u00e4\n\ud83d\ude00\"")"),
      seed(4, "-1.5e-300"),
      seed(5, R"({"a":[1,2.5,null,true,{"b":"c"}],"z":-0.0})"),
      seed(6, R"({"id":"x","weight":1e3,"note":null,"lines":[{"a":1}]})"),
      seed(7, "[null,\"x\"]"),
      seed(8, "raw"),
      seed(10, R"(["a,]", 5 , {"x":[1]}])"),
      seed(11, std::string("\2\3\0\0\0abc\1\1\0\0\0001", 14)),
      seed(5, std::string(300, '[') + std::string(300, ']')),
  };
  const auto event = some_events()[3].substr(8);
  all.push_back(seed(9, event));
  std::string packed;
  journal::Compressor().compress(std::string(4000, 'x'), packed);
  all.push_back(seed(12, std::string("\xa0\x0f\0\0", 4) + packed));
  return all;
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  using namespace reprise::fuzz;
  Input input(data, size);
  const auto kind = input.byte() % 13;
  if (kind == 12) {
    check_expansion(input);
    return 0;
  }
  const auto bytes = input.rest();
  switch (kind) {
    case 0: check<std::int64_t>(Encoding::json, bytes); break;
    case 1: check<std::uint8_t>(Encoding::json, bytes); break;
    case 2: check<bool>(Encoding::json, bytes); break;
    case 3: check<std::string>(Encoding::json, bytes); break;
    case 4: check<double>(Encoding::json, bytes); break;
    case 5: check<nlohmann::json>(Encoding::json, bytes); break;
    case 6: check<Order>(Encoding::json, bytes); break;
    case 7: check<std::vector<std::optional<std::string>>>(Encoding::json, bytes); break;
    case 8: check<Raw>(Encoding::raw, bytes); break;
    case 9: check<Table<wire::Event>>(Encoding::flatbuffer, bytes); break;
    case 10: check_args<std::string, std::int64_t, nlohmann::json>(Encoding::json, bytes); break;
    default: check_args<Raw, std::int64_t>(Encoding::list, bytes); break;
  }
  return 0;
}

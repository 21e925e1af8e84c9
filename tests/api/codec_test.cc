#include <reprise/reprise.h>

#include <cmath>
#include <limits>
#include <unordered_map>

#include <doctest/doctest.h>

namespace {

struct Item {
  std::string name;
  std::optional<int> count;
  bool operator==(const Item&) const = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Item, name, count)

struct Colour {
  std::uint8_t red = 0;
};

struct Opaque {};

template <class T>
T round_trip(const T& value) {
  const auto payload = reprise::detail::encode_value(value).value();
  return reprise::detail::decode_value<T>(payload.encoding, payload.bytes).value();
}

template <class T>
reprise::Result<T> from_json(std::string_view text) {
  return reprise::detail::decode_value<T>(reprise::Encoding::json, text);
}

}  // namespace

template <>
struct reprise::Codec<Colour> {
  static constexpr Encoding encoding = Encoding::custom;
  static Result<void> encode(const Colour& value, std::string& out) {
    out += static_cast<char>(value.red);
    return {};
  }
  static Result<Colour> decode(std::string_view bytes) {
    if (bytes.size() != 1) throw std::length_error("one byte");
    return Colour{static_cast<std::uint8_t>(bytes[0])};
  }
};

static_assert(reprise::Journaled<void>);
static_assert(reprise::Journaled<Item>);
static_assert(reprise::Journaled<Colour>);
static_assert(reprise::Journaled<std::optional<std::vector<Item>>>);
static_assert(!reprise::Journaled<Opaque>);
static_assert(!reprise::Journaled<std::string_view>);
static_assert(!reprise::Journaled<const char*>);

TEST_SUITE("api/codec") {
  TEST_CASE("a value that was written reads back the same") {
    CHECK(round_trip(std::string("plain")) == "plain");
    CHECK(round_trip(std::string("a \"quote\", a \\ and a\nline, é")) ==
          "a \"quote\", a \\ and a\nline, é");
    CHECK(round_trip(std::numeric_limits<std::int64_t>::min()) ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(round_trip(std::numeric_limits<std::uint64_t>::max()) ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(round_trip(0.1) == 0.1);
    CHECK(round_trip(true));
    CHECK(round_trip('x') == 'x');
    CHECK(round_trip(Item{"cup", 3}) == Item{"cup", 3});
    CHECK(round_trip(std::vector<Item>{{"cup", {}}, {"pot", 1}}).size() == 2);
    CHECK(round_trip(std::optional<int>()) == std::nullopt);
    CHECK(round_trip(std::optional<int>(4)) == 4);
    CHECK(round_trip(reprise::Raw{std::string("\0\xff", 2)}).bytes.size() == 2);
    CHECK(round_trip(Colour{200}).red == 200);
  }

  TEST_CASE("what does not decode as the type is undecodable, never a crash") {
    using reprise::Code;
    CHECK(from_json<int>("\"7\"").code() == Code::undecodable);
    CHECK(from_json<int>("").code() == Code::undecodable);
    CHECK(from_json<std::uint8_t>("256").code() == Code::undecodable);
    CHECK(from_json<std::string>("7").code() == Code::undecodable);
    CHECK(from_json<std::string>("\"torn").code() == Code::undecodable);
    CHECK(from_json<bool>("1").code() == Code::undecodable);
    CHECK(from_json<Item>("{\"name\":1}").code() == Code::undecodable);
    CHECK(from_json<Item>("[]").code() == Code::undecodable);
    CHECK(from_json<Item>(std::string(1'000'000, '[')).code() == Code::undecodable);
    CHECK(from_json<std::string>("\"\xff\"").code() == Code::undecodable);
    CHECK(reprise::detail::decode_value<Colour>(reprise::Encoding::custom, "").code() ==
          Code::undecodable);
    CHECK(reprise::detail::decode_value<int>(reprise::Encoding::raw, "7").code() ==
          Code::undecodable);
  }

  TEST_CASE("a value that would not read back is refused when it is written") {
    using reprise::Code;
    using reprise::detail::encode_value;
    CHECK(encode_value(std::nan("")).code() == Code::invalid_argument);
    CHECK(encode_value(std::vector<double>{1, INFINITY}).code() == Code::invalid_argument);
    CHECK(encode_value(std::string("\xff")).code() == Code::invalid_argument);
    nlohmann::json deep = 1;
    for (int i = 0; i < 300; ++i) deep = nlohmann::json::array({std::move(deep)});
    CHECK(encode_value(deep).code() == Code::invalid_argument);
  }

  TEST_CASE("arguments are a JSON array, also one and none") {
    using namespace reprise::detail;
    CHECK(encode_args().value() == reprise::Payload{reprise::Encoding::json, "[]"});
    CHECK(encode_args(7).value().bytes == "[7]");
    const auto list = encode_args(std::string("a,]\""), Item{"x", {}}, 3).value();
    CHECK(list.bytes == R"(["a,]\"",{"count":null,"name":"x"},3])");
    const auto args = decode_args<std::string, Item, int>(list).value();
    CHECK(std::get<0>(args) == "a,]\"");
    CHECK(std::get<1>(args) == Item{"x", {}});
    CHECK(std::get<2>(args) == 3);
    CHECK(decode_args<>(encode_args().value()).ok());
    CHECK(decode_args<int>({reprise::Encoding::json, " [ 7 ] "}).value() == std::tuple(7));
  }

  TEST_CASE("arguments of which one is not JSON are a list of payloads") {
    using namespace reprise::detail;
    const auto list = encode_args(std::string("a"), reprise::Raw{"b"}, Colour{9}).value();
    CHECK(list.encoding == reprise::Encoding::list);
    CHECK(list.bytes.size() == 3 * 5 + 3 + 1 + 1);
    const auto args = decode_args<std::string, reprise::Raw, Colour>(list).value();
    CHECK(std::get<1>(args).bytes == "b");
    CHECK(std::get<2>(args).red == 9);
    for (std::size_t size = 0; size < list.bytes.size(); ++size) {
      const reprise::Payload torn{list.encoding, list.bytes.substr(0, size)};
      CHECK(decode_args<std::string, reprise::Raw, Colour>(torn).code() ==
            reprise::Code::undecodable);
    }
  }

  TEST_CASE("another number or type of arguments is undecodable and says which") {
    using namespace reprise::detail;
    CHECK(decode_args<int, int>({reprise::Encoding::json, "[1]"}).error().message() ==
          "the payload does not decode: it has 1 arguments, the function takes 2");
    CHECK(decode_args<int, int>({reprise::Encoding::json, "[1,true]"})
              .error()
              .message()
              .starts_with("argument 2: "));
    CHECK(decode_args<int>({reprise::Encoding::json, "1"}).code() == reprise::Code::undecodable);
    CHECK(decode_args<int>({reprise::Encoding::json, "[1"}).code() == reprise::Code::undecodable);
    CHECK(decode_args<int>({reprise::Encoding::json, "[1]]"}).code() == reprise::Code::undecodable);
    CHECK(decode_args<int>({reprise::Encoding::raw, "[1]"}).code() == reprise::Code::undecodable);
  }
}

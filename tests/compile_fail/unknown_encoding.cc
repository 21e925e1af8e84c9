// EXPECT: a Codec's encoding is json, raw, flatbuffer or custom
#include <reprise/reprise.h>

struct Colour {
  int red = 0;
};
template <>
struct reprise::Codec<Colour> {
  static constexpr Encoding encoding = static_cast<Encoding>(42);
  static Result<void> encode(const Colour&, std::string&) { return {}; }
  static Result<Colour> decode(std::string_view) { return Colour{}; }
};

reprise::Workflow<Colour> sell(reprise::Context) { co_return Colour{}; }

void add(reprise::Registry& registry) { registry.add("sell", sell); }

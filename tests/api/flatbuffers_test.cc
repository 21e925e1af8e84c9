#include <reprise/flatbuffers.h>

#include <doctest/doctest.h>

#include <schemas/state_generated.h>

namespace {

using reprise::Table;
using Message = reprise::wire::Message;

Table<Message> message(std::string_view name, std::uint64_t hash) {
  flatbuffers::FlatBufferBuilder builder;
  const auto text = builder.CreateString(name.data(), name.size());
  reprise::wire::MessageBuilder table(builder);
  table.add_name(text);
  table.add_hash(hash);
  builder.Finish(table.Finish());
  return Table<Message>(builder);
}

reprise::Result<Table<Message>> decode(reprise::Encoding encoding, std::string_view bytes) {
  return reprise::detail::decode_value<Table<Message>>(encoding, bytes);
}

}  // namespace

static_assert(reprise::Journaled<Table<Message>>);

TEST_SUITE("api/flatbuffers") {
  TEST_CASE("a table that was encoded is read in place, at any address") {
    const auto given = message("go", 7);
    const auto payload = reprise::detail::encode_value(given).value();
    CHECK(payload.encoding == reprise::Encoding::flatbuffer);
    for (std::size_t shift = 0; shift < 8; ++shift) {
      const std::string moved = std::string(shift, 'x') + payload.bytes;
      const auto back = decode(payload.encoding, std::string_view(moved).substr(shift)).value();
      CHECK(back == given);
      CHECK(back->hash() == 7);
      CHECK((*back).name()->str() == "go");
      CHECK(reinterpret_cast<std::uintptr_t>(back.bytes().data()) % 8 == 0);
    }
  }

  TEST_CASE("a copy shares the bytes") {
    const auto given = message("go", 7);
    const auto copy = given;
    CHECK(copy.bytes().data() == given.bytes().data());
    CHECK(copy == given);
    CHECK_FALSE(copy == message("go", 8));
  }

  TEST_CASE("bytes of another encoding, cut or changed are undecodable, never a crash") {
    const auto payload = reprise::detail::encode_value(message("go", 7)).value();
    CHECK(decode(reprise::Encoding::raw, payload.bytes).code() == reprise::Code::undecodable);
    for (std::size_t size = 0; size < payload.bytes.size(); ++size) {
      const auto cut = decode(payload.encoding, std::string_view(payload.bytes).substr(0, size));
      if (cut) (void)(*cut)->name();
      if (!cut) CHECK(cut.code() == reprise::Code::undecodable);
    }
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < payload.bytes.size() * 8; ++bit) {
      std::string changed = payload.bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      const auto table = decode(payload.encoding, changed);
      if (table && (*table)->name() != nullptr) CHECK((*table)->name()->size() < changed.size());
      refused += table ? 0 : 1;
    }
    CHECK(refused > 0);
    CHECK(decode(payload.encoding, "").code() == reprise::Code::undecodable);
  }
}

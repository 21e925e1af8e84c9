// A journal file is untrusted: whatever its bytes are, it decodes to what was written or to an
// error.
#include "journal/journal_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "journal/bytes.h"
#include "journal/format.h"
#include "tests/journal/damage.h"

#include "schemas/file_generated.h"

namespace reprise::journal {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

JournalFile small_file() {
  JournalFile file;
  file.store_id[0] = 3;
  file.store_id[1] = 4;
  file.shards = 2;
  file.build = "a test";
  file.names = {"charge", "", "orders.cc:12"};
  file.instances.push_back({{"", "one"}, RunId::make(0, 1), 1, {5, 6}, {"first", "", "third"}, {}});
  file.instances.push_back({{"tenant", "two"},
                            RunId::make(1, 9),
                            2,
                            {7, 8},
                            {std::string(300, 'e')},
                            {{1, "blob"}, {7, std::string()}}});
  return file;
}

std::string text(const JournalFile& file) {
  auto out =
      fmt::format("{} {} {} {}\n", file.store_id[0], file.store_id[1], file.shards, file.build);
  for (const auto& name : file.names) out += name + ";";
  for (const auto& one : file.instances) {
    out += fmt::format("\n{}/{} {:x} {} {} {}", one.key.space, one.key.id, one.run.value,
                       one.status, one.hash.low, one.hash.high);
    for (const auto& event : one.events) out += "," + event;
    for (const auto& [seq, value] : one.blobs) out += fmt::format(" {}={}", seq, value);
  }
  return out;
}

/// A section with a right checksum, whatever its content, behind `before`.
void add_section(std::string& file, Hash128& head, std::uint32_t kind, std::string_view body) {
  std::string fields;
  append_le(fields, static_cast<std::uint32_t>(body.size()));
  append_le(fields, kind);
  head = chain(head, fields, body);
  append_le(file, head.low);
  file.append(fields).append(body);
}

}  // namespace

TEST_SUITE("journal/journal_file") {
  TEST_CASE("what was written is read") {
    CHECK(text(decode_journal_file(encode(small_file())).value()) == text(small_file()));
    JournalFile empty;
    empty.shards = 1;
    CHECK(decode_journal_file(encode(empty)).value().instances.empty());
  }

  TEST_CASE("a history of many megabytes is read") {
    auto file = small_file();
    auto& events = file.instances[0].events;
    for (int i = 0; i < 30; ++i) events.push_back(std::string(400'000, static_cast<char>('a' + i)));
    events.push_back(std::string(6'000'000, '!'));
    CHECK(text(decode_journal_file(encode(file)).value()) == text(file));
  }

  TEST_CASE("one flipped bit anywhere is an error with a code") {
    const auto bytes = encode(small_file());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
        const auto code = decode_journal_file(flipped).code();
        CHECK((code == Code::corrupt || code == Code::not_a_journal_file ||
               code == Code::newer_format));
      }
    }
  }

  TEST_CASE("a file cut off anywhere, or that goes on, is an error with a code") {
    const auto bytes = encode(small_file());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto code = decode_journal_file(bytes.substr(0, size)).code();
      CHECK(code == (size < file_format::magic.size() ? Code::not_a_journal_file : Code::corrupt));
    }
    CHECK(decode_journal_file(bytes + "x").code() == Code::corrupt);
    CHECK(decode_journal_file(bytes + bytes).code() == Code::corrupt);
  }

  TEST_CASE("a newer format, unknown features or sections are refused as such") {
    const auto with_start = [](std::uint32_t format, std::uint64_t features) {
      std::string start(file_format::magic);
      append_le(start, format);
      append_le(start, std::uint32_t{0});
      append_le(start, features);
      append_le(start, hash64(start));
      return start;
    };
    CHECK(decode_journal_file(with_start(2, 0)).code() == Code::newer_format);
    CHECK(decode_journal_file(with_start(1, 4)).code() == Code::newer_format);
    auto file = with_start(1, 0);
    CHECK(decode_journal_file(file).code() == Code::corrupt);
    auto head = chain({}, file);
    add_section(file, head, 77, "anything");
    CHECK(decode_journal_file(file).code() == Code::newer_format);
  }

  TEST_CASE("sections with right checksums and wrong content are corrupt") {
    const auto bytes = encode(small_file());
    const auto start = bytes.substr(0, file_format::start_size);
    for (std::uint32_t kind = 1; kind <= 6; ++kind) {
      for (const std::string& body :
           {std::string(), std::string(64, '\0'), std::string(64, '\xff')}) {
        auto file = start;
        auto head = chain({}, file);
        add_section(file, head, kind, body);
        CHECK(decode_journal_file(file).code() == Code::corrupt);
      }
    }
  }

  TEST_CASE("names that share their bytes are corrupt: a small file stays small when it is read") {
    JournalFile none;
    none.shards = 1;
    const auto whole = encode(none);
    const auto header =
        file_format::head_size + load_le<std::uint32_t>(whole, file_format::start_size + 8);
    for (const std::size_t count : {1U, 2U, 45'000U}) {
      // One name of half the section, and that as often as an offset to it fits.
      flatbuffers::FlatBufferBuilder builder;
      const auto name = builder.CreateString(std::string(4 * count + 100, 'n'));
      const auto names =
          builder.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::String>>(count, name));
      builder.Finish(wire::CreateFileNames(builder, names));
      auto file = whole.substr(0, file_format::start_size);
      auto head = chain({}, file);
      add_section(file, head, 1,
                  std::string_view(whole).substr(file_format::start_size + file_format::head_size,
                                                 header - file_format::head_size));
      add_section(file, head, 2,
                  {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()});
      builder.Clear();
      builder.Finish(wire::CreateFileEnd(builder, 0));
      add_section(file, head, 6,
                  {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()});
      CHECK(decode_journal_file(file).code() == (count == 1 ? Code::ok : Code::corrupt));
    }
  }

  TEST_CASE("a file that only seems to be large is not read whole to be refused") {
    TempFolder folder;
    const auto path = folder / "a.journal";
    const auto bytes = encode(small_file());
    for (const auto& begin : {std::string(), bytes.substr(0, file_format::start_size), bytes}) {
      write_bytes(path, begin);
      fs::resize_file(path, std::uintmax_t{1} << 42);
      CHECK(read_journal_file(path).code() ==
            (begin.empty() ? Code::not_a_journal_file : Code::corrupt));
    }
  }

  TEST_CASE("sections moved, left out or taken from another file are corrupt") {
    const auto bytes = encode(small_file());
    std::vector<std::string> sections;
    for (std::size_t at = file_format::start_size; at < bytes.size();) {
      const auto size = file_format::head_size + load_le<std::uint32_t>(bytes, at + 8);
      sections.push_back(bytes.substr(at, size));
      at += size;
    }
    REQUIRE(sections.size() == 9);
    for (std::size_t left_out = 0; left_out < sections.size(); ++left_out) {
      auto file = bytes.substr(0, file_format::start_size);
      auto chained = file;
      auto head = chain({}, chained);
      for (std::size_t i = 0; i < sections.size(); ++i) {
        if (i == left_out) continue;
        file += sections[i];
        add_section(chained, head, load_le<std::uint32_t>(sections[i], 12),
                    std::string_view(sections[i]).substr(file_format::head_size));
      }
      CHECK(decode_journal_file(file).code() == Code::corrupt);
      // With checksums made right again, only a blob is not missed: its event misses it.
      const bool blob = left_out == 6 || left_out == 7;
      CHECK(decode_journal_file(chained).code() == (blob ? Code::ok : Code::corrupt));
    }
  }

  TEST_CASE("a file is written whole, and not over another one") {
    TempFolder folder;
    const auto path = folder / "a.journal";
    REQUIRE(write_journal_file(path, small_file()).ok());
    CHECK(text(read_journal_file(path).value()) == text(small_file()));
    CHECK(write_journal_file(path, small_file()).code() == Code::invalid_argument);
    CHECK_FALSE(fs::exists(path + ".partial"));
    write_bytes(folder / "b.journal.partial", "keep");
    CHECK(write_journal_file(folder / "b.journal", small_file()).code() == Code::invalid_argument);
    CHECK(read_bytes(folder / "b.journal.partial") == "keep");
    CHECK_FALSE(fs::exists(folder / "b.journal"));
    CHECK(write_journal_file(folder / "none/a.journal", small_file()).code() == Code::io_error);
    CHECK(read_journal_file(folder / "none").code() == Code::io_error);
  }
}

}  // namespace reprise::journal

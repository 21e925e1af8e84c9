#include "tests/verifier/contents.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace reprise::verifier {

namespace {

struct Sum {
  std::uint64_t count = 0;
  Hash total;

  void add(Hash hash) {
    total.low += hash.low;
    total.high += hash.high;
  }
  bool operator==(const Sum&) const = default;
};

std::optional<std::uint16_t> decimal(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (fmt::format("{}", number) != text) return {};
  return number;
}

class Gather {
 public:
  Gather(const Source& source, Depth depth, Contents& contents, Findings& findings)
      : source_(source), depth_(depth), contents_(contents), findings_(findings) {}

  void run() {
    if (const auto bare = source_.bare()) {
      contents_.framed = false;
      contents_.shards = static_cast<std::uint16_t>(bare->first.size());
      for (std::uint16_t shard = 0; shard < contents_.shards; ++shard) {
        if (bare->first[shard] > 1) contents_.starts[shard].first = bare->first[shard];
      }
    }
    each(Family::standard, &Gather::standard);
    if (contents_.shards == 0) {
      // Nothing can be said of keys that name a shard.
      if (findings_.empty()) findings_.add(Rule::header, "default", "there is no header");
      return;
    }
    each(Family::meta, &Gather::meta);
    each(Family::rows, &Gather::row);
    each(Family::chunks, &Gather::chunk);
    each(Family::index, &Gather::index);
    each(Family::blobs, &Gather::blob);
    if (contents_.framed && rows_ != sums_) {
      findings_.add(
          Rule::sum, "meta",
          fmt::format("{} rows, the sums say {}, or of other bytes", rows_.count, sums_.count));
    }
  }

 private:
  using Take = void (Gather::*)(std::string_view key, std::string_view value);

  void each(Family family, Take take) {
    const std::string wrong = source_.scan(
        family, [&](std::string_view key, std::string_view value) { (this->*take)(key, value); });
    const auto place = family_names[static_cast<std::size_t>(family)];
    if (!wrong.empty()) findings_.add(Rule::unreadable, std::string(place), wrong);
  }

  /// A FlatBuffer under a seal; false when reported.
  template <class Table>
  bool open(std::string_view key, std::string_view value, Buffer<Table>& table) {
    std::string_view body;
    if (!unseal(key, value, body)) {
      findings_.add(Rule::seal, std::string(key), "the checksum is of other bytes");
      return false;
    }
    if (!table.set(body)) {
      findings_.add(Rule::form, std::string(key), "is no such FlatBuffer");
      return false;
    }
    return true;
  }

  void standard(std::string_view key, std::string_view value) {
    if (key == "header") {
      Buffer<wire::StoreHeader> header;
      if (!open(key, value, header)) return;
      if (header->format() != 1 || header->features() != 0 || header->shards() == 0 ||
          header->shards() > 1024 || header->store_id() == nullptr) {
        return findings_.add(Rule::header, "header", "format, features, shards or id");
      }
      contents_.shards = header->shards();
      contents_.store_id = {header->store_id()->low(), header->store_id()->high()};
      return;
    }
    if (contents_.shards == 0) return;
    const auto shard = key.starts_with("trim/") ? decimal(key.substr(5)) : std::nullopt;
    if (!shard || *shard >= contents_.shards) {
      return findings_.add(Rule::key, "default", fmt::format("no such key: {}", key));
    }
    Buffer<wire::TrimPoint> trim;
    if (!open(key, value, trim)) return;
    JournalStart& start = contents_.starts[*shard];
    start.first = trim->first();
    start.epoch = trim->epoch();
    if (trim->previous() != nullptr) {
      start.previous = {trim->previous()->low(), trim->previous()->high()};
    }
    if (start.first <= 1) findings_.add(Rule::trim, std::string(key), "trims nothing");
  }

  void meta(std::string_view key, std::string_view value) {
    if (key.starts_with("sum/")) {
      const auto shard = decimal(key.substr(4));
      Buffer<wire::RowSum> sum;
      if (!shard || *shard >= contents_.shards) {
        return findings_.add(Rule::key, "meta", fmt::format("no such key: {}", key));
      }
      if (!open(key, value, sum)) return;
      sums_.count += sum->count();
      if (sum->total() != nullptr) sums_.add({sum->total()->low(), sum->total()->high()});
      return;
    }
    if (depth_ == Depth::bytes) return;
    Reader reader(key);
    const auto prefix = reader.little<std::uint8_t>();
    const auto shard = reader.big<std::uint16_t>();
    if (!reader.done() || prefix != 'p' || shard >= contents_.shards) {
      return findings_.add(Rule::key, "meta", "a key is not of a sum or a position");
    }
    const std::string place = fmt::format("position row of shard {}", shard);
    std::string_view body;
    if (!uncheck(key, value, body)) {
      return findings_.add(Rule::seal, place, "the hash is of other bytes");
    }
    Reader content(body);
    PositionRow row;
    row.position = content.little<std::uint64_t>();
    row.head = content.hash();
    row.state = content.rest();
    if (!content.ok()) return findings_.add(Rule::form, place, "is cut off");
    contents_.positions[shard] = std::move(row);
  }

  void count(std::uint64_t table, std::string_view key, std::string_view value) {
    std::string bytes;
    put_little(bytes, table);
    put_little(bytes, std::uint64_t{key.size()});
    bytes += key;
    bytes += value;
    ++rows_.count;
    rows_.add(hash128(bytes));
  }

  void row(std::string_view key, std::string_view value) {
    count(2, key, value);
    if (depth_ == Depth::bytes) return;
    Reader reader(key);
    const auto run = reader.big<std::uint64_t>();
    if (!reader.done()) return findings_.add(Rule::key, "rows", "a key is not of a run");
    const std::string place = fmt::format("row {}", run_text(run));
    std::string_view body;
    if (!uncheck(key, value, body)) {
      return findings_.add(Rule::seal, place, "the hash is of other bytes");
    }
    Reader content(body);
    RowValue row;
    row.position = content.little<std::uint64_t>();
    row.state = content.rest();
    if (!content.ok()) return findings_.add(Rule::form, place, "is cut off");
    contents_.rows[run] = std::move(row);
  }

  void chunk(std::string_view key, std::string_view value) {
    count(3, key, value);
    if (depth_ == Depth::bytes) return;
    Reader reader(key);
    const auto run = reader.big<std::uint64_t>();
    const auto first = reader.big<std::uint64_t>();
    if (!reader.done())
      return findings_.add(Rule::key, "chunks", "a key is not of a run and a seq");
    std::string_view body;
    if (!uncheck(key, value, body)) {
      return findings_.add(Rule::seal, fmt::format("chunk {} {}", run_text(run), first),
                           "the hash is of other bytes");
    }
    contents_.chunks[{run, first}] = body;
  }

  void index(std::string_view key, std::string_view value) {
    count(4, key, value);
    if (depth_ == Depth::bytes) return;
    contents_.index[std::string(key)] = value;
  }

  void blob(std::string_view key, std::string_view value) {
    contents_.blobs.take(key, value, findings_);
  }

  const Source& source_;
  Depth depth_;
  Contents& contents_;
  Findings& findings_;
  Sum rows_;
  Sum sums_;
};

}  // namespace

Contents read_contents(const Source& source, Depth depth, Findings& findings) {
  Contents contents;
  Gather(source, depth, contents, findings).run();
  return contents;
}

}  // namespace reprise::verifier

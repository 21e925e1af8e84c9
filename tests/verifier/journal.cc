#include "tests/verifier/journal.h"

#include <set>
#include <string>

#include <fmt/format.h>

namespace reprise::verifier {

namespace {

constexpr std::size_t head_size = 48;

struct Head {
  std::uint64_t checksum = 0;
  std::uint32_t size = 0;
  std::uint16_t shard = 0;
  std::uint8_t kind = 0;
  std::uint8_t flags = 0;
  std::uint64_t position = 0;
  std::uint32_t epoch = 0;
  std::uint32_t events = 0;
  Hash previous;
};

Head read_head(Reader& reader) {
  Head head;
  head.checksum = reader.little<std::uint64_t>();
  head.size = reader.little<std::uint32_t>();
  head.shard = reader.little<std::uint16_t>();
  head.kind = reader.little<std::uint8_t>();
  head.flags = reader.little<std::uint8_t>();
  head.position = reader.little<std::uint64_t>();
  head.epoch = reader.little<std::uint32_t>();
  head.events = reader.little<std::uint32_t>();
  head.previous = reader.hash();
  return head;
}

/// One pass over the journal: what is known of the shard at hand.
class Walk {
 public:
  Walk(const Source& source, std::uint16_t shards, const JournalStarts& starts, Findings& findings,
       const std::function<void(const Record&)>& visit)
      : shards_(shards),
        framed_(!source.bare()),
        starts_(starts),
        findings_(findings),
        visit_(visit) {}

  void key(std::string_view key, std::string_view value) {
    Reader reader(key);
    const auto shard = reader.big<std::uint16_t>();
    const auto first = reader.big<std::uint64_t>();
    if (!reader.done() || shard >= shards_) {
      return findings_.add(Rule::key, "journal", "a key is not of a shard and a position");
    }
    if (shard != shard_ || !begun_) begin(shard, first);
    if (damaged_) return;
    if (first != next_) {
      return damage(Rule::journal_key,
                    fmt::format("a key names position {}, not {}", first, next_));
    }
    Reader records(value);
    if (records.left() == 0) damage(Rule::journal_key, "a key holds no record");
    while (records.left() != 0 && !damaged_) record(records);
  }

  /// Shards that a trim point says something of must be there.
  void end() {
    for (const auto& [shard, start] : starts_) {
      if (!seen_.contains(shard)) {
        findings_.add(Rule::trim, fmt::format("shard {}", shard), "trimmed to its last key");
      }
    }
  }

 private:
  [[nodiscard]] std::string place() const {
    return fmt::format("shard {} position {}", shard_, next_);
  }
  void damage(Rule rule, std::string text) {
    damaged_ = true;
    findings_.add(rule, place(), std::move(text));
  }

  void begin(std::uint16_t shard, std::uint64_t first) {
    begun_ = true;
    damaged_ = false;
    shard_ = shard;
    seen_.insert(shard);
    const auto start = starts_.find(shard);
    const JournalStart from = start == starts_.end() ? JournalStart{} : start->second;
    next_ = from.first;
    chain_ = from.previous;
    epoch_ = from.epoch;
    if (first != next_) {
      damage(Rule::trim, fmt::format("the journal begins at {}", first));
    }
    at_start_ = true;
  }

  void record(Reader& records) {
    const std::string_view all = records.bytes(records.left());
    Reader reader(all);
    const Head head = read_head(reader);
    const std::string_view body = reader.bytes(head.size);
    if (!reader.ok() || head.size >= std::uint32_t{1} << 30) {
      return damage(Rule::record_head, "cut off, or of an impossible size");
    }
    const std::size_t size = head_size + head.size;
    records = Reader(all.substr(size));
    if (head.kind != 1 || head.flags != 0 || head.shard != shard_) {
      return damage(Rule::record_head,
                    fmt::format("kind {}, flags {}, shard {}", head.kind, head.flags, head.shard));
    }
    const Hash hash = framed_ ? hash128(all.substr(8, size - 8)) : Hash{};
    if (framed_ && hash.low != head.checksum) {
      return damage(Rule::record_checksum, "the hash is not the checksum's");
    }
    if (head.position != next_) {
      return damage(at_start_ ? Rule::journal_key : Rule::record_position,
                    fmt::format("the record says {}", head.position));
    }
    if (framed_ && head.previous != chain_) {
      return damage(at_start_ ? Rule::trim : Rule::record_chain, "`previous` is another chain");
    }
    if (framed_ && at_start_ && starts_.contains(shard_) && head.epoch != epoch_) {
      return damage(Rule::trim, "its first record is of another epoch");
    }
    if (head.epoch < epoch_) {
      return damage(Rule::record_epoch, fmt::format("epoch {} after {}", head.epoch, epoch_));
    }
    Record found{shard_, head.position, head.epoch, head.previous, hash, {}};
    const auto count = framed_ ? std::optional(head.events) : std::nullopt;
    const std::string wrong = read_body(body, count, body_, found.events);
    if (!wrong.empty()) return damage(Rule::record_index, wrong);
    visit_(found);
    ++next_;
    chain_ = hash;
    epoch_ = head.epoch;
    at_start_ = false;
  }

  std::uint16_t shards_;
  bool framed_;
  const JournalStarts& starts_;
  Findings& findings_;
  const std::function<void(const Record&)>& visit_;
  Buffer<wire::Record> body_;
  std::set<std::uint16_t> seen_;
  bool begun_ = false;
  bool damaged_ = false;
  bool at_start_ = true;
  std::uint16_t shard_ = 0;
  std::uint64_t next_ = 1;
  std::uint32_t epoch_ = 0;
  Hash chain_;
};

}  // namespace

std::string read_body(std::string_view body, std::optional<std::uint32_t> count,
                      Buffer<wire::Record>& buffer, std::vector<RawEvent>& events) {
  if (!buffer.set(body)) return "the body is no FlatBuffer of a record";
  Reader index(view(buffer->index()));
  Reader bytes(view(buffer->events()));
  std::uint64_t run = 0;
  std::uint64_t next_seq = 0;
  while (index.left() != 0) {
    const std::uint64_t step = index.varint();
    const std::uint64_t first = index.varint();
    const std::uint64_t many = index.varint();
    if (!index.ok() || many == 0 || first == 0 || many > index.left()) {
      return "a segment is cut off, empty, or begins before seq 1";
    }
    if (step == 0 && first == next_seq) return "a segment goes on where the one before ends";
    run += (step >> 1) ^ (0 - (step & 1));
    for (std::uint64_t i = 0; i < many; ++i) {
      const std::uint64_t size = index.varint();
      const std::string_view taken = bytes.bytes(static_cast<std::size_t>(size));
      if (!index.ok() || !bytes.ok()) return "an event's size goes beyond the record";
      events.push_back({run, first + i, taken});
    }
    next_seq = first + many;
  }
  if (!index.ok() || !bytes.done()) return "bytes that no segment names";
  if (events.empty()) return "no event";
  if (count && events.size() != *count) {
    return fmt::format("{} events, the head says {}", events.size(), *count);
  }
  return {};
}

void walk_journal(const Source& source, std::uint16_t shards, const JournalStarts& starts,
                  Findings& findings, const std::function<void(const Record&)>& visit) {
  Walk walk(source, shards, starts, findings, visit);
  const std::string wrong = source.scan(
      Family::journal, [&](std::string_view key, std::string_view value) { walk.key(key, value); });
  if (!wrong.empty()) findings.add(Rule::unreadable, "journal", wrong);
  walk.end();
}

}  // namespace reprise::verifier

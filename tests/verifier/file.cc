// Journal files: sections, then each history as the store's are folded.
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tests/verifier/history.h"
#include "tests/verifier/verify.h"
#include "verifier_schemas/file_generated.h"

namespace reprise::verifier {

namespace {

constexpr std::string_view magic = "\x89RPJ\r\n\x1a\n";

enum SectionKind : std::uint32_t {
  s_header = 1,
  s_names = 2,
  s_instance = 3,
  s_events = 4,
  s_blob = 5,
  s_end = 6,
};

struct Section {
  std::uint32_t kind = 0;
  std::string_view body;
};

class FileCheck {
 public:
  Findings run(std::string_view bytes) && {
    if (!read_sections(bytes) || !read_preface()) return std::move(findings_);
    std::size_t at = 2;
    std::uint64_t instances = 0;
    while (findings_.empty() && at < sections_.size() && sections_[at].kind == s_instance) {
      at = instance(at);
      ++instances;
    }
    if (findings_.empty()) end(at, instances);
    if (findings_.empty()) blobs_.check_named(findings_);
    if (findings_.empty()) links_.check(findings_);
    return std::move(findings_);
  }

 private:
  void wrong(Rule rule, std::size_t section, std::string text) {
    findings_.add(rule, fmt::format("section {}", section + 1), std::move(text));
  }

  bool read_sections(std::string_view bytes) {
    Reader reader(bytes);
    const std::string_view start = reader.bytes(24);
    const auto checksum = reader.little<std::uint64_t>();
    Reader fields(start);
    if (fields.bytes(8) != magic || hash64(start) != checksum) {
      findings_.add(Rule::file, "start", "magic or checksum");
      return false;
    }
    const auto format = fields.little<std::uint32_t>();
    const auto zero = fields.little<std::uint32_t>();
    if (format != 1 || zero != 0 || fields.little<std::uint64_t>() != 0) {
      findings_.add(Rule::header, "start", "format or features");
      return false;
    }
    Hash chain = hash_after({}, bytes.substr(0, 32));
    while (reader.left() != 0) {
      const auto said = reader.little<std::uint64_t>();
      std::string head;
      const auto size = reader.little<std::uint32_t>();
      const auto kind = reader.little<std::uint32_t>();
      const std::string_view body = reader.bytes(size);
      put_little(head, size);
      put_little(head, kind);
      if (!reader.ok() || size >= std::uint32_t{1} << 30) {
        wrong(Rule::file, sections_.size(), "is cut off");
        return false;
      }
      chain = hash_after(chain, head, body);
      if (chain.low != said) {
        wrong(Rule::file, sections_.size(), "the checksum is of other bytes");
        return false;
      }
      sections_.push_back({kind, body});
    }
    return true;
  }

  template <class Table>
  bool open(std::size_t at, std::uint32_t kind, Buffer<Table>& table) {
    if (at >= sections_.size() || sections_[at].kind != kind) {
      wrong(Rule::file, at, fmt::format("a section of kind {} belongs here", kind));
      return false;
    }
    if (!table.set(sections_[at].body)) wrong(Rule::form, at, "is no such FlatBuffer");
    return findings_.empty();
  }

  bool read_preface() {
    Buffer<wire::FileHeader> header;
    Buffer<wire::FileNames> names;
    if (!open(0, s_header, header) || !open(1, s_names, names)) return false;
    shards_ = header->shards();
    if (shards_ == 0 || shards_ > 1024) {
      wrong(Rule::header, 0, fmt::format("{} shards", shards_));
      return false;
    }
    for (flatbuffers::uoffset_t i = 0; i < size(names->names()); ++i) {
      names_.emplace_back(view(names->names()->Get(i)));
    }
    return true;
  }

  /// One instance, its events and blobs; gives the section behind them.
  std::size_t instance(std::size_t first) {
    Buffer<wire::FileInstance> head;
    if (!open(first, s_instance, head)) return first;
    const std::uint64_t run = head->run();
    if (counter_of_run(run) == 0 || shard_of_run(run) >= shards_ || !runs_.insert(run).second) {
      wrong(Rule::run, first, fmt::format("run {} again, or none", run_text(run)));
      return first;
    }
    std::size_t events_end = first + 1;
    while (events_end < sections_.size() && sections_[events_end].kind == s_events) ++events_end;
    std::size_t end = events_end;
    std::uint64_t last_blob = 0;
    while (end < sections_.size() && sections_[end].kind == s_blob) blob(end++, run, last_blob);
    History history(run, names_, shards_, blobs_, links_, findings_);
    for (std::size_t at = first + 1; at < events_end && findings_.empty(); ++at) {
      events(at, run, history);
    }
    if (!findings_.empty()) return end;
    const State& state = history.state();
    links_.held(run, state.closed_by != 0);
    if (head->events() != state.seq || view(head->space()) != state.space ||
        view(head->id()) != state.id || head->status() != status_of(state)) {
      wrong(Rule::row, first, "key, status or count are not the history's");
    }
    const Hash said =
        head->hash() == nullptr ? Hash{} : Hash{head->hash()->low(), head->hash()->high()};
    if (said != state.hash) wrong(Rule::history_hash, first, "is not the hash of its history");
    return end;
  }

  void blob(std::size_t at, std::uint64_t run, std::uint64_t& last) {
    Buffer<wire::FileBlob> blob;
    if (!open(at, s_blob, blob)) return;
    if (blob->seq() <= last) return wrong(Rule::file, at, "blobs do not rise");
    last = blob->seq();
    std::string key;
    put_big(key, run);
    put_big(key, last);
    blobs_.take(key, view(blob->value()), findings_);
  }

  void events(std::size_t at, std::uint64_t run, History& history) {
    Buffer<wire::FileEvents> events;
    if (!open(at, s_events, events)) return;
    Reader bytes(view(events->bytes()));
    std::uint64_t seq = events->first();
    if (events->sizes()->size() == 0) return wrong(Rule::file, at, "holds no event");
    if (seq != history.state().seq + 1) return wrong(Rule::event_seq, at, "leaves a gap");
    for (const std::uint32_t size : *events->sizes()) {
      const std::string place = fmt::format("section {} event {}", at + 1, seq);
      const std::string_view one = bytes.bytes(size);
      if (!bytes.ok() || !decode(run, seq, one, event_)) {
        return findings_.add(Rule::form, place, "is no event");
      }
      check_fields(event_, place, findings_);
      if (event_.name >= names_.size() || event_.site >= names_.size()) {
        findings_.add(Rule::event_name, place, "a string is not in the table");
      }
      if (!findings_.empty()) return;
      history.apply(event_, 0);
      ++seq;
    }
    if (!bytes.done()) wrong(Rule::file, at, "bytes that no size names");
  }

  void end(std::size_t at, std::uint64_t instances) {
    Buffer<wire::FileEnd> end;
    if (!open(at, s_end, end)) return;
    if (end->instances() != instances || at + 1 != sections_.size()) {
      wrong(Rule::file, at, "the end counts other instances, or something follows it");
    }
  }

  Findings findings_;
  std::vector<Section> sections_;
  Names names_{""};
  std::uint16_t shards_ = 0;
  std::set<std::uint64_t> runs_;
  Blobs blobs_;
  Links links_;
  Event event_;
};

}  // namespace

Findings verify_file(std::string_view bytes) { return FileCheck{}.run(bytes); }

}  // namespace reprise::verifier

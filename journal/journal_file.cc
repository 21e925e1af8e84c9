#include "journal/journal_file.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <reprise/assert.h>

#include "journal/bytes.h"
#include "journal/file.h"
#include "journal/format.h"
#include "journal/status.h"

#include <fmt/format.h>

#include "schemas/file_generated.h"

namespace reprise::journal {
namespace {

using namespace file_format;  // NOLINT: its numbers, nothing else.

Error corrupt(std::string_view what) {
  return Error(Code::corrupt, fmt::format("The journal file {}.", what));
}

std::string encode_start() {
  std::string start(magic);
  append_le(start, format_version);
  append_le(start, std::uint32_t{0});
  append_le(start, std::uint64_t{0});
  append_le(start, hash64(start));
  REPRISE_ASSERT(start.size() == start_size);
  return start;
}

/// Appends sections, each chained to what is before it.
class Writer {
 public:
  Writer() : bytes_(encode_start()), chain_(reprise::chain({}, bytes_)) {}

  /// Appends the finished buffer, and clears the builder.
  template <class T>
  void add(Kind kind, flatbuffers::Offset<T> table) {
    builder.Finish(table);
    REPRISE_ASSERT(builder.GetSize() < section_size_max);
    std::string head;
    append_le(head, static_cast<std::uint32_t>(builder.GetSize()));
    append_le(head, static_cast<std::uint32_t>(kind));
    const std::string_view body{reinterpret_cast<const char*>(builder.GetBufferPointer()),
                                builder.GetSize()};
    chain_ = reprise::chain(chain_, head, body);
    append_le(bytes_, chain_.low);
    bytes_.append(head).append(body);
    builder.Clear();
  }
  std::string take() { return std::move(bytes_); }

  flatbuffers::FlatBufferBuilder builder;

 private:
  std::string bytes_;
  Hash128 chain_;
};

void add_events(Writer& to, const std::vector<std::string>& events) {
  for (std::size_t first = 0; first < events.size();) {
    std::vector<std::uint32_t> sizes;
    std::vector<std::uint8_t> joined;
    std::size_t last = first;
    // At least one; then as many as keep a section small.
    while (last < events.size() &&
           (last == first || joined.size() + events[last].size() < events_size)) {
      sizes.push_back(static_cast<std::uint32_t>(events[last].size()));
      joined.insert(joined.end(), events[last].begin(), events[last].end());
      ++last;
    }
    const auto stored_sizes = to.builder.CreateVector(sizes);
    const auto stored = to.builder.CreateVector(joined);
    to.add(Kind::events, wire::CreateFileEvents(to.builder, first + 1, stored_sizes, stored));
    first = last;
  }
}

void add_instance(Writer& to, const FileInstance& instance) {
  const auto space = to.builder.CreateString(instance.key.space);
  const auto id = to.builder.CreateString(instance.key.id);
  const wire::Hash hash(instance.hash.low, instance.hash.high);
  to.add(Kind::instance, wire::CreateFileInstance(to.builder, space, id, instance.run.value,
                                                  instance.status, instance.events.size(), &hash));
  add_events(to, instance.events);
  for (const auto& [seq, value] : instance.blobs) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(value.data());
    const auto stored = to.builder.CreateVector(bytes, value.size());
    to.add(Kind::blob, wire::CreateFileBlob(to.builder, seq, stored));
  }
}

template <class T>
std::string_view view(const flatbuffers::Vector<T>* vector) {
  if (vector == nullptr) return {};
  return {reinterpret_cast<const char*>(vector->Data()), vector->size() * sizeof(T)};
}

std::string text(const flatbuffers::String* string) {
  return string == nullptr ? std::string() : string->str();
}

/// Bytes of a file from an offset on; fewer where it ends.
using Read = std::function<Result<std::string>(std::uint64_t offset, std::uint64_t size)>;

/// Takes sections off a file, verified, one at a time. No more is read of the file, or allocated,
/// than is there, nor more than one section that does not verify.
class Sections {
 public:
  Sections(std::uint64_t size, Read read) : size_(size), read_(std::move(read)) {}

  /// Errors: not_a_journal_file, newer_format, corrupt, io_error.
  Result<void> start() {
    const auto bytes = read_(0, std::min<std::uint64_t>(size_, start_size));
    if (!bytes) return bytes.error();
    const std::string_view begin = *bytes;
    if (!begin.starts_with(magic)) {
      return Error(Code::not_a_journal_file, "The file does not begin as a journal file does.");
    }
    if (begin.size() < start_size) return corrupt("is cut off");
    if (load_le<std::uint64_t>(begin, start_size - 8) != hash64(begin.substr(0, start_size - 8))) {
      return corrupt("fails the checksum of its start");
    }
    const auto format = load_le<std::uint32_t>(begin, magic.size());
    const auto features = load_le<std::uint64_t>(begin, magic.size() + 8);
    if (format != format_version || (features & ~features_known) != 0 ||
        load_le<std::uint32_t>(begin, magic.size() + 4) != 0) {
      return Error(
          Code::newer_format,
          fmt::format("The journal file has format {} and features {:#x}; this build knows "
                      "format {} and features {:#x}.",
                      format, features, format_version, features_known));
    }
    chain_ = reprise::chain({}, begin);
    at_ = start_size;
    return {};
  }

  /// Moves to the next section. Errors: corrupt, newer_format, io_error.
  Result<void> next() {
    const auto head = take(head_size);
    if (!head) return head.error();
    const auto size = load_le<std::uint32_t>(*head, 8);
    const auto number = load_le<std::uint32_t>(*head, 12);
    if (size >= section_size_max) return corrupt("is cut off");
    const auto body = take(size);
    if (!body) return body.error();
    chain_ = reprise::chain(chain_, std::string_view(*head).substr(8, 8), *body);
    if (chain_.low != load_le<std::uint64_t>(*head, 0)) return corrupt("fails a checksum");
    if (number < static_cast<std::uint32_t>(Kind::header) ||
        number > static_cast<std::uint32_t>(Kind::end)) {
      return Error(Code::newer_format,
                   fmt::format("The journal file has a section of kind {}.", number));
    }
    kind = static_cast<Kind>(number);
    body_.assign(body->begin(), body->end());
    return {};
  }

  /// The section's table; nothing if it is malformed.
  template <class T>
  const T* table() const {
    flatbuffers::Verifier verifier(body_.data(), body_.size(), /*max_depth=*/8,
                                   /*max_tables=*/16);
    return verifier.VerifyBuffer<T>(nullptr) ? flatbuffers::GetRoot<T>(body_.data()) : nullptr;
  }
  /// Bytes of the section's table.
  [[nodiscard]] std::size_t size() const noexcept { return body_.size(); }
  [[nodiscard]] bool at_end() const noexcept { return at_ == size_; }

  Kind kind = Kind::header;

 private:
  Result<std::string> take(std::size_t size) {
    if (size > size_ - at_) return corrupt("is cut off");
    auto bytes = read_(at_, size);
    if (bytes && bytes->size() != size) return corrupt("is cut off");
    at_ += size;
    return bytes;
  }

  std::uint64_t size_;
  Read read_;
  std::uint64_t at_ = 0;
  std::vector<std::uint8_t> body_;  // From the heap, so aligned for any scalar.
  Hash128 chain_;
};

/// Puts sections together in the one order there is.
class Assembly {
 public:
  /// False after the last section. Errors: corrupt.
  Result<bool> take(Sections& sections) {
    const bool known = sections.kind == expected_ ||
                       (expected_ == Kind::instance && sections.kind > Kind::instance);
    if (!known) return corrupt("has its sections out of order");
    bool good = false;
    switch (sections.kind) {
      case Kind::header: good = take(sections.table<wire::FileHeader>()); break;
      case Kind::names: good = take(sections.table<wire::FileNames>(), sections.size()); break;
      case Kind::instance: good = take(sections.table<wire::FileInstance>()); break;
      case Kind::events: good = take(sections.table<wire::FileEvents>()); break;
      case Kind::blob: good = take(sections.table<wire::FileBlob>()); break;
      case Kind::end: good = take(sections.table<wire::FileEnd>()); break;
    }
    if (!good) return corrupt("has a malformed section");
    return sections.kind != Kind::end;
  }

  JournalFile file;

 private:
  bool take(const wire::FileHeader* table) {
    if (table == nullptr || table->shards() == 0) return false;
    if (const auto* id = table->store_id()) {
      file.store_id[0] = id->low();
      file.store_id[1] = id->high();
    }
    file.shards = table->shards();
    file.build = text(table->build());
    expected_ = Kind::names;
    return true;
  }
  bool take(const wire::FileNames* table, std::size_t size) {
    if (table == nullptr) return false;
    // Any number of names may point at the same bytes, and each would be a copy of them.
    for (const auto* name : *table->names()) {
      const std::size_t taken = 2 * sizeof(flatbuffers::uoffset_t) + name->size();
      if (taken > size) return false;
      size -= taken;
    }
    for (const auto* name : *table->names()) file.names.push_back(text(name));
    expected_ = Kind::instance;
    return true;
  }
  bool take(const wire::FileInstance* table) {
    if (table == nullptr || table->hash() == nullptr || !whole()) return false;
    auto& instance = file.instances.emplace_back();
    instance.key = {text(table->space()), text(table->id())};
    instance.run = RunId{table->run()};
    instance.status = table->status();
    instance.hash = {table->hash()->low(), table->hash()->high()};
    due_ = table->events();
    return true;
  }
  bool take(const wire::FileEvents* table) {
    if (table == nullptr || file.instances.empty()) return false;
    auto& events = file.instances.back().events;
    if (table->first() != events.size() + 1 || table->sizes()->size() > due_ - events.size() ||
        !file.instances.back().blobs.empty()) {
      return false;
    }
    auto bytes = view(table->bytes());
    for (const std::uint32_t size : *table->sizes()) {
      if (size > bytes.size()) return false;
      events.emplace_back(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
    return bytes.empty();
  }
  bool take(const wire::FileBlob* table) {
    if (table == nullptr || file.instances.empty()) return false;
    auto& blobs = file.instances.back().blobs;
    if (!blobs.empty() && blobs.back().first >= table->seq()) return false;
    blobs.emplace_back(table->seq(), std::string(view(table->value())));
    return true;
  }
  bool take(const wire::FileEnd* table) const {
    return table != nullptr && whole() && table->instances() == file.instances.size();
  }
  /// The last instance has all its events.
  [[nodiscard]] bool whole() const {
    return file.instances.empty() || file.instances.back().events.size() == due_;
  }

  Kind expected_ = Kind::header;
  std::uint64_t due_ = 0;
};

Result<JournalFile> decode(Sections sections) {
  if (auto started = sections.start(); !started) return std::move(started).error();
  Assembly assembly;
  for (;;) {
    if (auto moved = sections.next(); !moved) return std::move(moved).error();
    auto more = assembly.take(sections);
    if (!more) return std::move(more).error();
    if (!*more) break;
  }
  if (!sections.at_end()) return corrupt("goes on behind its end");
  return std::move(assembly.file);
}

}  // namespace

std::string encode(const JournalFile& file) {
  Writer to;
  auto& builder = to.builder;
  const wire::Hash id(file.store_id[0], file.store_id[1]);
  const auto build = builder.CreateString(file.build);
  to.add(Kind::header, wire::CreateFileHeader(builder, &id, file.shards, build));
  const auto names = builder.CreateVectorOfStrings(file.names);
  to.add(Kind::names, wire::CreateFileNames(builder, names));
  for (const auto& instance : file.instances) add_instance(to, instance);
  to.add(Kind::end, wire::CreateFileEnd(builder, file.instances.size()));
  return to.take();
}

Result<JournalFile> decode_journal_file(std::string_view bytes) {
  return decode(Sections(bytes.size(), [bytes](std::uint64_t offset, std::uint64_t size) {
    return Result<std::string>(std::string(bytes.substr(offset, size)));
  }));
}

Result<void> write_journal_file(const std::string& path, const JournalFile& file) {
  Files& files = real_files();
  const auto partial = path + ".partial";
  for (const auto& taken : {path, partial}) {
    if (!files.exists(taken)) continue;
    return Error(Code::invalid_argument,
                 fmt::format("{} is there already; remove it, or give another name.", taken));
  }
  auto out = files.open(partial, Files::Open::fresh);
  if (!out) return std::move(out).error();
  Result<void> written = (*out)->write_durably(encode(file), 0);
  if (written) written = files.rename_file(partial, path);
  if (!written) {
    static_cast<void>(files.remove_folder(partial));  // Nothing has seen it.
    return written;
  }
  return files.sync_folder(folder_of(path));
}

Result<JournalFile> read_journal_file(const std::string& path) {
  Files& files = real_files();
  auto size = files.size_of(path);
  if (!size) return std::move(size).error();
  return decode(Sections(*size, [&](std::uint64_t offset, std::uint64_t count) {
    return files.read_range(path, offset, count);
  }));
}

}  // namespace reprise::journal

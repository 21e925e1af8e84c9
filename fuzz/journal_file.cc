// Journal files of strangers: decoded, loaded, read, told and replayed, as the tool does it.
#include <unistd.h>

#include <algorithm>

#include <sys/mman.h>

#include "fuzz/deciding.h"
#include "fuzz/events.h"
#include "fuzz/seals.h"
#include "journal/journal_file.h"
#include "replay/instance_state.h"
#include "replay/message.h"
#include "runtime/portable.h"
#include "runtime/reader.h"
#include "runtime/rows.h"

#include <fmt/format.h>

namespace reprise::fuzz {
namespace {

using journal::FileInstance;
using journal::JournalFile;

constexpr std::uint64_t payload_max = 1 << 16;

replay::Names names_of(const JournalFile& file) {
  replay::Names names;
  for (const auto& name : file.names) names.add(name);
  return names;
}

/// What a decoded file takes in memory, but for the lists themselves.
std::size_t size_of(const JournalFile& file) {
  std::size_t size = file.build.size();
  for (const auto& name : file.names) size += name.size();
  for (const auto& instance : file.instances) {
    size += instance.key.id.size() + instance.key.space.size();
    for (const auto& event : instance.events) size += event.size();
    for (const auto& [seq, value] : instance.blobs) size += value.size();
  }
  return size;
}

void check_instance(runtime::Reader& reader, const JournalFile& file,
                    const FileInstance& instance) {
  if (!accepted(reader.describe(instance.key))) return;
  Seq told = 0;
  const auto history = reader.history(instance.key, payload_max, [&](const EventInfo& event, auto) {
    holds(event.seq == ++told, "a history is told in order");
    holds(event.payload.bytes.size() <= payload_max, "no more of a payload is told than asked for");
    return true;
  });
  if (accepted(history)) holds(told == instance.events.size(), "and whole");
  auto exported = reader.exported(instance.key);
  if (accepted(exported)) {
    auto again = file;
    again.instances.clear();
    again.names.clear();
    runtime::add(again, std::move(*exported));
    holds(again.instances[0].hash == instance.hash, "an exported history has its hash");
    holds(accepted(runtime::load(again)), "what is exported can be loaded");
  }
  const auto names = names_of(file);
  const auto outcome = replayed(instance.run, instance.events, names);
  holds(outcome == replayed(instance.run, instance.events, names), "a replay is the same twice");
}

void check_loaded(const JournalFile& file, journal::Store& store) {
  runtime::Reader reader(store);
  std::vector<std::string> damaged;
  auto listed = reader.list({}, damaged);
  holds(accepted(listed) && damaged.empty(), "what was loaded can be listed");
  holds(listed->size() == std::min<std::size_t>(file.instances.size(), 1000), "all of it");
  for (const auto& instance : file.instances) check_instance(reader, file, instance);
  auto problems = reader.verify({});
  holds(accepted(problems), "what was loaded can be verified");
}

void check_file(std::string_view bytes) {
  auto file = journal::decode_journal_file(bytes);
  if (!accepted(file)) {
    holds(file.code() == Code::corrupt || file.code() == Code::newer_format ||
              file.code() == Code::not_a_journal_file,
          "a file is refused by one of three codes");
    return;
  }
  holds(size_of(*file) <= bytes.size(), "a decoded file is no larger than its bytes");
  const auto again = journal::encode(*file);
  auto decoded = journal::decode_journal_file(again);
  holds(accepted(decoded) && journal::encode(*decoded) == again, "a file written anew is the same");
  auto store = runtime::load(*file);
  if (accepted(store)) check_loaded(*file, **store);
}

/// The same through the file system, which reads it piece by piece.
void check_on_disk(std::string_view bytes) {
  const int memory = ::memfd_create("journal", 0);
  if (memory < 0) return;
  const auto written = ::write(memory, bytes.data(), bytes.size());
  const auto read = journal::read_journal_file(fmt::format("/proc/self/fd/{}", memory));
  ::close(memory);
  if (written != static_cast<ssize_t>(bytes.size())) return;
  holds(read.code() == journal::decode_journal_file(bytes).code(),
        "a file is judged alike from a disk and from memory");
}

/// Hash and status as its events fold to, so that a load gets behind them.
void settle(FileInstance& instance, const replay::Names& names, std::uint16_t shards) {
  replay::InstanceState state;
  state.run = instance.run;
  for (const auto& bytes : instance.events) {
    const auto event = replay::decode(bytes);
    if (!event || static_cast<int>(event->kind) < 100) return;
    replay::apply_instance(state, *event, bytes, names, 1);
  }
  instance.hash = state.hash;
  instance.status = static_cast<std::uint8_t>(state.status);
  instance.key = state.key;
  instance.run = RunId::make(replay::shard_of(state.key, shards),
                             std::max<std::uint64_t>(1, instance.run.counter()));
}

void change_file(JournalFile& file, Dice& dice, std::size_t max_size) {
  if (file.instances.empty() || dice.roll(8) == 0) {
    file.names.emplace_back(dice.roll(2) == 0 ? "a" : "\x1b[2J");
    return;
  }
  auto& instance = file.instances[dice.roll(file.instances.size())];
  auto& events = instance.events;
  if (events.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(dice.roll(events.size()));
  switch (dice.roll(8)) {
    case 0: file.instances.push_back(instance); break;
    case 1: events.erase(events.begin() + at); break;
    case 2: events.insert(events.begin() + at, events[dice.roll(events.size())]); break;
    case 3: std::swap(events[dice.roll(events.size())], events[dice.roll(events.size())]); break;
    case 4: instance.run = RunId{dice.number()}; break;
    case 5: {
      const Seq seq = dice.roll(6);
      instance.blobs = {{seq, sealed_row(runtime::blob_key(instance.run, seq), "[1,2]")}};
      break;
    }
    default: {
      auto& one = events[static_cast<std::size_t>(at)];
      one = changed_event(one, dice, max_size / 2);
      break;
    }
  }
}

JournalFile some_file(std::size_t count) {
  JournalFile file;
  file.shards = 4;
  file.build = "fuzz";
  file.names = {"a", "b", "cc"};
  const auto names = names_of(file);
  Texts texts;
  for (std::size_t i = 0; i < count; ++i) {
    FileInstance instance;
    instance.run = RunId::make(0, i + 1);
    replay::Event event;
    event.kind = replay::EventKind::workflow_started;
    const auto id = std::to_string(i);
    event.id = id;
    event.name = 1;
    event.encoding = Encoding::json;
    event.payload = "[1]";
    instance.events.push_back(bytes_of(event));
    std::string script;
    Dice dice(i);
    for (int left = 0; left < 50; ++left) script.push_back(static_cast<char>(dice.draw()));
    for (Input input(script); !input.empty();) {
      const auto made = event_from(input, texts);
      if (static_cast<int>(made.kind) <= 104) continue;
      instance.events.push_back(bytes_of(made));
    }
    settle(instance, names, file.shards);
    file.instances.push_back(std::move(instance));
  }
  return file;
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const std::size_t count : {0U, 1U, 2U, 3U, 5U, 7U}) {
    all.push_back(journal::encode(some_file(count)));
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace reprise;
  fuzz::Dice dice(seed);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  auto file = dice.roll(3) != 0 ? journal::decode_journal_file(bytes)
                                : Result<journal::JournalFile>(Error(Code::corrupt, ""));
  if (file) {
    for (auto left = 1 + dice.roll(3); left != 0; --left) {
      fuzz::change_file(*file, dice, max_size);
    }
    if (dice.roll(8) != 0) {
      const auto names = fuzz::names_of(*file);
      for (auto& instance : file->instances) fuzz::settle(instance, names, file->shards);
    }
    bytes = journal::encode(*file);
  } else {
    bytes = fuzz::mutated(std::move(bytes), max_size);
    if (dice.roll(8) != 0) fuzz::seal_journal_file(bytes);
  }
  return fuzz::give(bytes, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  reprise::fuzz::check_file(bytes);
  if (size % 64 == 1) reprise::fuzz::check_on_disk(bytes);
  return 0;
}

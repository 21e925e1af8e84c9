// Journal files of somebody who means harm, and the tool that has to survive them.
//
//   hostile_files make FOLDER COUNT SEED   writes so many: some made by hand, the others changed by
//                                          the mutator of fuzz_journal_file, or bit by bit
//   hostile_files VERB …                   the `reprise` command, with the workflow of this room
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/tool.h>

#include <fmt/format.h>
#include <zstd.h>

#include "fuzz/deciding.h"
#include "fuzz/events.h"
#include "fuzz/fuzz.h"
#include "fuzz/seals.h"
#include "journal/journal_file.h"
#include "replay/instance_state.h"
#include "replay/message.h"

/// What libFuzzer does when it has no better idea.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t max_size) {
  static reprise::fuzz::Dice dice(1);
  if (size == 0) return size;
  switch (dice.roll(4)) {
    case 0: data[dice.roll(size)] ^= static_cast<std::uint8_t>(1U << dice.roll(8)); return size;
    case 1: return dice.roll(size);
    case 2: {
      const auto from = dice.roll(size);
      const auto count = std::min<std::size_t>(size - from, max_size - size);
      std::copy_n(data + from, count, data + size);
      return size + count;
    }
    default: {
      const auto from = dice.roll(size);
      const auto value = static_cast<std::uint8_t>(dice.roll(2) == 0 ? 0xFF : 0);
      std::fill_n(data + from, std::min<std::size_t>(size - from, 1 + dice.roll(8)), value);
      return size;
    }
  }
}

namespace reprise::fuzz {
namespace {

using journal::FileInstance;
using journal::JournalFile;
using replay::Event;
using replay::EventKind;

constexpr std::size_t file_max = 1 << 20;
constexpr Nanos time_max = std::numeric_limits<Nanos>::max();

/// One history of which everything is what it says it is: checksums, hash, status, place.
class Forged {
 public:
  explicit Forged(std::string id = "a", std::string space = "")
      : id_(std::move(id)), space_(std::move(space)) {
    file_.shards = 4;
    file_.build = "hostile";
    file_.names = {workflow_name, "a", "b", "/dev/zero:1", "/etc/passwd:1"};
    Event event = of(EventKind::workflow_started);
    event.id = id_;
    event.space = space_;
    event.name = 1;
    event.encoding = Encoding::json;
    event.payload = "[1]";
    add(event);
  }

  static Event of(EventKind kind) {
    Event event;
    event.kind = kind;
    return event;
  }
  static Event step(OpId op) {
    Event event = of(EventKind::step_scheduled);
    event.op = op;
    event.name = 2;
    event.site = 4;
    event.attempt = 1;
    return event;
  }
  std::uint32_t name(std::string text) {
    file_.names.push_back(std::move(text));
    return static_cast<std::uint32_t>(file_.names.size());
  }
  void add(const Event& event) { events_.push_back(bytes_of(event)); }

  std::string take() {
    replay::Names names;
    for (const auto& name : file_.names) names.add(name);
    replay::InstanceState state;
    FileInstance instance;
    instance.key = {space_, id_};
    instance.run = RunId::make(replay::shard_of(instance.key, file_.shards), 1);
    state.run = instance.run;
    for (const auto& bytes : events_) {
      const auto event = replay::decode(bytes);
      if (event) replay::apply_instance(state, *event, bytes, names, 1);
    }
    instance.hash = state.hash;
    instance.status = static_cast<std::uint8_t>(state.status);
    instance.events = std::move(events_);
    file_.instances.push_back(std::move(instance));
    return journal::encode(file_);
  }

 private:
  std::string id_;
  std::string space_;
  JournalFile file_;
  std::vector<std::string> events_;
};

/// A few bytes that become `size` zeros, and claim to become `claimed`.
std::string expanding(std::size_t size, std::uint64_t claimed) {
  std::string packed(ZSTD_compressBound(size), '\0');
  const std::string zeros(size, '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), zeros.data(), zeros.size(), 19));
  Forged forged;
  forged.add(Forged::step(1));
  Event done = Forged::of(EventKind::step_completed);
  done.op = 1;
  done.encoding = Encoding::json;
  done.payload = packed;
  done.packed.compression = Compression::zstd;
  done.packed.size = claimed;
  forged.add(done);
  return forged.take();
}

std::string with_result(std::string payload) {
  Forged forged;
  forged.add(Forged::step(1));
  Event done = Forged::of(EventKind::step_completed);
  done.op = 1;
  done.encoding = Encoding::json;
  done.payload = payload;
  forged.add(done);
  return forged.take();
}

std::string with_id(std::string id, std::string space) {
  Forged forged(std::move(id), std::move(space));
  Event step = Forged::step(1);
  step.name = forged.name("\x1b]0;owned\x07\r\n<script>alert(1)</script>\u202E`end`;");
  forged.add(step);
  Event paused = Forged::of(EventKind::workflow_paused);
  paused.number = 1;
  const std::string text = std::string(1 << 16, '\x1b') + "]52;c;";
  paused.text = text;
  forged.add(paused);
  return forged.take();
}

std::string with_times(Nanos first, Nanos second) {
  Forged forged;
  Event step = Forged::step(1);
  step.time = first;
  step.step.timeout = std::chrono::nanoseconds(second);
  step.step.backoff_factor = std::numeric_limits<double>::quiet_NaN();
  step.step.attempts = std::numeric_limits<std::uint32_t>::max();
  forged.add(step);
  Event failed = Forged::of(EventKind::step_attempt_failed);
  failed.op = 1;
  failed.time = second;
  failed.due = first;
  failed.attempt = std::numeric_limits<std::uint32_t>::max();
  forged.add(failed);
  Event timer = Forged::of(EventKind::timer_started);
  timer.op = 2;
  timer.due = second;
  forged.add(timer);
  return forged.take();
}

/// `count` events made by `make`, each of which leaves something open.
std::string with_many(std::size_t count, const std::function<Event(std::size_t)>& make) {
  Forged forged;
  for (std::size_t i = 1; i <= count; ++i) forged.add(make(i));
  return forged.take();
}

std::string with_failure(std::string type, std::string message) {
  Forged forged;
  forged.add(Forged::step(1));
  Event done = Forged::of(EventKind::step_completed);
  done.op = 1;
  done.failed = true;
  done.failure_code = 1;
  done.failure_type = type;
  done.failure_message = message;
  forged.add(done);
  return forged.take();
}

std::string with_children(std::size_t count) {
  Forged forged;
  Event closed = Forged::of(EventKind::workflow_completed);
  for (std::size_t i = 0; i < count; ++i) closed.children.push_back({{"", "kid"}, RunId{i}, {}});
  forged.add(closed);
  return forged.take();
}

std::vector<std::string> by_hand() {
  std::vector<std::string> all = {"", "RPRJRNL", std::string(1 << 20, '\0')};
  constexpr std::size_t gigabyte = std::size_t{1} << 30;
  all.push_back(expanding(gigabyte, gigabyte));
  all.push_back(expanding(gigabyte / 4, 16));
  all.push_back(expanding(1 << 20, std::numeric_limits<std::uint64_t>::max()));
  all.push_back(expanding(1 << 16, std::uint64_t{1} << 40));
  all.push_back(with_result(std::string(200'000, '[')));
  all.push_back(with_result(std::string(100'000, '[') + std::string(100'000, ']')));
  all.push_back(with_result("{\"a\":" + std::string(500'000, '1') + "}"));
  all.push_back(with_result("\"" + std::string(1 << 20, '\x1b') + "\""));
  all.push_back(with_id("../../../../etc/passwd", ".."));
  all.push_back(with_id("\x1b[2J\x1b[1;1H", std::string("a\nb\tc\x9b", 6)));
  all.push_back(with_id(std::string(60'000, 'i'), std::string(60'000, 's')));
  all.push_back(with_id("</title><script>", "\"'><img src=x onerror=1>"));
  all.push_back(with_times(std::numeric_limits<Nanos>::min(), time_max));
  all.push_back(with_times(time_max, std::numeric_limits<Nanos>::min()));
  all.push_back(with_times(-1, 1));
  all.push_back(with_failure("\x1b]0;owned\x07\xc2\x9b", "\x1b[31m\xc2\x9b\r"));
  constexpr std::size_t many = 20'000;
  all.push_back(with_many(100'000, [](std::size_t i) {
    Event await = Forged::of(EventKind::signal_awaited);
    await.name = 2;
    await.op = static_cast<OpId>(i);
    return await;
  }));
  all.push_back(with_many(many, [](std::size_t i) { return Forged::step(static_cast<OpId>(i)); }));
  all.push_back(with_many(many, [](std::size_t) { return Forged::step(0xFFFFFFFF); }));
  all.push_back(with_many(
      many, [](std::size_t i) { return Forged::step(static_cast<OpId>(0xFFFFFFFF - i)); }));
  all.push_back(with_many(many, [](std::size_t i) {
    Event signal = Forged::of(EventKind::signal_received);
    signal.name = 2;
    signal.time = static_cast<Nanos>(i);
    return signal;
  }));
  all.push_back(with_many(many, [](std::size_t i) {
    Event await = Forged::of(EventKind::signal_awaited);
    await.name = 2;
    await.op = static_cast<OpId>(many - i);
    return await;
  }));
  all.push_back(with_many(many, [](std::size_t) {
    Event paused = Forged::of(EventKind::workflow_paused);
    paused.number = 255;
    return paused;
  }));
  all.push_back(with_many(1000, [](std::size_t) {
    Event cut = Forged::of(EventKind::activation_cut);
    cut.more = true;
    return cut;
  }));
  all.push_back(with_children(100'000));
  return all;
}

/// One that was sound, or not, changed.
std::string changed(const std::vector<std::string>& from, Dice& dice) {
  std::string bytes = from[dice.roll(from.size())];
  const auto size = bytes.size();
  bytes.resize(std::max(size, file_max));
  auto* data = reinterpret_cast<std::uint8_t*>(bytes.data());
  const auto seed = static_cast<unsigned>(dice.draw());
  std::size_t now = size;
  for (auto times = 1 + dice.roll(4); times != 0; --times) {
    now = dice.roll(4) == 0 ? LLVMFuzzerMutate(data, now, bytes.size())
                            : LLVMFuzzerCustomMutator(data, now, bytes.size(), seed);
  }
  bytes.resize(now);
  return bytes;
}

int make(const std::string& folder, std::size_t count, std::uint64_t seed) {
  auto files = by_hand();
  auto from = seeds();
  for (const auto& file : files) {
    if (file.size() < 4096) from.push_back(file);
  }
  Dice dice(seed);
  while (files.size() < count) files.push_back(changed(from, dice));
  files.resize(count);
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::ofstream out(fmt::format("{}/{:04}.journal", folder, i), std::ios::binary);
    out << files[i];
    if (!out.flush()) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace reprise::fuzz

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "make") {
    return reprise::fuzz::make(argv[2], std::strtoull(argv[3], nullptr, 10),
                               std::strtoull(argv[4], nullptr, 10));
  }
  return reprise::tool_main(argc, argv, reprise::fuzz::workflows());
}

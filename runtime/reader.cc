#include "runtime/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

#include "replay/message.h"
#include "runtime/simulation.h"
#include "runtime/system.h"
#include "runtime/views.h"

namespace reprise::runtime {
namespace {

Error too_large(std::uint64_t size, std::uint64_t max) {
  return {Code::payload_too_large,
          fmt::format("a payload of {} bytes is not taken out of a file from elsewhere, at most {} "
                      "are; of a store each is",
                      size, max)};
}

}  // namespace

/// What a Core is handed when nothing is ever recorded or run.
struct Reader::Idle {
  explicit Idle(journal::Store& given)
      : clock(system_clock()),
        random(system_random()),
        runner(0),
        log(quiet(), *clock),
        committer(
            given, *clock, log, [](ShardId, Position, std::uint64_t) {}, [](const Error&) {}),
        seams{given,   *clock, *random,  runner, committer, workflows,
              options, 0,      draining, log,    watch} {}

  static LogOptions quiet() {
    LogOptions options;
    options.level.reset();
    return options;
  }

  std::shared_ptr<Clock> clock;
  std::shared_ptr<Random> random;
  SimulatedRunner runner;
  Registry workflows;
  EngineOptions options;
  std::atomic<bool> draining{true};
  Logger log;
  Committer committer;
  CodeWatch watch;
  Seams seams;
};

struct Reader::Shard {
  Shard(const Seams& seams, ShardId id) : core(seams, id), views(core) {}
  /// Every run that has a row or events after the snapshot.
  [[nodiscard]] Result<std::vector<RunId>> runs() const;
  /// Once it was looked at: a store holds more of them than memory.
  void forget(RunId run) {
    core.residents.erase(run);
    core.ended.clear();
  }

  Core core;
  Views views;
};

Reader::Reader(journal::Store& store, std::uint64_t payload_max)
    : store_(store),
      payload_max_(payload_max),
      idle_(std::make_unique<Idle>(store)),
      shards_(store.header().shards) {}

Reader::~Reader() = default;

Result<std::vector<RunId>> Reader::Shard::runs() const {
  std::vector<RunId> all;
  const ShardId shard = core.state.shard;
  const auto end =
      shard == 0xffff ? std::string() : row_key(RunId::of_shard(static_cast<ShardId>(shard + 1)));
  auto scanned = core.seams.store.scan(journal::Table::rows, row_key(RunId::of_shard(shard)), end,
                                       [&](std::string_view key, std::string_view) {
                                         if (const auto run = decode_run(key)) all.push_back(*run);
                                         return true;
                                       });
  if (!scanned) return std::move(scanned).error();
  for (const RunId run : core.tail.runs()) all.push_back(run);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<Reader::Shard*> Reader::shard(ShardId id) {
  auto& held = shards_[id];
  if (held == nullptr) {
    auto read = std::make_unique<Shard>(idle_->seams, id);
    if (auto restored = read->core.restore(); !restored) return std::move(restored).error();
    held = std::move(read);
  }
  return held.get();
}

Result<Reader::Shard*> Reader::shard_of(const InstanceKey& key) {
  return shard(replay::shard_of(key, store_.header().shards));
}

Result<std::vector<InstanceInfo>> Reader::list(const ListFilter& filter,
                                               std::vector<std::string>& damaged) {
  // A shard's journal after its snapshot is read whole, so each processor takes some of them.
  std::vector<Result<Reply>> replies(shards_.size(), Reply());
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t id = next++; id < replies.size(); id = next++) {
      auto found = shard(static_cast<ShardId>(id));
      replies[id] = found ? (*found)->views.list(filter) : Result<Reply>(found.error());
    }
  };
  std::vector<std::future<void>> others;
  const auto count = std::min<std::size_t>(std::thread::hardware_concurrency(), replies.size());
  try {
    while (others.size() + 1 < count) others.push_back(std::async(std::launch::async, take));
  } catch (const std::system_error&) {  // No thread: this one does it all.
  }
  take();
  for (auto& other : others) other.get();
  std::vector<InstanceInfo> all;
  for (std::size_t id = 0; id < replies.size(); ++id) {
    auto& reply = replies[id];
    if (reply.code() == Code::io_error) return std::move(reply).error();
    if (!reply) {
      damaged.push_back(fmt::format("shard {}: {}", id, reply.error().message()));
      continue;
    }
    std::move(reply->instances.begin(), reply->instances.end(), std::back_inserter(all));
  }
  first_started(all, filter.limit);
  return all;
}

Result<void> Reader::each_info(const std::function<void(const InstanceInfo&)>& visit,
                               std::vector<std::string>& damaged) {
  for (ShardId id = 0; id < shards_.size(); ++id) {
    auto found = shard(id);
    if (found.code() == Code::io_error) return std::move(found).error();
    if (!found) {
      damaged.push_back(fmt::format("shard {}: {}", id, found.error().message()));
      continue;
    }
    Core& core = (*found)->core;
    auto runs = (*found)->runs();
    if (runs.code() == Code::io_error) return std::move(runs).error();
    if (!runs) {
      damaged.push_back(fmt::format("shard {}: {}", id, runs.error().message()));
      continue;
    }
    for (const RunId run : *runs) {
      auto loaded = core.load(run);
      if (loaded.code() == Code::io_error) return std::move(loaded).error();
      if (!loaded) {
        damaged.push_back(fmt::format("run {:016x}: {}", run.value, loaded.error().message()));
      } else if (*loaded != nullptr) {
        auto info = tell((*loaded)->state, core.state.names);
        info.waits = tell_waits((*loaded)->state, core.state.names);
        (*found)->forget(run);
        visit(info);
      }
    }
  }
  return {};
}

Result<InstanceInfo> Reader::describe(const InstanceKey& key) {
  auto found = shard_of(key);
  if (!found) return std::move(found).error();
  auto reply = (*found)->views.read(RequestKind::describe, key);
  if (!reply) return std::move(reply).error();
  return std::move(reply->instances.front());
}

Result<void> Reader::verify_run(Shard& shard, RunId run) {
  auto loaded = shard.core.load(run);
  if (!loaded) return std::move(loaded).error();
  if (*loaded == nullptr) return {};  // Deleted after the last snapshot.
  const replay::InstanceState& state = (*loaded)->state;
  auto events = shard.core.history(**loaded);
  Result<void> result;
  if (!events) result = std::move(events).error();
  Hash128 hash;
  for (Seq seq = 1; result && seq <= events->last(); ++seq) {
    auto event = replay::decode(events->at(seq));
    if (!event) {
      result = std::move(event).error();
      break;
    }
    hash =
        replay::history_hash(hash, seq, shard.core.state.names.text(event->name), events->at(seq));
    if (!event->packed) continue;
    result = shard.core.check_payload(run, *event);
  }
  if (result && (hash != state.hash || events->last() != state.seq)) {
    result = Error(Code::corrupt, "the events do not add up to what its row says");
  }
  if (!result) {
    result = Error(result.code(), fmt::format("History of \"{}\" (run {:016x}): {}.", state.key.id,
                                              run.value, result.error().message()));
  }
  shard.forget(run);
  return result;
}

Result<std::vector<std::string>> Reader::verify(
    const std::function<void(std::string_view)>& progress) {
  std::vector<std::string> problems;
  for (ShardId id = 0; id < shards_.size(); ++id) {
    auto found = shard(id);
    if (found.code() == Code::io_error) return std::move(found).error();
    if (!found) {
      problems.push_back(found.error().message());
      continue;
    }
    auto runs = (*found)->runs();
    if (!runs) return std::move(runs).error();
    for (const RunId run : *runs) {
      if (progress && sound_ % 1000 == 0) {
        progress(fmt::format("history {} in shard {}", sound_ + 1, id));
      }
      auto verified = verify_run(**found, run);
      if (verified.code() == Code::io_error) return std::move(verified).error();
      if (!verified) {
        problems.push_back(verified.error().message());
      } else {
        ++sound_;
      }
    }
  }
  return problems;
}

Result<Exported> Reader::exported(const InstanceKey& key) {
  auto found = shard_of(key);
  if (!found) return std::move(found).error();
  return (*found)->views.exported(key);
}

Result<Recorded> Reader::recorded(Shard& shard, RunId run) {
  Core& core = shard.core;
  auto loaded = core.load(run);
  if (!loaded) return std::move(loaded).error();
  if (*loaded == nullptr) return Error(Code::not_found, "it was deleted");
  const Resident& resident = **loaded;
  Recorded recorded;
  recorded.info = tell(resident.state, core.state.names);
  recorded.info.waits = tell_waits(resident.state, core.state.names);
  recorded.state = resident.state;
  auto events = core.history(resident);
  shard.forget(run);
  if (!events) return std::move(events).error();
  recorded.events = std::move(*events);
  recorded.names = &core.state.names;
  recorded.unpack = [&core, run, max = payload_max_](const replay::Event& event) {
    if (event.packed.size > max) return Result<std::string>(too_large(event.packed.size, max));
    return core.unpack(run, event);
  };
  return recorded;
}

Result<Recorded> Reader::recorded(const InstanceKey& key) {
  auto found = shard_of(key);
  if (!found) return std::move(found).error();
  auto told = (*found)->views.read(RequestKind::describe, key);
  if (!told) return std::move(told).error();
  return recorded(**found, told->run);
}

Result<void> Reader::each(const std::function<void(RunId, Result<Recorded>)>& visit) {
  for (ShardId id = 0; id < shards_.size(); ++id) {
    auto found = shard(id);
    if (!found) return std::move(found).error();
    auto runs = (*found)->runs();
    if (!runs) return std::move(runs).error();
    for (const RunId run : *runs) {
      auto one = recorded(**found, run);
      if (one.code() != Code::not_found) visit(run, std::move(one));
    }
  }
  return {};
}

std::vector<replay::HistoryEvent> Recorded::history() const {
  std::vector<replay::HistoryEvent> all;
  all.reserve(events.last());
  for (Seq seq = 1; seq <= events.last(); ++seq) all.push_back({seq, events.at(seq)});
  return all;
}

Result<Explanation> Reader::explained(const InstanceKey& key) {
  auto recorded = this->recorded(key);
  if (!recorded) return std::move(recorded).error();
  return explain(std::move(recorded->info), recorded->state, recorded->events, *recorded->names);
}

Result<void> Reader::history(const InstanceKey& key, std::uint64_t payload_max,
                             const EventSink& sink, Seq first) {
  auto found = shard_of(key);
  if (!found) return std::move(found).error();
  return (*found)->views.history(key, payload_max, sink, first);
}

}  // namespace reprise::runtime

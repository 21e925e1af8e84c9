// The part of EngineCore that opens it: checks, seams, shards.
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "journal/compression.h"
#include "runtime/engine_core.h"
#include "runtime/fail_stop.h"
#include "runtime/system.h"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds longest = std::chrono::hours(24 * 365 * 100);

Result<void> check(const EngineOptions& options) {
  if (options.shards == 0 || options.shards > 1024) {
    return Error(Code::invalid_argument, "shards must be 1…1024");
  }
  if (options.limits.name_size_max == 0 || options.limits.name_size_max > 255) {
    return Error(Code::invalid_argument, "limits.name_size_max must be 1…255");
  }
  for (const auto time : {options.retention.value_or(0ns), options.tombstone, options.body_grace}) {
    if (time < 0ns || time > longest) {
      return Error(Code::invalid_argument,
                   "retention, tombstone and body_grace must be between 0 and 100 years; to keep "
                   "finished runs for ever, leave retention unset");
    }
  }
  if (options.step_threads == 0) return Error(Code::invalid_argument, "step_threads must be ≥ 1");
  if (options.snapshot_every == 0) {
    return Error(Code::invalid_argument, "snapshot_every must be ≥ 1");
  }
  if (options.limits.payload_size_max > journal::expanded_size_max) {
    return Error(Code::invalid_argument, "limits.payload_size_max must be at most 1 GiB");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<EngineCore>> EngineCore::open(EngineOptions options,
                                                     const Registry& workflows, Parts parts) {
  if (auto checked = workflows.check(); !checked) return std::move(checked).error();
  if (auto checked = check(options); !checked) return std::move(checked).error();
  if (!options.clock) options.clock = system_clock();
  if (!options.random) options.random = system_random();
  const bool transient = !parts.store && options.path.empty();
  if (!parts.store) {
    if (options.path.empty()) {
      parts.store = journal::make_memory_store(options.shards);
    } else {
      journal::OpenOptions store;
      store.path = options.path;
      store.shards = options.shards;
      store.store_id[0] = options.random->draw();
      store.store_id[1] = options.random->draw();
      store.accept_loss = options.accept_loss;
      auto opened = journal::open_rocks_store(store);
      if (!opened) return std::move(opened).error();
      parts.store = std::move(*opened);
    }
  }
  if (!parts.runner) {
    auto pool = make_step_pool(options.step_threads);
    if (!pool) return std::move(pool).error();
    parts.runner = std::move(*pool);
  }
  if (!parts.executor) parts.executor = make_threaded_executor(*options.clock);
  std::unique_ptr<EngineCore> core(new EngineCore(std::move(options), workflows, std::move(parts)));
  // A store in memory has no id of its own, and ends with its engine.
  if (transient) core->store_id_ = core->random().draw();
  if (auto opened = core->open_or_refuse(); !opened) return std::move(opened).error();
  core->log_opened();
  if (auto started = core->start(); !started) return std::move(started).error();
  return core;
}

Result<void> EngineCore::open_or_refuse() {
  auto opened = guarded([this] { return open_shards(); });
  if (opened) return opened;
  closed_ = true;  // Nothing started: the store closes, nothing is written.
  (void)store_->close();
  return opened;
}

Result<void> EngineCore::open_shards() {
  const Seams seams{*store_,  *options_.clock, *options_.random, *runner_, *committer_, workflows_,
                    options_, store_id_,       draining_,        log_,     watch_};
  const std::uint16_t count = store_->header().shards;
  for (ShardId shard = 0; shard < count; ++shard) {
    Shard::Links links;
    links.send = [this](ShardId target, InboxItem item) { shards_[target]->push(std::move(item)); };
    links.wake = [this] { executor_->wake(); };
    links.fail = [this](const Error& error) { fail(error); };
    shards_.push_back(std::make_unique<Shard>(seams, shard, std::move(links)));
    if (auto opened = shards_.back()->open(); !opened) return opened;
  }
  abandoned_.assign(count, false);
  return {};
}

void EngineCore::log_opened() const {
  const journal::OpenReport& report = store_->report();
  if (report.tail_bytes_dropped != 0) {
    log_.write(LogLevel::warning, "torn_tail_dropped",
               "the last write before an unclean stop was cut off and never acknowledged; it was "
               "dropped",
               {{"bytes", std::to_string(report.tail_bytes_dropped)}});
  }
  for (const std::string& note : report.notes) log_.write(LogLevel::warning, "store_note", note);
  log_.write(LogLevel::info, "opened",
             report.created ? "a new store was created" : "the store was recovered",
             {{"path", options_.path},
              {"shards", std::to_string(store_->header().shards)},
              {"created", report.created ? "true" : "false"},
              {"clean", report.clean ? "true" : "false"},
              {"workflows", std::to_string(workflows_.entries().size())}});
}

}  // namespace reprise::runtime

#include "runtime/engine_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/intake.h"

namespace reprise::runtime {
namespace {

constexpr Nanos anchor_every = 1'000'000'000;
constexpr std::chrono::seconds full_disk_patience{10};
constexpr std::chrono::nanoseconds forever = std::chrono::hours(24 * 365 * 50);

/// An answer somebody waits for. A failed check may end a turn with a request in hand: who asked is
/// told when what holds the answer goes.
struct Owed {
  explicit Owed(Answer given) : answer(std::move(given)) {}
  ~Owed() {
    if (!answer) return;
    try {
      answer(Error(Code::engine_failed,
                   "the engine stopped itself while it worked on this; the next answer and the log "
                   "say why"));
    } catch (...) {  // NOLINT: a destructor can't pass on what a callback throws.
      answer = nullptr;
    }
  }
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;

  Answer answer;
};

Answer always_told(Answer answer) {
  return [owed = std::make_shared<Owed>(std::move(answer))](Result<Reply> reply) {
    if (auto waiting = std::exchange(owed->answer, nullptr)) waiting(std::move(reply));
  };
}

/// A deadline; a wait longer than that of ours is taken for one that has none.
Nanos later(Nanos now, std::chrono::nanoseconds wait) noexcept {
  return now + std::min(wait, forever).count();
}

}  // namespace

EngineCore::EngineCore(EngineOptions options, const Registry& workflows, Parts parts)
    : options_(std::move(options)),
      log_(options_.log, *options_.clock),
      workflows_(workflows),
      store_(std::move(parts.store)),
      store_id_(store_->header().store_id[0]),
      runner_(std::move(parts.runner)),
      executor_(std::move(parts.executor)) {
  committer_ = std::make_unique<Committer>(
      *store_, *options_.clock, log_,
      [this](ShardId shard, Position position, std::uint64_t ticket) {
        shards_[shard]->on_durable(position, ticket);
      },
      [this](const Error& error) { fail(error); });
}

EngineCore::~EngineCore() { end(); }

std::string EngineCore::metrics() const {
  std::vector<const ShardMetrics*> parts;
  parts.reserve(shards_.size());
  for (const auto& shard : shards_) parts.push_back(&shard->metrics());
  return render(parts, committer_->metrics(), committer_->undurable(), blocked_, failed_);
}

Result<void> EngineCore::start() {
  Driven driven;
  driven.poll_shards = [this] { return poll_shards(); };
  driven.poll_commit = [this] {
    const bool worked = committer_->poll();
    if (closing_ && committer_->full())
      executor_->notify(ending_seen_);  // The destructor waits for either.
    return worked;
  };
  driven.shards_quiet = [this] {
    for (const auto& shard : shards_) {
      if (!shard->quiet()) return false;
    }
    return true;
  };
  driven.next_due = [this] {
    std::optional<Nanos> next;
    if (failed_) return next;  // Nothing is recorded any more, so no timer is looked at.
    if (const auto retry = committer_->retry_at()) {
      next = options_.clock->wall() + std::max<Nanos>(0, *retry - options_.clock->steady());
    }
    for (const auto& shard : shards_) {
      const auto due = shard->next_due();
      if (due && (!next || *due < *next)) next = due;
    }
    return next;
  };
  driven.rest = [this] {
    anchored_ = options_.clock->steady();
    committer_->renew_anchor();
  };
  driven.look = [this] {
    const auto run = watch_.look();
    if (!run) return;
    blocked_.add();
    log_.write(LogLevel::warning, "code_blocks",
               "workflow code, or a step inline on its shard, has run for more than a second "
               "without awaiting; nothing else goes on meanwhile: move the work into a step",
               {{"run", fmt::format("{:x}", run->value)}});
  };
  try {
    executor_->start(std::move(driven));
    return {};
  } catch (const std::system_error& error) {
    executor_->stop();
    runner_->drain();
    closed_ = true;
    (void)store_->close();
    return Error(Code::io_error, fmt::format("the engine's threads can't be made: {}; allow the "
                                             "process more threads and memory",
                                             error.what()));
  }
}

bool EngineCore::poll_shard(std::size_t index) {
  if (failed_) {
    // Again when something was pushed by a caller that had not seen the failure yet.
    if (abandoned_[index] && shards_[index]->inbox_empty()) return false;
    abandoned_[index] = true;
    const Error error = [this] {
      std::lock_guard lock(failure_mutex_);
      return *failure_;
    }();  // Not held while callers are answered: they may ask again.
    shards_[index]->abandon(error);
    return true;
  }
  return shards_[index]->poll();
}

bool EngineCore::poll_shards() {
  bool worked = false;
  std::size_t bodies = 0;
  const bool snapshot = snapshot_.exchange(false);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (snapshot) shards_[i]->request_snapshot();
    worked |= poll_shard(i);
    if (draining_ && !failed_) bodies += shards_[i]->running_bodies();
  }
  if (failed_) bodies = runner_->busy();  // Its shards take no answer any more.
  worked |= runner_->poll();
  if (draining_ && !worked) {
    // Judged here because only this thread may look into the shards.
    bool idle = bodies == 0 && (failed_ || committer_->idle());
    for (const auto& shard : shards_) idle = idle && (failed_ || shard->idle());
    if (idle) {
      quiet_ = true;
      executor_->notify(ending_seen_);
    }
  }
  if (worked && options_.clock->steady() - anchored_ > anchor_every) {
    anchored_ = options_.clock->steady();
    committer_->renew_anchor();
  }
  return worked;
}

std::optional<Error> EngineCore::closed_to_requests() const {
  if (failed_) {
    std::lock_guard lock(failure_mutex_);
    return Error(Code::engine_failed, failure_->message());
  }
  if (closing_) {
    return Error(Code::shutting_down, "the engine is shutting down; open it again");
  }
  if (committer_->full()) {
    return Error(Code::no_space,
                 "the disk is full; free some space, the engine then goes on by itself");
  }
  if (committer_->undurable() > undurable_max) {
    return Error(Code::overloaded, "the disk does not keep up; try again later");
  }
  return {};
}

void EngineCore::submit(Request request) {
  if (request.answer) request.answer = always_told(std::move(request.answer));
  std::optional<Error> refused = refusal(request, options_.limits, {store_id_, shards_.size()});
  if (!refused) refused = closed_to_requests();
  if (!refused) {
    // Whatever is pushed is pushed before a shutdown begins to drain, and is answered.
    const std::shared_lock let_in(intake_);
    if (!closing_) {
      const bool by_run = request.kind == RequestKind::complete;
      const ShardId shard =
          by_run ? request.run.shard() : replay::shard_of(request.key, store_->header().shards);
      shards_[shard]->push(std::make_unique<Request>(std::move(request)));
      return;
    }
    refused = Error(Code::shutting_down, "the engine is shutting down; open it again");
  }
  if (request.answer) request.answer(*refused);
}

Result<Reply> EngineCore::call(Request request, std::optional<std::chrono::nanoseconds> timeout) {
  if (executor_->on_shard_thread()) {
    return Error(Code::invalid_argument,
                 "a blocking call from a callback or an inline step would wait for itself; use the "
                 "form with a callback");
  }
  // An answer may come after the caller gave up.
  struct Slot {
    Waiting here;
    std::mutex mutex;
    std::optional<Result<Reply>> reply;
  };
  auto slot = std::make_shared<Slot>();
  request.caller = std::weak_ptr<const void>(slot);
  request.answer = [this, caller = std::weak_ptr(slot)](Result<Reply> reply) {
    const auto waiting = caller.lock();
    if (!waiting) return;
    {
      std::lock_guard lock(waiting->mutex);
      waiting->reply = std::move(reply);
    }
    executor_->notify(waiting->here);
  };
  submit(std::move(request));
  std::optional<Nanos> deadline;
  if (timeout) deadline = later(options_.clock->steady(), *timeout);
  const bool answered = executor_->wait(
      slot->here,
      [&slot] {
        std::lock_guard lock(slot->mutex);
        return slot->reply.has_value();
      },
      deadline);
  std::lock_guard lock(slot->mutex);
  if (!answered || !slot->reply) {
    return Error(Code::timed_out, "no answer yet; ask again, nothing was changed by waiting");
  }
  return std::move(*slot->reply);
}

Result<Reply> EngineCore::call_all(const Request& request) {
  if (executor_->on_shard_thread()) {
    return Error(Code::invalid_argument, "a blocking call from a callback would wait for itself");
  }
  struct Joined {
    Waiting here;
    std::mutex mutex;
    std::size_t left = 0;
    std::optional<Error> error;
    Reply reply;
  };
  auto joined = std::make_shared<Joined>();
  joined->left = shards_.size();
  std::shared_lock let_in(intake_);
  if (auto refused = closed_to_requests()) return *refused;
  for (const auto& shard : shards_) {
    Request part = request;
    part.answer = always_told([this, joined](Result<Reply> reply) {
      {
        std::lock_guard lock(joined->mutex);
        --joined->left;
        if (!reply) {
          joined->error = std::move(reply).error();
        } else {
          for (auto& told : reply->instances) joined->reply.instances.push_back(std::move(told));
        }
      }
      executor_->notify(joined->here);
    });
    shard->push(std::make_unique<Request>(std::move(part)));
  }
  let_in.unlock();
  (void)executor_->wait(
      joined->here,
      [&joined] {
        std::lock_guard lock(joined->mutex);
        return joined->left == 0;
      },
      std::nullopt);
  std::lock_guard lock(joined->mutex);
  if (joined->error) return *joined->error;
  return std::move(joined->reply);
}

void EngineCore::request_snapshot() {
  snapshot_ = true;
  executor_->wake();
}

void EngineCore::fail(const Error& error) {
  {
    std::lock_guard lock(failure_mutex_);
    if (failure_) return;
    failure_ = error;
  }
  log_.write(LogLevel::error, "engine_failed",
             "the engine stopped itself and records nothing more; reopen it: " + error.message(),
             {{"code", std::string(name(error.code()))}});
  failed_ = true;
  executor_->wake();
}

Result<void> EngineCore::backup(const std::string& path) {
  const std::shared_lock open(intake_);  // No shutdown closes the store meanwhile.
  if (closing_) return Error(Code::shutting_down, "the engine is shutting down; open it again");
  auto copied = committer_->exclusively([&] { return store_->backup(path); });
  executor_->wake();  // What gathered meanwhile is committed now.
  return copied;
}

Result<void> EngineCore::shutdown(std::chrono::nanoseconds deadline) {
  if (executor_->on_shard_thread()) {
    return Error(Code::invalid_argument,
                 "a callback can't shut its engine down: it would wait for itself");
  }
  const Error running(Code::steps_running,
                      "step bodies still run; wait and shut down again, or end the process: they "
                      "are run again after the next open");
  std::unique_lock alone(ending_, std::defer_lock);
  if (!alone.try_lock_for(std::min(deadline, forever))) return running;
  if (closed_) return {};
  closing_ = true;
  // Behind the last request that is let in, and a backup.
  if (!intake_.try_lock_for(std::min(deadline, forever))) return running;
  intake_.unlock();
  draining_ = true;
  executor_->wake();
  const bool ended = executor_->wait(
      ending_seen_, [this] { return quiet_.load(); }, later(options_.clock->steady(), deadline));
  if (ended) return close();
  if (committer_->full()) {
    log_.write(LogLevel::warning, "shutdown_waits", "the disk is full");
    return Error(Code::no_space,
                 "the disk is full: what was not acknowledged yet is not written; "
                 "free some space and shut down again");
  }
  log_.write(LogLevel::warning, "shutdown_waits", "step bodies still run at the deadline");
  return running;
}

void EngineCore::end() {
  const auto ended = shutdown(full_disk_patience);
  if (ended.ok() || ended.code() == Code::invalid_argument) return;
  // Bodies may run for long, and the disk may fill meanwhile.
  const auto now = [this] { return options_.clock->steady(); };
  const auto woken = [this] { return quiet_ || committer_->full(); };
  while (executor_->wait(ending_seen_, woken, later(now(), forever)) && !quiet_ && !failed_) {
    (void)executor_->wait(
        ending_seen_, [this] { return quiet_.load(); }, later(now(), full_disk_patience));
    if (!quiet_ && committer_->full()) fail(Error(Code::no_space, "the disk stayed full"));
  }
  (void)shutdown(forever);
  const std::lock_guard alone(ending_);
  if (failed_ && !closed_) (void)close();
}

Result<void> EngineCore::close() {
  runner_->drain();
  executor_->stop();
  closed_ = true;
  const Error error(Code::shutting_down, "the engine was shut down; open the store again");
  for (const auto& shard : shards_) shard->abandon(error);
  auto closed = store_->close();
  if (closed) {
    log_.write(LogLevel::info, "closed", "the store was closed", {{"path", options_.path}});
  } else {
    log_.write(LogLevel::error, "closed", closed.error().message(), {{"path", options_.path}});
  }
  return closed;
}

}  // namespace reprise::runtime

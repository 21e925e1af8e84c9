#include "runtime/executor.h"

// Its header needs assert and the moodycamel types, which this one brings.
#include <blockingconcurrentqueue.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace reprise::runtime {
namespace {

thread_local bool this_is_a_shard_thread = false;

/// A wake-up that is remembered, and costs a system call only when somebody sleeps.
class Bell {
 public:
  void ring() {
    if (!rung_.exchange(true)) semaphore_.signal();
  }
  void wait(std::optional<std::chrono::microseconds> limit) {
    if (limit) {
      semaphore_.wait(limit->count());
    } else {
      semaphore_.wait();
    }
    rung_.exchange(false);  // Sees all that was pushed before the ring it takes back.
  }

 private:
  std::atomic<bool> rung_{false};
  moodycamel::LightweightSemaphore semaphore_;
};

class ThreadedExecutor final : public Executor {
 public:
  explicit ThreadedExecutor(Clock& clock) : clock_(clock) {}
  ~ThreadedExecutor() override { stop(); }
  ThreadedExecutor(const ThreadedExecutor&) = delete;
  ThreadedExecutor& operator=(const ThreadedExecutor&) = delete;

  void start(Driven driven) override {
    driven_ = std::move(driven);
    // The shards last: where a thread can't be made, nothing has been recorded.
    commit_thread_ = std::thread([this] { run_commits(); });
    shard_thread_ = std::thread([this] { run_shards(); });
  }

  void wake() override { shard_bell_.ring(); }

  bool wait(Waiting& at, const std::function<bool()>& done,
            std::optional<Nanos> deadline) override {
    std::unique_lock lock(at.mutex);
    if (!deadline) {
      at.changed.wait(lock, done);
      return true;
    }
    const auto left = std::chrono::nanoseconds(std::max<Nanos>(0, *deadline - clock_.steady()));
    return at.changed.wait_for(lock, left, done);
  }

  void notify(Waiting& at) override {
    {
      std::lock_guard lock(at.mutex);
    }  // A waiter is either before its check or asleep.
    at.changed.notify_all();
  }

  [[nodiscard]] bool on_shard_thread() const noexcept override { return this_is_a_shard_thread; }

  void stop() override {
    if (stopping_.exchange(true)) return;
    shard_bell_.ring();
    commit_bell_.ring();
    if (shard_thread_.joinable()) shard_thread_.join();
    if (commit_thread_.joinable()) commit_thread_.join();
  }

 private:
  void run_shards() {
    this_is_a_shard_thread = true;
    bool rested = false;
    while (!stopping_) {
      bool worked = driven_.poll_shards();
      if (driven_.shards_quiet()) {
        worked |= driven_.poll_commit();
      } else {
        commit_bell_.ring();
      }
      if (worked) {
        rested = false;
        continue;
      }
      if (!rested) {
        driven_.rest();
        rested = true;
      }
      shard_bell_.wait(time_left());
    }
  }

  [[nodiscard]] std::optional<std::chrono::microseconds> time_left() const {
    const auto due = driven_.next_due();
    if (!due) return std::chrono::seconds(1);  // Far timers are looked for now and then.
    const auto left = std::chrono::nanoseconds(std::max<Nanos>(0, *due - clock_.wall()));
    return std::min(std::chrono::ceil<std::chrono::microseconds>(left),
                    std::chrono::microseconds(std::chrono::seconds(1)));
  }

  void run_commits() {
    constexpr std::chrono::seconds every(1);
    Nanos looked = clock_.steady();
    while (!stopping_) {
      while (!stopping_ && driven_.poll_commit()) {
      }
      commit_bell_.wait(every);
      const Nanos now = clock_.steady();
      if (now - looked < std::chrono::nanoseconds(every).count()) continue;
      looked = now;
      driven_.look();
    }
  }

  Clock& clock_;
  Driven driven_;
  Bell shard_bell_;
  Bell commit_bell_;
  std::atomic<bool> stopping_{false};
  std::thread shard_thread_;
  std::thread commit_thread_;
};

}  // namespace

std::unique_ptr<Executor> make_threaded_executor(Clock& clock) {
  return std::make_unique<ThreadedExecutor>(clock);
}

}  // namespace reprise::runtime

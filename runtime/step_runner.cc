#include "runtime/step_runner.h"

#include <blockingconcurrentqueue.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::runtime {

void run_step(StepRun& step) {
  StepContext context(step.run, step.op, step.attempt, std::move(step.idempotency_key),
                      std::move(step.stop));
  detail::Outcome outcome = step.body->run(context);
  step.done(std::move(outcome));
}

namespace {

class StepPool final : public StepRunner {
 public:
  explicit StepPool(unsigned threads) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~StepPool() override {
    for (std::size_t i = 0; i < threads_.size(); ++i) queue_.enqueue(StepRun{});
    for (auto& thread : threads_) thread.join();
  }

  StepPool(const StepPool&) = delete;
  StepPool& operator=(const StepPool&) = delete;

  void start(StepRun step) override {
    pending_.fetch_add(1, std::memory_order_relaxed);
    queue_.enqueue(std::move(step));
  }

  bool poll() override { return false; }

  void drain() override {
    for (auto left = pending_.load(); left != 0; left = pending_.load()) pending_.wait(left);
  }

 private:
  void work() {
    StepRun step;
    for (;;) {
      queue_.wait_dequeue(step);
      if (!step.body) return;  // An empty one per thread asks it to end.
      run_step(step);
      step = StepRun{};
      if (pending_.fetch_sub(1) == 1) pending_.notify_all();
    }
  }

  moodycamel::BlockingConcurrentQueue<StepRun> queue_;
  std::atomic<std::size_t> pending_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<StepRunner> make_step_pool(unsigned threads) {
  return std::make_unique<StepPool>(threads == 0 ? 1 : threads);
}

}  // namespace reprise::runtime

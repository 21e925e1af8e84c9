#include "runtime/step_runner.h"

#include "runtime/token.h"

#include <blockingconcurrentqueue.h>

#include <fmt/format.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::runtime {

std::string StepRun::idempotency_key() const { return to_text({store, run, op}); }

detail::Outcome run_body(StepRun& step) {
  StepContext context(step.run, step.op, step.attempt,
                      step.body->takes_context() ? step.idempotency_key() : std::string(),
                      std::move(step.stop));
  return step.body->run(context);
}

namespace {

class StepPool final : public StepRunner {
 public:
  StepPool() = default;
  ~StepPool() override {
    for (std::size_t i = 0; i < threads_.size(); ++i) queue_.enqueue(StepRun{});
    for (auto& thread : threads_) thread.join();
  }

  StepPool(const StepPool&) = delete;
  StepPool& operator=(const StepPool&) = delete;

  /// Throws std::system_error when the system gives no more; the destructor ends those there are.
  void add_threads(unsigned count) {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }

  void start(StepRun step) override {
    busy_.fetch_add(1, std::memory_order_relaxed);
    pending_.fetch_add(1, std::memory_order_relaxed);
    queue_.enqueue(std::move(step));
  }

  bool poll() override { return false; }

  [[nodiscard]] std::size_t busy() const override { return busy_; }

  void drain() override {
    for (auto left = pending_.load(); left != 0; left = pending_.load()) pending_.wait(left);
  }

 private:
  void work() {
    StepRun step;
    for (;;) {
      queue_.wait_dequeue(step);
      if (!step.body) return;  // An empty one per thread asks it to end.
      detail::Outcome outcome = run_body(step);
      busy_.fetch_sub(1);
      step.done(step, std::move(outcome));
      step = StepRun{};
      if (pending_.fetch_sub(1) == 1) pending_.notify_all();
    }
  }

  moodycamel::BlockingConcurrentQueue<StepRun> queue_;
  std::atomic<std::size_t> busy_{0};     ///< Less one before a body's answer is told of.
  std::atomic<std::size_t> pending_{0};  ///< Less one when it has been.
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<StepRunner>> make_step_pool(unsigned threads) {
  try {
    auto pool = std::make_unique<StepPool>();
    pool->add_threads(threads);
    return std::unique_ptr<StepRunner>(std::move(pool));
  } catch (const std::system_error& error) {
    return Error(
        Code::io_error,
        fmt::format("{} threads of the step pool can't be made: {}; allow the process more "
                    "threads and memory, or lower step_threads",
                    threads, error.what()));
  }
}

}  // namespace reprise::runtime

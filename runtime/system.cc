#include "runtime/system.h"

#include <chrono>
#include <mutex>
#include <random>

namespace reprise::runtime {
namespace {

template <class C>
Nanos read_clock() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(C::now().time_since_epoch()).count();
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Nanos wall() const noexcept override {
    return read_clock<std::chrono::system_clock>();
  }
  [[nodiscard]] Nanos steady() const noexcept override {
    return read_clock<std::chrono::steady_clock>();
  }
};

class SystemRandom final : public Random {
 public:
  SystemRandom() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    engine_.seed(seed);
  }
  std::uint64_t draw() noexcept override {
    std::lock_guard lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }
std::shared_ptr<Random> system_random() { return std::make_shared<SystemRandom>(); }

}  // namespace reprise::runtime

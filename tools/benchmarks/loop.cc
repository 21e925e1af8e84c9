#include "tools/benchmarks/loop.h"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tools/benchmarks/meter.h"

namespace reprise::bench {

std::string copy_of_library(const Settings& settings) {
  std::string store = store_in(settings.folder);
  std::filesystem::copy(store_in(settings.library), store,
                        std::filesystem::copy_options::recursive);
  return store;
}

Engine open_engine(const std::string& folder, const Registry& workflows) {
  EngineOptions options;
  options.path = folder;
  options.log.level = LogLevel::error;
  return Engine::open(std::move(options), workflows).value();
}

std::vector<double> Loop::run(std::size_t in_flight, double seconds, std::size_t parts) {
  stopping_ = false;
  {
    std::lock_guard lock(mutex_);
    flying_ = in_flight;
  }
  for (std::size_t i = 0; i < in_flight; ++i) start_next();
  std::vector<double> rates;
  double before = now();
  for (std::size_t i = 0; i < parts; ++i) {
    const std::uint64_t ended = ended_;
    const std::chrono::duration<double> part(seconds / static_cast<double>(parts));
    std::this_thread::sleep_for(part);
    const double after = now();
    rates.push_back(static_cast<double>(ended_ - ended) / (after - before));
    before = after;
  }
  stopping_ = true;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return flying_ == 0; });
  if (!failure_.empty()) throw std::runtime_error(failure_);
  return rates;
}

void Loop::start_next() {
  engine_.on_started<int>(
      flow_, "loop-" + std::to_string(++next_),
      [this](const Result<Run<int>>& run) {
        if (!run) return end(run.error());
        run->on_result([this](const Result<int>& result) { end(result); });
      },
      input_);
}

void Loop::end(const Result<int>& result) {
  if (result) ++ended_;
  if (result && !stopping_) return start_next();
  std::lock_guard lock(mutex_);
  if (!result) failure_ = result.error().message();
  --flying_;
  changed_.notify_all();
}

}  // namespace reprise::bench

// A closed loop over an engine: so many instances in flight, a new one for each that ends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <reprise/reprise.h>

#include "tools/benchmarks/workload.h"

namespace reprise::bench {

/// The store of a run, in its folder.
[[nodiscard]] inline std::string store_in(const std::string& folder) { return folder + "/store"; }
/// A copy of the store that prepare() made, for one run; its path.
std::string copy_of_library(const Settings& settings);

/// An engine over a store in `folder` with the settings every user gets, silent but for errors.
Engine open_engine(const std::string& folder, const Registry& workflows);

/// Runs on the engine's own threads: each result starts the next instance.
class Loop {
 public:
  using Flow = Workflow<int> (*)(Context, int);
  Loop(const Engine& engine, Flow flow, int input) : engine_(engine), flow_(flow), input_(input) {}

  /// Keeps `in_flight` going for `seconds`, then lets them end. Gives how many ended in each
  /// second of equal parts, as many as are asked for. Throws what an instance failed of.
  std::vector<double> run(std::size_t in_flight, double seconds, std::size_t parts = 1);
  /// Instances that have ended.
  [[nodiscard]] std::uint64_t ended() const noexcept { return ended_; }

 private:
  void start_next();
  void end(const Result<int>& result);

  const Engine& engine_;
  Flow flow_;
  int input_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> ended_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t flying_ = 0;
  std::string failure_;
};

}  // namespace reprise::bench

// Tells when workflow code, or a step inline on the shard, keeps its shard from everything else.
//
// A shard runs code until it blocks, and nothing can interrupt it. So another thread looks about
// once a second whether the same code still runs, without a clock read per activation.
//
// Threads: enter and leave on the shard's thread, look on one other.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include <reprise/ids.h>

namespace reprise::runtime {

class CodeWatch {
 public:
  /// Code of `run` runs for the life of this scope.
  class Scope {
   public:
    Scope(CodeWatch& watch, RunId run) noexcept : watch_(watch) {
      watch_.run_.store(run.value, std::memory_order_relaxed);
      watch_.beat();
    }
    ~Scope() { watch_.beat(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    CodeWatch& watch_;
  };

  /// The run whose code has not blocked since the last look; told once.
  [[nodiscard]] std::optional<RunId> look() noexcept {
    const std::uint64_t beats = beats_.load(std::memory_order_acquire);
    const bool running = beats % 2 == 1;
    if (!running || beats != seen_) {
      seen_ = beats;
      return std::nullopt;
    }
    if (beats == told_) return std::nullopt;
    told_ = beats;
    return RunId{run_.load(std::memory_order_relaxed)};
  }

 private:
  void beat() noexcept {
    // One writer: no locked instruction.
    beats_.store(beats_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  std::atomic<std::uint64_t> run_{0};
  std::atomic<std::uint64_t> beats_{0};  ///< Odd while code runs.
  std::uint64_t seen_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace reprise::runtime

// A process with a whole engine on a store on a drive, all on one thread, and what its host asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reprise/engine.h>

#include "runtime/simulation.h"
#include "tests/faults/sim_files.h"

namespace reprise::faults {

/// What varies from seed to seed.
struct Settings {
  std::uint16_t shards = 1;
  std::uint64_t snapshot_every = 100'000;
  bool evicts = false;   ///< Whatever can leave memory does.
  bool blobs = false;    ///< A second instance, whose input and result are blobs.
  bool forgets = false;  ///< Finished runs go after half a minute.
};
[[nodiscard]] Settings settings_of(std::uint64_t seed);

/// What an engine did to its store.
struct Deeds {
  std::size_t rows = 0;
  std::size_t positions = 0;
  std::size_t trims = 0;
  std::size_t blobs = 0;
  std::size_t blobs_deleted = 0;
  std::size_t evictions = 0;
};

using Steps = std::set<std::string>;

/// What lives did that binds those after them.
struct Past {
  /// Attempts of steps, pure ones excepted, that were handed out to run, and after which operation.
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> begun;
  /// After which operation a trim began, and the steps whose completion the journal held then.
  std::vector<std::pair<std::size_t, Steps>> trimmed;

  /// What there was of it at a crash after `op` operations.
  [[nodiscard]] Past until(std::size_t op) const;
};

/// What the host asks for, in this order.
enum class Errand : std::uint8_t { start, start_bulky, finish_bulky, signal, finish, forget };
[[nodiscard]] std::vector<Errand> errands_of(const Settings& settings);
[[nodiscard]] std::string_view name(Errand errand);

/// One at a time: the workflows' bodies see its clock.
class Life {
 public:
  /// `drive` outlives it. `past` is that of the lives before it on the same disk.
  Life(Drive& drive, std::uint64_t seed, Past past = {});
  ~Life() { end(); }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  Result<void> open();
  /// In order, as far as the disk lets it.
  void end();
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  /// What is told to the callback that `ask` is given; timed_out after ten minutes.
  template <class T>
  Result<T> ask(const std::function<void(std::function<void(Result<T>)>)>& ask) {
    auto told = std::make_shared<std::optional<Result<T>>>();
    ask([told](Result<T> answer) { *told = std::move(answer); });
    wait([&] { return told->has_value(); }, std::chrono::minutes(10));
    if (!*told) return Error(Code::timed_out, "no answer in ten minutes");
    return *std::move(*told);
  }
  void pass(std::chrono::nanoseconds time);

  /// What the verifier says of the store that the last life left.
  [[nodiscard]] const std::string& findings() const noexcept { return findings_; }
  [[nodiscard]] bool created() const noexcept { return created_; }
  /// With that of the lives before.
  [[nodiscard]] const Past& past() const noexcept { return past_; }
  [[nodiscard]] const Deeds& deeds() const noexcept { return deeds_; }
  /// A body that began twice as the same attempt, in this life or in one before too, or that ran
  /// although its completion was durable when this life began; empty: there is none.
  [[nodiscard]] const std::string& repeated() const noexcept { return repeated_; }

 private:
  class Watched;
  class Releases;

  void wait(const std::function<bool()>& done, std::chrono::nanoseconds patience);

  Drive& drive_;
  SimFiles files_;
  std::uint64_t seed_;
  Settings settings_;
  std::shared_ptr<runtime::SimulatedClock> clock_;
  Past past_;
  Steps completed_;  ///< When this life began.
  std::string repeated_;
  std::string findings_;
  bool created_ = false;
  Deeds deeds_;
  runtime::Executor* executor_ = nullptr;
  std::optional<Engine> engine_;
};

/// Does the errands of one life.
class Host {
 public:
  explicit Host(Life& life) : life_(life) {}

  /// Until it is done, in this life or, as is found, in one before; where that was acknowledged, it
  /// is not asked for again. Errors: what the engine answers, timed_out.
  Result<void> perform(Errand errand, bool acknowledged);
  /// What no disk may bring about; empty: nothing.
  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

 private:
  struct Instance {
    std::string id;
    std::string result;
    std::optional<reprise::Run<std::string>> run{};
  };

  Result<reprise::Run<std::string>> start(const Instance& instance);
  Result<void> begin(Instance& instance, bool acknowledged);
  Result<void> finish(Instance& instance);
  Result<void> find(Instance& instance);
  /// That it is not there may be because it was deleted; its id is taken then.
  Result<void> excused(const Instance& instance, const Error& error);
  Result<void> be_gone(const Instance& instance);

  Life& life_;
  Instance main_{.id = "main", .result = main_result()};
  Instance bulky_{.id = "bulky", .result = bulky_result()};
  std::string wrong_;

  static std::string main_result();
  static std::string bulky_result();
};

}  // namespace reprise::faults

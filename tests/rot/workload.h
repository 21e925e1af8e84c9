// Instances of mixed kinds, for a store that is worth damaging: what they are, and what a client
// was told of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reprise/reprise.h>

#include "journal/store.h"
#include "runtime/simulation.h"

namespace reprise::rot {

[[nodiscard]] Registry registry();

/// What a client was told of one instance.
struct Told {
  std::vector<std::string> history;   ///< A line for each event.
  std::optional<std::string> result;  ///< Of one that has completed.
};
using Tellings = std::map<std::string, Told>;

/// What `engine` tells of `id`, which may not have finished.
[[nodiscard]] Result<Told> ask(const Engine& engine, const std::string& id);

/// An engine on `store`, all else simulated: everything happens on the caller's thread.
[[nodiscard]] Result<Engine> open_engine(std::unique_ptr<journal::Store> store, std::uint64_t seed,
                                         std::shared_ptr<runtime::SimulatedClock> clock);

/// A host that starts instances drawn from a seed.
class Host {
 public:
  Host(std::uint64_t seed, bool blobs) : random_(seed), blobs_(blobs) {}

  /// Starts `count` more instances of any kind, and lets them go as far as they can.
  void start(const Engine& engine, std::size_t count);
  /// Starts one that leaves a record larger than a page.
  void start_large(const Engine& engine);
  /// Starts the one whose history has events of nearly every kind, and waits for its result.
  void start_twenty(const Engine& engine);
  /// Signals about half of those that wait for it.
  void signal_some(const Engine& engine);
  /// Lets the engine do what it can do without being asked.
  void settle(const Engine& engine) const;
  /// What a client was told of all of them. Throws when it was told an error.
  [[nodiscard]] Tellings ask_all(const Engine& engine) const;

 private:
  std::string next(const char* kind);

  runtime::SeededRandom random_;
  bool blobs_;
  std::vector<std::string> ids_;
  std::vector<std::string> waiting_;
  std::string last_;
};

}  // namespace reprise::rot

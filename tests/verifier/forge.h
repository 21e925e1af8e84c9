// A sound store taken apart, to be damaged in one place and put together again: whatever the
// damage does not concern (checksums, chain, sums, anchor) is made to fit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/verifier/event.h"
#include "tests/verifier/source.h"
#include "verifier_schemas/row_generated.h"
#include "verifier_schemas/state_generated.h"

namespace reprise::verifier {

/// Every family and the anchor of `source`, in memory.
void copy_into(const Source& source, Image& image);

class Forge {
 public:
  struct ForgedEvent {
    std::uint64_t run = 0;
    std::uint64_t seq = 0;
    std::string bytes;
  };
  struct ForgedRecord {
    std::uint32_t epoch = 0;
    std::vector<ForgedEvent> events;
  };
  /// What may be edited of an event; its place is in the record.
  struct Edit {
    std::uint32_t name = 0;
    std::uint32_t site = 0;
    wire::EventT table;
  };

  /// REQUIRES: `sound` is.
  explicit Forge(const Image& sound);

  /// Forgets all but the journal and the blobs, which the journal must hold whole.
  void keep_journal();

  [[nodiscard]] std::map<std::uint16_t, std::vector<ForgedRecord>>& journal() { return journal_; }
  /// The first event that `wanted` accepts, or the `skip`-th behind it.
  ForgedEvent& find(const std::function<bool(const ForgedEvent&, const Edit&)>& wanted,
                    std::size_t skip = 0);
  ForgedEvent& find(std::uint8_t kind, std::size_t skip = 0);
  void edit(std::uint8_t kind, const std::function<void(Edit&)>& change, std::size_t skip = 0);
  static Edit read(const ForgedEvent& event);
  static void write(ForgedEvent& event, const Edit& edit);
  /// Puts a new event of `run` behind its last one, in a record of its own. Nothing else changes.
  void append(std::uint64_t run, const Edit& edit);

  /// The first row that `wanted` accepts.
  void edit_row(const std::function<bool(const wire::InstanceStateT&)>& wanted,
                const std::function<void(std::uint64_t& position, wire::InstanceStateT&)>& change);
  void edit_shard(std::uint16_t shard,
                  const std::function<void(std::uint64_t& position, wire::ShardStateT&)>& change);

  [[nodiscard]] std::map<std::string, std::string>& family(Family family) {
    return image_.at(family);
  }
  /// A value under the seal or the hash of its key.
  static std::string sealed(const std::string& key, std::string_view body);
  static std::string checked(const std::string& key, std::string_view body);
  static std::string_view open_checked(std::string_view value) { return value.substr(16); }
  static std::string_view open_sealed(std::string_view value) { return value.substr(8); }

  /// Frames the journal, fits position rows, sums and anchor to it. The image lives in the forge.
  Image& finish();

 private:
  void frame_journal();
  void fit_positions();
  void fit_sums();
  void fit_anchor();

  Image image_;
  std::map<std::uint16_t, std::vector<ForgedRecord>> journal_;
  std::map<std::uint16_t, std::uint64_t> first_;
  std::map<std::uint16_t, Hash> start_;
  std::map<std::uint16_t, std::map<std::uint64_t, Hash>> heads_;
  std::uint16_t shards_ = 0;
};

}  // namespace reprise::verifier

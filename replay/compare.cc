#include "replay/compare.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "replay/mismatch.h"

namespace reprise::replay {
namespace {

/// What opens an operation; all else with an operation's number answers it.
bool opens(const Event& event) {
  switch (event.kind) {
    case EventKind::timer_started:
    case EventKind::signal_awaited:
    case EventKind::child_scheduled:
    case EventKind::signal_sent: return true;
    case EventKind::step_scheduled: return event.attempt <= 1;
    default: return false;
  }
}

class Reading {
 public:
  Reading(const Names& names, const Unpack& unpack, Seq from)
      : names_(names), unpack_(unpack), from_(from) {}

  Result<void> add(Seq seq, const Event& event) {
    if (event.kind == EventKind::activation_cut) return {};  // When code ran is no difference.
    Entry entry;
    entry.seq = seq;
    if (opens(event)) operations_[event.op] = {event.name, event.site};
    std::uint32_t name_id = event.name;
    std::uint32_t site = event.site;
    // An answer names its operation by number alone.
    if (const auto operation = operations_.find(event.op); operation != operations_.end()) {
      if (name_id == 0) name_id = operation->second.first;
      if (site == 0) site = operation->second.second;
    }
    const std::string_view name = names_.text(name_id);
    entry.site = names_.text(site);
    entry.label = phrase(name_of(event.kind), name, event.op);
    entry.about = about(event, name);
    if (seq < from_) return {};
    fill(entry, event, name);
    if (auto told = take_payload(entry, event); !told) return told;
    entries.push_back(std::move(entry));
    return {};
  }

  std::vector<Entry> entries;

 private:
  /// The n-th of its kind where there may be several.
  std::string about(const Event& event, std::string_view name) {
    if (opens(event)) return fmt::format("op {}", event.op);
    if (is_closing_event(event.kind)) return "end";
    const auto base = event.op != 0 ? fmt::format("op {} answer", event.op)
                                    : fmt::format("{} {}", static_cast<int>(event.kind), name);
    return fmt::format("{} {}", base, ++counts_[base]);
  }

  static void fill(Entry& entry, const Event& event, std::string_view name) {
    // A history has a hundred thousand entries: what is empty takes no room.
    const auto put = [&](std::string_view field, std::string value) {
      if (!value.empty()) entry.fields.emplace_back(field, std::move(value));
    };
    entry.fields.reserve(6);
    put("kind", std::string(name_of(event.kind)));
    put("name", std::string(name));
    put("arguments", fmt::format("{:016x}", event.hash));
    if (event.kind != EventKind::workflow_started) {
      put("target", event.space.empty() ? std::string(event.id)
                                        : fmt::format("{}/{}", event.space, event.id));
    }
    put("attempt", std::to_string(event.attempt));
    put("version", std::to_string(event.version));
    put("draws", std::to_string(event.draws));
    put("state", state_text(event));
    put("failure", event.failure_code == 0
                       ? std::string()
                       : fmt::format("{} {}", event.failure_type, event.failure_message));
    // Of a signal it is an id, which is made up for most.
    const bool of_signal =
        event.kind == EventKind::signal_received || event.kind == EventKind::signal_sent;
    put("text", of_signal ? std::string() : std::string(event.text));
  }

  Result<void> take_payload(Entry& entry, const Event& event) {
    auto plain = event.packed ? unpack_(event) : Result<std::string>(std::string(event.payload));
    if (!plain) return std::move(plain).error();
    entry.payload_hash = chain({}, *plain);
    entry.payload_size = plain->size();
    entry.payload.encoding = event.encoding;
    // A few bytes of a file may expand to many.
    if (event.packed && plain->size() > left_) return {};
    if (event.packed) left_ -= plain->size();
    entry.payload.bytes = std::move(*plain);
    return {};
  }

  const Names& names_;
  const Unpack& unpack_;
  const Seq from_;
  std::map<OpId, std::pair<std::uint32_t, std::uint32_t>> operations_;  ///< Name and site.
  std::map<std::string, int> counts_;
  std::uint64_t left_ = payloads_kept;
};

std::string_view field_of(const Entry& entry, std::string_view name) {
  const auto found = std::find_if(entry.fields.begin(), entry.fields.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == entry.fields.end() ? std::string_view{} : found->second;
}

std::vector<std::string_view> differing(const Entry& first, const Entry& second) {
  constexpr std::array<std::string_view, 10> names = {"kind",    "name",    "arguments", "target",
                                                      "attempt", "version", "draws",     "state",
                                                      "failure", "text"};
  std::vector<std::string_view> fields;
  for (const auto name : names) {
    const auto one = field_of(first, name);
    const auto other = field_of(second, name);
    // Where nothing was watched on one side, nothing can be said.
    if (name == "state" && (one.empty() || other.empty())) continue;
    if (one != other) fields.push_back(name);
  }
  const bool same = first.payload.encoding == second.payload.encoding &&
                    first.payload_size == second.payload_size &&
                    first.payload_hash == second.payload_hash;
  if (!same) fields.emplace_back("payload");
  return fields;
}

using Places = std::unordered_map<std::string_view, std::size_t>;

Places places_of(const std::vector<Entry>& entries) {
  Places places;
  for (std::size_t i = 0; i < entries.size(); ++i) places.emplace(entries[i].about, i);
  return places;
}

}  // namespace

Result<std::vector<Entry>> entries_of(std::span<const HistoryEvent> events, const Names& names,
                                      const Unpack& unpack, Seq from) {
  Reading reading(names, unpack, from);
  for (const HistoryEvent& recorded : events) {
    auto event = decode(recorded.bytes);
    if (!event) return std::move(event).error();
    if (auto added = reading.add(recorded.seq, *event); !added) return std::move(added).error();
  }
  return std::move(reading.entries);
}

std::vector<Difference> compare(const std::vector<Entry>& first, const std::vector<Entry>& second,
                                std::size_t max) {
  std::vector<Difference> all;
  const Places in_first = places_of(first);
  const Places in_second = places_of(second);
  for (const Entry& entry : first) {
    const auto place = in_second.find(entry.about);
    if (place == in_second.end()) {
      all.push_back({entry, std::nullopt, {}});
      continue;
    }
    auto fields = differing(entry, second[place->second]);
    if (!fields.empty()) all.push_back({entry, second[place->second], std::move(fields)});
  }
  for (const Entry& entry : second) {
    if (!in_first.contains(entry.about)) all.push_back({std::nullopt, entry, {}});
  }
  const auto place = [](const Difference& one) {
    return std::pair(one.first ? one.first->seq : one.second->seq, !one.first.has_value());
  };
  std::sort(all.begin(), all.end(),
            [&](const auto& one, const auto& other) { return place(one) < place(other); });
  if (all.size() > max) all.resize(max);
  if (!all.empty()) return all;
  const std::size_t both = std::min(first.size(), second.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (first[i].about == second[i].about) continue;
    all.push_back({first[i], second[in_second.at(first[i].about)], {"order"}});
    break;  // All that follows is moved with it.
  }
  return all;
}

}  // namespace reprise::replay

#include "replay/wire.h"

#include <bit>

namespace reprise::replay {

bool is_default_but_place(const StepOptions& step) noexcept {
  static constexpr StepOptions other;
  // Bits, not values, for the doubles: what is written must come back as it was.
  return step.timeout == other.timeout && step.total_timeout == other.total_timeout &&
         step.attempts == other.attempts && step.backoff == other.backoff &&
         std::bit_cast<std::uint64_t>(step.backoff_factor) ==
             std::bit_cast<std::uint64_t>(other.backoff_factor) &&
         step.backoff_max == other.backoff_max &&
         std::bit_cast<std::uint64_t>(step.jitter) == std::bit_cast<std::uint64_t>(other.jitter) &&
         step.poison_after == other.poison_after;
}

flatbuffers::Offset<wire::StepOptions> put(flatbuffers::FlatBufferBuilder& builder,
                                           const StepOptions& options) {
  if (is_default_but_place(options) && is_default_place(options)) return {};
  return wire::CreateStepOptions(builder, options.timeout.count(), options.total_timeout.count(),
                                 options.attempts, options.backoff.count(), options.backoff_factor,
                                 options.backoff_max.count(), options.jitter, options.poison_after,
                                 static_cast<std::uint8_t>(options.runs_on), options.pure);
}

bool get(const wire::StepOptions* table, StepOptions& options) noexcept {
  if (table == nullptr) return true;
  if (table->runs_on() > runs_on_number_max) return false;
  options.timeout = std::chrono::nanoseconds(table->timeout());
  options.total_timeout = std::chrono::nanoseconds(table->total_timeout());
  options.attempts = table->attempts();
  options.backoff = std::chrono::nanoseconds(table->backoff());
  options.backoff_factor = table->backoff_factor();
  options.backoff_max = std::chrono::nanoseconds(table->backoff_max());
  options.jitter = table->jitter();
  options.poison_after = table->poison_after();
  options.runs_on = static_cast<RunsOn>(table->runs_on());
  options.pure = table->pure();
  return true;
}

flatbuffers::Offset<wire::Packed> put(flatbuffers::FlatBufferBuilder& builder,
                                      const Packed& packed) {
  if (!packed) return {};
  return wire::CreatePacked(builder, static_cast<std::uint8_t>(packed.compression), packed.size,
                            packed.blob, packed.hash.low, packed.hash.high);
}

bool get(const wire::Packed* table, Packed& packed) noexcept {
  packed = {};
  if (table == nullptr) return true;
  if (table->compression() > compression_number_max || table->size() == 0) return false;
  packed.compression = static_cast<Compression>(table->compression());
  packed.size = table->size();
  packed.blob = table->blob();
  packed.hash = {table->hash_low(), table->hash_high()};
  return true;
}

flatbuffers::Offset<WatchedVector> put(flatbuffers::FlatBufferBuilder& builder,
                                       const std::vector<detail::WatchHash>& state) {
  if (state.empty()) return {};
  std::vector<wire::Watched> all;
  all.reserve(state.size());
  for (const auto& one : state) all.emplace_back(one.name, one.value);
  return builder.CreateVectorOfStructs(all);
}

void get(const WatchedVector* vector, std::vector<detail::WatchHash>& state) {
  state.clear();
  if (vector == nullptr) return;
  state.reserve(vector->size());
  for (const auto* one : *vector) state.push_back({one->name(), one->value()});
}

}  // namespace reprise::replay

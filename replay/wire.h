// Shared by the codecs of this room: views, verification and step options on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/step.h>
#include <schemas/event_generated.h>

#include "replay/packed.h"

namespace reprise::replay {

/// Highest number of each enum that this build knows; a higher one is refused.
inline constexpr unsigned encoding_number_max = 5;
inline constexpr unsigned parent_close_number_max = 2;
inline constexpr unsigned runs_on_number_max = 2;
inline constexpr unsigned compression_number_max = 1;

/// Bounds of what a verifier follows, against hostile bytes.
inline constexpr flatbuffers::uoffset_t wire_depth_max = 64;

inline std::string_view view(const flatbuffers::String* text) noexcept {
  return text == nullptr ? std::string_view{} : std::string_view(text->c_str(), text->size());
}

inline std::string_view view(const flatbuffers::Vector<std::uint8_t>* bytes) noexcept {
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

/// FlatBuffers reads scalars at any address, but strings and vectors only where a u32 may stand.
inline bool is_aligned(const void* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) % alignof(std::uint32_t) == 0;
}

/// True if `bytes` hold a Table that can be read without leaving them. REQUIRES: is_aligned.
template <class Table>
bool verifies(std::string_view bytes, flatbuffers::uoffset_t tables_max) noexcept {
  if (bytes.size() < 8 || bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return false;
  flatbuffers::Verifier::Options options;
  options.max_depth = wire_depth_max;
  options.max_tables = tables_max;
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                 options);
  return verifier.VerifyBuffer<Table>(nullptr);
}

/// Absent texts cost nothing.
inline flatbuffers::Offset<flatbuffers::String> put(flatbuffers::FlatBufferBuilder& builder,
                                                    std::string_view text) {
  if (text.empty()) return {};
  return builder.CreateString(text.data(), text.size());
}

inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_bytes(
    flatbuffers::FlatBufferBuilder& builder, std::string_view bytes) {
  if (bytes.empty()) return {};
  return builder.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// Of where a step runs, and whether it is pure.
[[nodiscard]] inline bool is_default_place(const StepOptions& options) noexcept {
  return options.runs_on == RunsOn::pool && !options.pure;
}
/// Of all the rest.
[[nodiscard]] bool is_default_but_place(const StepOptions& options) noexcept;

/// Null offset for default options.
flatbuffers::Offset<wire::StepOptions> put(flatbuffers::FlatBufferBuilder& builder,
                                           const StepOptions& options);
/// Default options for null. False if a number is not known.
bool get(const wire::StepOptions* table, StepOptions& options) noexcept;

/// Null offset for a plain payload.
flatbuffers::Offset<wire::Packed> put(flatbuffers::FlatBufferBuilder& builder,
                                      const Packed& packed);
/// Plain for null. False if a number is not known, or the size is none.
bool get(const wire::Packed* table, Packed& packed) noexcept;

using WatchedVector = flatbuffers::Vector<const wire::Watched*>;
/// Null offset for none.
flatbuffers::Offset<WatchedVector> put(flatbuffers::FlatBufferBuilder& builder,
                                       const std::vector<detail::WatchHash>& state);
/// None for null.
void get(const WatchedVector* vector, std::vector<detail::WatchHash>& state);

}  // namespace reprise::replay

// Events for fuzzing: made from bytes, changed field by field, compared.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "fuzz/fuzz.h"
#include "replay/event.h"

namespace reprise::fuzz {

/// The texts that events made here point into.
using Texts = std::deque<std::string>;

/// Every kind there is.
[[nodiscard]] replay::EventKind kind_at(std::size_t index) noexcept;

/// An event of the next bytes, most of its fields small numbers that meet those of others.
replay::Event event_from(Input& input, Texts& texts);

/// Gives one field of the event another value.
void change(replay::Event& event, Dice& dice, Texts& texts);

/// An event's bytes with a field changed, or as libFuzzer changes bytes.
std::string changed_event(std::string_view bytes, Dice& dice, std::size_t max_size);

/// The event as a text that says all of it.
[[nodiscard]] std::string all_of(const replay::Event& event);

/// Each kind with each field set, and each way a payload is packed: as the golden files have them.
std::vector<std::string> some_events();

[[nodiscard]] std::string bytes_of(const replay::Event& event);

}  // namespace reprise::fuzz

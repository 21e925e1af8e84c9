// What an engine says about itself, and where its lines go.
//
// Lines are structured: an event name that never changes, one sentence for people, and fields.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reprise/ids.h>

namespace reprise {

/// How much a line matters.
enum class LogLevel : std::uint8_t { debug, info, warning, error };
/// "debug", "info", "warning", "error".
[[nodiscard]] std::string_view name(LogLevel level) noexcept;

struct LogField {
  std::string_view key;
  std::string value;
};

/// One line. Views are valid during the call that hands it over.
struct LogLine {
  LogLevel level = LogLevel::info;
  Nanos time = 0;          ///< Wall time by the engine's clock.
  std::string_view event;  ///< "opened", "paused", "workflow" …: stable, for filters.
  std::string_view text;   ///< What happened and what to do, for people.
  std::span<const LogField> fields;
};

/// How lines to stderr look.
enum class LogStyle : std::uint8_t {
  text,  ///< time level event: sentence key=value …
  json,  ///< One JSON object a line.
};

/// Where an engine's lines go.
struct LogOptions {
  /// Lines below it are not made at all; nullopt = none is. Lines of Context::log count as well.
  std::optional<LogLevel> level = LogLevel::warning;
  LogStyle style = LogStyle::text;
  /// Takes the lines instead of stderr. Called on any engine thread, one call at a time; must not
  /// block, nor call the engine. What it throws is dropped.
  std::function<void(const LogLine&)> sink{};
};

}  // namespace reprise

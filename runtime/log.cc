#include "runtime/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iterator>
#include <mutex>
#include <utility>

namespace reprise::runtime {
namespace {

std::string time_text(Nanos time) {
  const auto seconds = time / 1'000'000'000;
  const auto millis = time / 1'000'000 % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     millis);
}

std::string text_of(const LogLine& line) {
  std::string text =
      fmt::format("{} {} {}: {}", time_text(line.time), name(line.level), line.event, line.text);
  for (const LogField& field : line.fields) {
    fmt::format_to(std::back_inserter(text), " {}={}", field.key, field.value);
  }
  return text;
}

std::string json_of(const LogLine& line) {
  nlohmann::ordered_json json;
  json["time"] = time_text(line.time);
  json["level"] = name(line.level);
  json["event"] = line.event;
  json["text"] = line.text;
  for (const LogField& field : line.fields) json[std::string(field.key)] = field.value;
  // Ids and failures may hold any bytes.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

spdlog::level::level_enum level_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

/// Either the host's function, one call at a time, or a spdlog logger of our own: not in spdlog's
/// registry, which is the host's.
struct Logger::Sink {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> out;
};

Logger::Logger(LogOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), sink_(std::make_unique<Sink>()) {
  if (!options_.level || options_.sink) return;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink_->out = std::make_shared<spdlog::logger>("reprise", std::move(sink));
  sink_->out->set_pattern("%v");  // The line is made here, by the engine's clock.
  sink_->out->set_level(spdlog::level::trace);
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view event, std::string_view text,
                   std::initializer_list<LogField> fields) const noexcept {
  if (!wants(level)) return;
  try {
    LogLine line;
    line.level = level;
    line.time = clock_.wall();
    line.event = event;
    line.text = text;
    line.fields = {fields.begin(), fields.size()};
    if (options_.sink) {
      std::lock_guard lock(sink_->mutex);
      options_.sink(line);
      return;
    }
    const bool json = options_.style == LogStyle::json;
    sink_->out->log(level_of(level), json ? json_of(line) : text_of(line));
  } catch (...) {  // NOLINT: a line lost is better than an engine stopped by its logger.
  }
}

}  // namespace reprise::runtime

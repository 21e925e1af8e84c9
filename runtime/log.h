// The engine's own lines: to the host's sink, or to stderr. The only place that knows spdlog.
//
// Threads: any.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <reprise/clock.h>
#include <reprise/log.h>

namespace reprise::runtime {

class Logger {
 public:
  /// `clock` must outlive it.
  Logger(LogOptions options, const Clock& clock);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Ask before building what is costly to build.
  [[nodiscard]] bool wants(LogLevel level) const noexcept {
    return options_.level && level >= *options_.level;
  }
  /// Hands one line on if its level is wanted. Whatever a sink throws is dropped.
  void write(LogLevel level, std::string_view event, std::string_view text,
             std::initializer_list<LogField> fields = {}) const noexcept;

 private:
  struct Sink;
  LogOptions options_;
  const Clock& clock_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace reprise::runtime

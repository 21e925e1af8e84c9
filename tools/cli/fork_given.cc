// How what a variant says is written: KIND:NAME=VALUE.
#include <charconv>
#include <utility>

#include "tools/cli/text.h"
#include "tools/cli/what_if.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t told_max = 120;

Error wrong(std::string_view text, std::string_view what) {
  return {Code::invalid_argument, fmt::format("--set {}: {}", shown(text, told_max), what)};
}

/// `TYPE` or `TYPE:message`, not to be retried.
Failure failure_of(std::string_view text, Given::Kind kind) {
  Failure failure;
  const auto code = kind == Given::Kind::step ? Code::step_failed : Code::workflow_failed;
  failure.code = static_cast<std::uint16_t>(code);
  failure.type = text.substr(0, text.find(':'));
  const bool named = failure.type.size() < text.size();
  failure.message = named ? text.substr(failure.type.size() + 1) : text;
  failure.retryable = false;
  return failure;
}

std::optional<Given::Kind> kind_of(std::string_view text) {
  if (text == "step") return Given::Kind::step;
  if (text == "signal") return Given::Kind::signal;
  if (text == "child") return Given::Kind::child;
  return std::nullopt;
}

/// Takes `#2` off the end of a name.
bool take_count(Given& given) {
  const auto mark = given.name.rfind('#');
  if (mark == std::string::npos) return true;
  const auto* first = given.name.data() + mark + 1;
  const auto* last = given.name.data() + given.name.size();
  const auto read = std::from_chars(first, last, given.count);
  if (read.ec != std::errc() || read.ptr != last || given.count == 0) return false;
  given.name.resize(mark);
  return true;
}

}  // namespace

Result<Given> parse_given(std::string_view text) {
  const auto colon = text.find(':');
  const auto equals = text.find('=');
  if (colon == std::string_view::npos || equals == std::string_view::npos || equals < colon) {
    return wrong(text, "write step:NAME=…, signal:NAME=… or child:ID=…");
  }
  const auto kind = kind_of(text.substr(0, colon));
  if (!kind) return wrong(text, "what can be set is a step, a signal or a child");
  Given given;
  given.kind = *kind;
  given.name = text.substr(colon + 1, equals - colon - 1);
  given.text = text;
  if (!take_count(given)) return wrong(text, "behind # stands a number from 1 up: step:NAME#2=…");
  if (given.name.empty()) return wrong(text, "the name is missing");
  const auto value = text.substr(equals + 1);
  constexpr std::string_view throws = "throw:";
  if (value.starts_with(throws)) {
    if (*kind == Given::Kind::signal) return wrong(text, "a signal has a value: it throws nothing");
    if (value == throws) return wrong(text, "write throw:TYPE or throw:TYPE:message");
    given.outcome = failure_of(value.substr(throws.size()), *kind);
    return given;
  }
  if (!value.empty() && !nlohmann::json::accept(value)) {
    return wrong(text, "the value is no JSON; a text is written \"…\", in quotes");
  }
  given.outcome = value.empty() ? Payload{} : Payload{Encoding::json, std::string(value)};
  return given;
}

}  // namespace reprise::cli

#include "tools/cli/json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <reprise/error.h>

#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? digits[(group >> (18 - 6 * k)) & 63] : '=');
    }
  }
  return out;
}

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::none: return "none";
    case Encoding::json: return "json";
    case Encoding::raw: return "raw";
    case Encoding::flatbuffer: return "flatbuffer";
    case Encoding::custom: return "custom";
    case Encoding::list: return "list";
  }
  return "unknown";
}

/// Writing JSON recurses into it, so what came from a file must not nest without bound.
bool nests_deeply(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > 500) return true;
  }
  return false;
}

Json payload_json(const Payload& payload, std::uint64_t size) {
  Json told = {{"encoding", name_of(payload.encoding)}};
  if (payload.bytes.size() != size) {
    told["size"] = size;
    return told;
  }
  if (auto value = json_of(payload)) {
    told["value"] = std::move(*value);
    return told;
  }
  told["base64"] = base64(payload.bytes);
  return told;
}

void set_text(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

void set_time(Json& json, const char* key, Nanos time) {
  if (time != 0) json[key] = time_exact(time);
}

Json failure_json(const Failure& failure) {
  Json told = {{"code", name(static_cast<Code>(failure.code))}};
  set_text(told, "type", failure.type);
  told["message"] = failure.message;
  told["retryable"] = failure.retryable;
  return told;
}

Json wait_json(const WaitInfo& wait) {
  Json told = {{"op", wait.op}, {"kind", wait.kind}};
  set_text(told, "name", wait.name);
  set_text(told, "site", wait.site);
  set_time(told, "since", wait.since);
  set_time(told, "due", wait.due);
  if (wait.attempt != 0) told["attempt"] = wait.attempt;
  return told;
}

std::string times(std::uint32_t count) {
  if (count == 0) return "never";
  return count == 1 ? "once" : fmt::format("{} times", count);
}

}  // namespace

std::string ran_text(const replay::Effect& effect) {
  std::string text = times(effect.most());
  if (effect.least() != effect.most()) {
    text = effect.most() == 1 ? "once or not at all"
                              : fmt::format("{} to {} times", effect.least(), effect.most());
  }
  return effect.pure ? text + ", or more: it is pure" : text;
}

std::string line_of(const Json& json) {
  // ASCII: a terminal takes some characters beyond it for controls.
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::optional<Json> json_of(const Payload& payload) {
  if (payload.encoding != Encoding::json || nests_deeply(payload.bytes)) return std::nullopt;
  auto value = Json::parse(payload.bytes, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string to_json(const InstanceInfo& info, const std::vector<EventInfo>& reasons,
                    const Ending& ending) {
  Json json;
  json["space"] = info.key.space;
  json["id"] = info.key.id;
  json["run"] = fmt::format("{:016x}", info.run.value);
  json["workflow"] = info.workflow;
  json["status"] = name(info.status);
  set_text(json, "paused", info.paused);
  set_text(json, "detail", info.detail);
  set_time(json, "started", info.started);
  set_time(json, "closed", info.closed);
  json["events"] = info.events;
  json["history_bytes"] = info.history_bytes;
  json["unread_signals"] = info.unread_signals;
  for (const auto& wait : info.waits) json["waits"].push_back(wait_json(wait));
  for (const auto& event : reasons) {
    json["reasons"].push_back({{"seq", event.seq},
                               {"time", time_exact(event.time)},
                               {"kind", event.kind},
                               {"text", event.text}});
  }
  const auto& payload = ending.event.payload;
  if (payload.encoding != Encoding::none) {
    json["result"] = payload_json(payload, ending.payload_size);
  }
  if (ending.event.failure) json["failure"] = failure_json(*ending.event.failure);
  return line_of(json);
}

std::string to_json(const ToldEvent& told) {
  const EventInfo& event = told.info;
  Json json;
  json["seq"] = event.seq;
  json["time"] = time_exact(event.time);
  json["kind"] = event.kind;
  if (event.op != 0) json["op"] = event.op;
  set_text(json, "name", event.name);
  set_text(json, "target", told.target.id);
  set_text(json, "target_space", told.target.space);
  if (event.attempt != 0) json["attempt"] = event.attempt;
  set_text(json, "text", event.text);
  if (event.payload.encoding != Encoding::none) {
    json["payload"] = payload_json(event.payload, told.payload_size);
  }
  if (event.failure) json["failure"] = failure_json(*event.failure);
  set_time(json, "due", event.due);
  set_text(json, "site", event.site);
  set_text(json, "state", event.state);
  return line_of(json);
}

std::string to_json(const runtime::Explanation& told) {
  Json json;
  json["space"] = told.info.key.space;
  json["id"] = told.info.key.id;
  json["workflow"] = told.info.workflow;
  json["status"] = name(told.info.status);
  set_text(json, "paused", told.info.paused);
  set_text(json, "first", told.first);
  for (const auto& need : told.needs) {
    Json wait = wait_json(need.wait);
    wait["needs"] = need.text;
    if (need.failures_left) wait["failures_left"] = *need.failures_left;
    json["waits"].push_back(std::move(wait));
  }
  for (const auto& event : told.woken) {
    Json woken = {{"seq", event.seq}, {"time", time_exact(event.time)}, {"kind", event.kind}};
    set_text(woken, "name", event.name);
    if (event.op != 0) woken["op"] = event.op;
    json["woken"].push_back(std::move(woken));
  }
  for (const auto& [op, effect] : told.effects) {
    json["bodies"].push_back({{"op", op},
                              {"name", effect.name},
                              {"ran", ran_text(effect)},
                              {"returned", effect.returned},
                              {"threw", effect.threw},
                              {"not_known", effect.unknown},
                              {"pure", effect.pure},
                              {"site", effect.site}});
  }
  return line_of(json);
}

}  // namespace reprise::cli

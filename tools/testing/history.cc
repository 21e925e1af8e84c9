#include <reprise/testing/history.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace reprise::testing {
namespace {

using Events = std::vector<EventInfo>;

/// Answers name no operation but by its number.
std::map<OpId, std::string> names_of(const Events& events) {
  std::map<OpId, std::string> names;
  for (const auto& event : events) {
    if (event.op != 0 && !event.name.empty()) names.try_emplace(event.op, event.name);
  }
  return names;
}

std::string name_of(const EventInfo& event, const std::map<OpId, std::string>& names) {
  if (!event.name.empty()) return event.name;
  const auto found = names.find(event.op);
  return found == names.end() ? std::string() : found->second;
}

bool ends_operation(std::string_view kind) {
  return kind == "step_completed" || kind == "child_completed" || kind == "child_start_failed" ||
         kind == "signal_delivered" || kind == "operation_cancelled";
}

/// First and last event of the first operation so called: 0 where there is none.
std::pair<Seq, Seq> span_of(const Events& events, std::string_view name) {
  OpId op = 0;
  std::pair<Seq, Seq> span;
  for (const auto& event : events) {
    if (op == 0 && event.op != 0 && event.name == name) {
      op = event.op;
      span.first = event.seq;
    }
    if (op != 0 && event.op == op && ends_operation(event.kind)) span.second = event.seq;
  }
  return span;
}

std::optional<std::string> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The first line in which they differ, with its number.
std::string difference(std::string_view expected, std::string_view found) {
  const auto line = [](std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto first = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    return first;
  };
  for (std::size_t number = 1; !expected.empty() || !found.empty(); ++number) {
    const bool ended = expected.empty();
    const bool missing = found.empty();
    const auto was = line(expected);
    const auto is = line(found);
    if (was == is && ended == missing) continue;
    return fmt::format("line {} is \"{}\", expected \"{}\"", number, missing ? "(end)" : is,
                       ended ? "(end)" : was);
  }
  return "only the line ends differ";
}

}  // namespace

std::size_t History::count(std::string_view kind, std::string_view name) const {
  const auto names = names_of(events_);
  return static_cast<std::size_t>(
      std::count_if(events_.begin(), events_.end(), [&](const EventInfo& event) {
        return event.kind == kind && (name.empty() || name_of(event, names) == name);
      }));
}

Verdict History::ran_once(std::string_view step) const {
  auto verdict = started(step, 1);
  if (verdict && count("step_completed", step) != 1) {
    return Verdict(fmt::format("step \"{}\" was started once, and has not completed", step));
  }
  return verdict;
}

Verdict History::started(std::string_view step, std::size_t times) const {
  const auto found = count("step_scheduled", step);
  if (found == times) return {};
  return Verdict(fmt::format("step \"{}\" was started {} times, not {}; the history:\n{}", step,
                             found, times, text()));
}

Verdict History::happened_before(std::string_view first, std::string_view second) const {
  const auto before = span_of(events_, first);
  const auto after = span_of(events_, second);
  for (const auto& [name, begun] : {std::pair(first, before.first), {second, after.first}}) {
    if (begun == 0) return Verdict(fmt::format("there is no \"{}\" in the history", name));
  }
  if (before.second == 0) return Verdict(fmt::format("\"{}\" has not ended", first));
  if (before.second < after.first) return {};
  return Verdict(fmt::format("\"{}\" ended at event {}, \"{}\" began at {} already", first,
                             before.second, second, after.first));
}

std::string History::text() const {
  const auto names = names_of(events_);
  std::string text;
  for (const auto& event : events_) {
    text += event.kind;
    if (event.op != 0) text += fmt::format(" #{}", event.op);
    if (const auto name = name_of(event, names); !name.empty()) text += " " + name;
    if (event.attempt > 1) text += fmt::format(" attempt {}", event.attempt);
    if (event.failure) text += ": " + event.failure->message;
    text += '\n';
  }
  return text;
}

Verdict History::matches(const std::string& golden_file) const {
  const char* update = std::getenv("REPRISE_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream file(golden_file, std::ios::binary | std::ios::trunc);
    if (file << text() << std::flush) return {};
    return Verdict(fmt::format("{} could not be written", golden_file));
  }
  const auto expected = read(golden_file);
  if (!expected) {
    return Verdict(
        fmt::format("{} can't be read; with REPRISE_UPDATE_GOLDEN=1 it is written", golden_file));
  }
  const auto found = text();
  if (found == *expected) return {};
  return Verdict(fmt::format("{}: {}; with REPRISE_UPDATE_GOLDEN=1 it is written anew", golden_file,
                             difference(*expected, found)));
}

}  // namespace reprise::testing

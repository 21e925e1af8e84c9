// `stats`: what a store holds, how much of it, and what in it does not move.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/json.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t stuck_told = 10;

/// One that does not move by itself, or not for long already.
struct Stuck {
  InstanceKey key;
  std::string why;
  Nanos since = 0;
};

struct Stats {
  std::map<std::string, std::map<InstanceStatus, std::uint64_t>> by_workflow;
  std::map<InstanceStatus, std::uint64_t> by_status;
  std::uint64_t instances = 0;
  std::uint64_t events = 0;
  std::uint64_t history_bytes = 0;
  std::uint64_t largest_bytes = 0;
  InstanceKey largest;
  InstanceKey oldest;  ///< Of those that are open.
  Nanos oldest_since = 0;
  InstanceKey longest;  ///< Waits longest for one thing.
  std::string longest_for;
  Nanos longest_since = 0;
  std::vector<Stuck> stuck;
  std::uint64_t disk_bytes = 0;
  std::map<std::string, std::uint64_t> parts;  ///< Bytes of what the store keeps, by what it is.
  std::vector<std::string> damaged;
};

std::string wait_text(const WaitInfo& wait) {
  return fmt::format(
      "{} {}", wait.kind,
      wait.name.empty() ? fmt::format("(op {})", wait.op) : shown(wait.name, name_width));
}

/// Why nothing will happen to it by itself, or should have happened by `now`.
void take_stuck(const InstanceInfo& info, Nanos now, Stats& stats) {
  if (info.closed != 0) return;
  if (info.status == InstanceStatus::paused) {
    stats.stuck.push_back({info.key, fmt::format("paused ({})", info.paused), info.started});
  }
  for (const auto& wait : info.waits) {
    if (wait.due != 0 && wait.due < now) {
      stats.stuck.push_back({info.key, wait_text(wait) + " is overdue", wait.due});
    } else if (wait.kind == "step" && wait.due != 0) {
      stats.stuck.push_back({info.key,
                             fmt::format("{} has failed {}, and is tried again", wait_text(wait),
                                         counted(wait.attempt, "time", "times")),
                             wait.since});
    }
  }
}

void take(const InstanceInfo& info, Nanos now, Stats& stats) {
  ++stats.instances;
  ++stats.by_status[info.status];
  ++stats.by_workflow[info.workflow][info.status];
  stats.events += info.events;
  stats.history_bytes += info.history_bytes;
  if (info.history_bytes > stats.largest_bytes) {
    stats.largest_bytes = info.history_bytes;
    stats.largest = info.key;
  }
  if (info.closed != 0) return;
  if (stats.oldest_since == 0 || info.started < stats.oldest_since) {
    stats.oldest_since = info.started;
    stats.oldest = info.key;
  }
  for (const auto& wait : info.waits) {
    if (stats.longest_since != 0 && wait.since >= stats.longest_since) continue;
    stats.longest_since = wait.since;
    stats.longest = info.key;
    stats.longest_for = wait_text(wait);
  }
  take_stuck(info, now, stats);
}

/// Of all files below the path, or of the one it names. What can't be read counts nothing.
std::uint64_t bytes_on_disk(const std::string& path) {
  std::error_code failed;
  if (fs::is_regular_file(path, failed)) return fs::file_size(path, failed);
  std::uint64_t sum = 0;
  for (fs::recursive_directory_iterator at(path, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code unread;
    const auto size = at->is_regular_file(unread) ? at->file_size(unread) : 0;
    if (!unread) sum += size;
  }
  return sum;
}

/// Reads it all.
Result<void> measure(const journal::Store& store, Progress& progress, Stats& stats) {
  const std::pair<journal::Table, const char*> tables[] = {{journal::Table::rows, "rows"},
                                                           {journal::Table::chunks, "chunks"},
                                                           {journal::Table::index, "index"},
                                                           {journal::Table::blobs, "blobs"}};
  for (const auto& [table, called] : tables) {
    auto& sum = stats.parts[called];
    auto read = store.scan(table, "", "", [&](std::string_view key, std::string_view value) {
      progress.step("read rows");
      sum += key.size() + value.size();
      return true;
    });
    if (!read) return read;
  }
  auto& journal = stats.parts["journal"];
  for (ShardId shard = 0; shard < store.header().shards; ++shard) {
    auto read =
        store.read(shard, store.ends(shard).first, [&](Position, Epoch, std::string_view body) {
          progress.step("read records");
          journal += body.size();
          return true;
        });
    if (!read) return read;
  }
  return {};
}

Json key_json(const InstanceKey& key) { return {{"space", key.space}, {"id", key.id}}; }

Json json_of(const Stats& stats) {
  Json json = {{"instances", stats.instances},
               {"events", stats.events},
               {"history_bytes", stats.history_bytes},
               {"disk_bytes", stats.disk_bytes}};
  for (const auto& [status, count] : stats.by_status) json["statuses"][name(status)] = count;
  for (const auto& [workflow, counts] : stats.by_workflow) {
    Json one = {{"workflow", workflow}};
    for (const auto& [status, count] : counts) one["statuses"][name(status)] = count;
    json["workflows"].push_back(std::move(one));
  }
  const auto who = [&](const char* what, const InstanceKey& key, Nanos since) {
    if (since == 0) return;
    json[what] = key_json(key);
    json[what]["since"] = time_exact(since);
  };
  who("oldest_open", stats.oldest, stats.oldest_since);
  who("longest_waiting", stats.longest, stats.longest_since);
  if (stats.longest_since != 0) json["longest_waiting"]["for"] = stats.longest_for;
  if (stats.largest_bytes != 0) {
    json["largest_history"] = key_json(stats.largest);
    json["largest_history"]["bytes"] = stats.largest_bytes;
  }
  json["stuck"] = Json::array();
  for (const auto& one : stats.stuck) {
    auto told = key_json(one.key);
    told["why"] = one.why;
    told["since"] = time_exact(one.since);
    json["stuck"].push_back(std::move(told));
  }
  for (const auto& [part, bytes] : stats.parts) json["bytes"][part] = bytes;
  if (!stats.damaged.empty()) json["damage"] = stats.damaged;
  return json;
}

std::string called(const InstanceKey& key) {
  return key.space.empty() ? shown(key.id, id_width)
                           : fmt::format("{} (namespace {})", shown(key.id, id_width),
                                         shown(key.space, id_width));
}

void tell_counts(const Stats& stats, const Console& console) {
  using Align = Table::Align;
  std::vector<std::pair<std::string, Align>> heads = {{"WORKFLOW", Align::left}};
  for (const auto& [status, count] : stats.by_status) {
    heads.emplace_back(name(status), Align::right);
  }
  heads.emplace_back("ALL", Align::right);
  Table table(heads);
  const auto add = [&](const std::string& called, const auto& counts) {
    std::vector<Table::Cell> row = {shown(called, name_width)};
    std::uint64_t sum = 0;
    for (const auto& [status, ignored] : stats.by_status) {
      const auto found = counts.find(status);
      const std::uint64_t count = found == counts.end() ? 0 : found->second;
      row.push_back({number(count), color_of(status)});
      sum += count;
    }
    row.emplace_back(number(sum));
    table.add(std::move(row));
  };
  for (const auto& [workflow, counts] : stats.by_workflow) add(workflow, counts);
  if (stats.by_workflow.size() > 1) add("all", stats.by_status);
  table.print(console.out, console.color);
  console.out << '\n';
}

void tell_text(const Stats& stats, const Console& console) {
  if (stats.instances != 0) tell_counts(stats, console);
  const auto line = [&](std::string_view what, const std::string& text) {
    console.out << fmt::format("{:<16} {}\n", what, text);
  };
  line("instances", std::to_string(stats.instances));
  line("histories", fmt::format("{}, {}", counted(stats.events, "event", "events"),
                                size_text(stats.history_bytes)));
  line("on disk", size_text(stats.disk_bytes));
  for (const auto& [part, bytes] : stats.parts) line("  " + part, size_text(bytes));
  if (stats.largest_bytes != 0) {
    line("largest history",
         fmt::format("{}, {}", called(stats.largest), size_text(stats.largest_bytes)));
  }
  if (stats.oldest_since != 0) {
    line("oldest open",
         fmt::format("{}, since {} UTC", called(stats.oldest), time_text(stats.oldest_since)));
  }
  if (stats.longest_since != 0) {
    line("longest waiting", fmt::format("{}, for {}, since {} UTC", called(stats.longest),
                                        stats.longest_for, time_text(stats.longest_since)));
  }
  if (stats.stuck.empty()) return;
  console.out << fmt::format("\n{}, or should have\n",
                             counted(stats.stuck.size(), "wait does not move by itself",
                                     "waits do not move by themselves"));
  using Align = Table::Align;
  Table table({{"STUCK", Align::left}, {"WHY", Align::left}, {"SINCE (UTC)", Align::left}});
  for (std::size_t i = 0; i < std::min(stats.stuck.size(), stuck_told); ++i) {
    const auto& one = stats.stuck[i];
    table.add({called(one.key), {one.why, color::yellow}, time_text(one.since)});
  }
  table.print(console.out, console.color);
  if (stats.stuck.size() > stuck_told) {
    console.out << fmt::format("and {} more; --output json names them\n",
                               stats.stuck.size() - stuck_told);
  }
}

}  // namespace

Result<int> stats(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  const Nanos now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
  Stats found;
  Progress progress(console);
  auto read = source->reader->each_info(
      [&](const InstanceInfo& info) {
        progress.step("read instances");
        take(info, now, found);
      },
      found.damaged);
  if (!read) return std::move(read).error();
  std::sort(found.stuck.begin(), found.stuck.end(), [](const Stuck& one, const Stuck& other) {
    return std::tie(one.since, one.key.space, one.key.id, one.why) <
           std::tie(other.since, other.key.space, other.key.id, other.why);
  });
  found.disk_bytes = bytes_on_disk(given.source);
  if (given.sizes) {
    if (auto measured = measure(*source->store, progress, found); !measured) {
      return std::move(measured).error();
    }
  }
  progress.clear();
  if (given.json) {
    console.out << line_of(json_of(found)) << '\n';
  } else {
    tell_text(found, console);
  }
  return tell_damage(found.damaged, console);
}

}  // namespace reprise::cli

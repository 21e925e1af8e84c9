// `corpus`: recorded histories as a regression suite. One file each, all replayed at once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "journal/journal_file.h"
#include "runtime/portable.h"
#include "tools/cli/commands.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/progress.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"
#include "tools/cli/verdict.h"

#include <fmt/format.h>
#include <reprise/hash.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t text_width = 500;

/// One file of the corpus, and how the code did against what it holds.
struct Case {
  std::string path;
  std::vector<Verdict> verdicts;
  std::optional<Error> error;  ///< The file could not be read.
  double seconds = 0;

  [[nodiscard]] bool sound() const {
    return !error && std::all_of(verdicts.begin(), verdicts.end(),
                                 [](const Verdict& one) { return one.sound(); });
  }
};

Result<std::vector<Case>> cases_in(const std::string& folder) {
  std::error_code failed;
  std::vector<Case> cases;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().extension() == ".journal") cases.push_back({at->path().string(), {}, {}, 0});
  }
  if (failed) {
    return Error(Code::not_found, fmt::format("{}: {}", folder, failed.message()));
  }
  if (cases.empty()) {
    return Error(Code::not_found,
                 fmt::format("{} holds no .journal file: `corpus add` puts some there", folder));
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& one, const Case& other) { return one.path < other.path; });
  return cases;
}

Result<void> replay_file(Case& one, const Registry& workflows) {
  auto source = open_source(one.path);
  if (!source) return std::move(source).error();
  Result<void> result;
  auto read = source->reader->each([&](RunId, const Result<runtime::Recorded>& recorded) {
    if (!recorded) {
      result = recorded.error();
    } else {
      one.verdicts.push_back(run_again(*recorded, workflows, std::numeric_limits<Seq>::max()));
    }
  });
  return read ? result : read;
}

void replay_case(Case& one, const Registry& workflows) {
  const auto start = std::chrono::steady_clock::now();
  if (auto done = replay_file(one, workflows); !done) one.error = done.error();
  one.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void replay_all(std::vector<Case>& cases, const Registry& workflows, std::size_t jobs,
                const Console& console) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      replay_case(cases[i], workflows);
      ++done;
    }
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(jobs, cases.size()); ++i) helpers.emplace_back(work);
  Progress progress(console);
  for (std::size_t i = next++; i < cases.size(); i = next++) {
    replay_case(cases[i], workflows);
    progress.at(fmt::format("replaying {} of {}", ++done, cases.size()));
  }
  helpers.clear();
}

/// As XML holds it; `shown` leaves no control character.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : shown(text, text_width)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string name_of(const Case& one) { return fs::path(one.path).filename().string(); }

/// Why one of its histories, or the file itself, does not pass.
std::string reason_of(const Case& one) {
  if (one.error) return fmt::format("{} ({})", one.error->message(), name(one.error->code()));
  for (const Verdict& verdict : one.verdicts) {
    if (!verdict.sound()) return fmt::format("{}: {}", verdict.info.key.id, reason_of(verdict));
  }
  return {};
}

Result<void> write_junit(const std::string& path, const std::vector<Case>& cases,
                         std::size_t failed) {
  std::ofstream out(path, std::ios::binary);
  double seconds = 0;
  for (const Case& one : cases) seconds += one.seconds;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      << fmt::format("<testsuite name=\"corpus\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n",
                     cases.size(), failed, seconds);
  for (const Case& one : cases) {
    const auto kind = one.verdicts.empty() ? "" : one.verdicts.front().info.workflow;
    out << fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", xml(kind),
                       xml(name_of(one)), one.seconds);
    if (one.sound()) {
      out << "/>\n";
    } else {
      out << fmt::format(">\n    <failure message=\"{}\"/>\n  </testcase>\n", xml(reason_of(one)));
    }
  }
  out << "</testsuite>\n";
  if (out.flush()) return {};
  return Error(Code::io_error, fmt::format("{} could not be written", path));
}

/// Those that are named, or all.
Result<std::vector<InstanceKey>> keys_of(const Arguments& given, runtime::Reader& reader) {
  std::vector<InstanceKey> keys;
  for (const auto& id : given.ids) keys.push_back({given.space.value_or(""), id});
  if (!keys.empty()) return keys;
  ListFilter filter;
  filter.space = given.space;
  filter.limit = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> damaged;
  auto found = reader.list(filter, damaged);
  if (!found) return std::move(found).error();
  // A suite that leaves some out without a word is worse than none.
  if (!damaged.empty()) return Error(Code::corrupt, damaged.front());
  for (auto& info : *found) keys.push_back(std::move(info.key));
  return keys;
}

/// An object for each history, and for a file that could not be read.
void tell_json(const Case& one, const Console& console) {
  nlohmann::ordered_json json = {{"file", name_of(one)}};
  if (one.error) {
    json["replays"] = false;
    json["error"] = {{"code", name(one.error->code())}, {"message", one.error->message()}};
    console.out << line_of(json) << '\n';
  }
  for (const Verdict& verdict : one.verdicts) {
    json.update(json_of(verdict));
    console.out << line_of(json) << '\n';
    json = {{"file", name_of(one)}};
  }
}

void tell_text(const std::vector<Case>& cases, std::size_t failed, const Console& console) {
  std::size_t histories = 0;
  for (const Case& one : cases) {
    histories += one.verdicts.size();
    if (one.sound()) continue;
    console.out << colored(shown(name_of(one), text_width), color::red, console.color) << '\n';
    if (one.error) console.out << "  " << shown(reason_of(one), text_width) << '\n';
    for (const Verdict& verdict : one.verdicts) {
      if (!verdict.sound()) tell(verdict, console);
    }
  }
  console.out << fmt::format(
      "{} in {}: {}\n", counted(histories, "history", "histories"),
      counted(cases.size(), "file", "files"),
      failed == 0 ? "all replay" : counted(failed, "file does not", "files do not"));
}

}  // namespace

Result<int> corpus_add(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  std::error_code failed;
  fs::create_directories(given.to, failed);
  if (failed) return Error(Code::io_error, fmt::format("{}: {}", given.to, failed.message()));
  std::size_t added = 0;
  auto keys = keys_of(given, *source->reader);
  if (!keys) return std::move(keys).error();
  for (const auto& key : *keys) {
    auto exported = source->reader->exported(key);
    if (!exported) return std::move(exported).error();
    auto file = runtime::begin_file(*source->store);
    runtime::add(file, std::move(*exported));
    // By what it holds: no name from a store becomes one of a file, and none is there twice.
    const auto path =
        fs::path(given.to) / fmt::format("{:016x}.journal", hash64(journal::encode(file)));
    if (fs::exists(path)) continue;
    auto written = journal::write_journal_file(path.string(), file);
    if (!written) return std::move(written).error();
    ++added;
  }
  if (given.json) {
    console.out << line_of({{"folder", given.to},
                            {"added", added},
                            {"there_before", keys->size() - added}})
                << '\n';
    return exits::done;
  }
  console.out << fmt::format("{} added to {}, {} there before\n",
                             counted(added, "history", "histories"), shown(given.to, text_width),
                             keys->size() - added);
  return exits::done;
}

Result<int> corpus_run(const Arguments& given, const Console& console, const Registry& workflows) {
  if (workflows.entries().empty()) return no_workflows();
  auto cases = cases_in(given.source);
  if (!cases) return std::move(cases).error();
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  replay_all(*cases, workflows, given.limit.value_or(cores), console);
  const auto failed = static_cast<std::size_t>(
      std::count_if(cases->begin(), cases->end(), [](const Case& one) { return !one.sound(); }));
  if (given.json) {
    for (const Case& one : *cases) tell_json(one, console);
  } else {
    tell_text(*cases, failed, console);
  }
  if (!given.to.empty()) {
    if (auto told = write_junit(given.to, *cases, failed); !told) return std::move(told).error();
  }
  return failed == 0 ? exits::done : exits::found;
}

}  // namespace reprise::cli

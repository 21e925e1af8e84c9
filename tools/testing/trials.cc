#include "tools/testing/trials.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

namespace reprise::testing {

Trials::Trials(std::string workflow, std::string what, unsigned threads, bool progress)
    : workflow_(std::move(workflow)),
      what_(std::move(what)),
      threads_(threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency())),
      progress_(progress && ::isatty(STDERR_FILENO) != 0) {}

void Trials::run(std::size_t count, std::size_t violations,
                 const std::function<void(std::size_t)>& one) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr thrown;  // By the test's own mocks: for its own thread.
  const auto work = [&](bool tells) {
    try {
      for (std::size_t i = next++; i < count; i = next++) {
        one(i);
        if (tells) tell(i, count, violations);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads_; ++i) others.emplace_back([&] { work(false); });
    work(true);
  }
  if (told_) fmt::print(stderr, "\r\033[K");
  if (thrown) std::rethrow_exception(thrown);
}

void Trials::tell(std::size_t done, std::size_t of, std::size_t violations) {
  if (!progress_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_at_ < std::chrono::milliseconds(100)) return;
  told_at_ = now;
  told_ = true;
  fmt::print(stderr, "\r\033[K{}  {}/{} {}, {} violations", workflow_, done, of, what_, violations);
}

Spread::Spread(const std::vector<std::size_t>& counts, std::size_t most) : most_(most) {
  ends_.reserve(counts.size());
  for (const std::size_t count : counts) ends_.push_back(all() + count);
}

Spread::Place Spread::operator[](std::size_t i) const {
  // i * all() / size(), without a product that is too large.
  const auto which = i * (all() / size()) + i * (all() % size()) / size();
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), which);
  return {static_cast<std::size_t>(end - ends_.begin()),
          which - (end == ends_.begin() ? 0 : *(end - 1))};
}

std::string Journals::write(TestEngine& engine, const std::string& workflow,
                            const std::string& path) {
  constexpr std::size_t instances_max = 10'000;
  std::string name = fmt::format("{}-{}-{}", workflow, kind_, path);
  for (const char c : {'/', ':', ' '}) std::replace(name.begin(), name.end(), c, '-');
  const auto file = folder() / (name + ".journal");
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  const auto all = engine->list({.limit = instances_max});
  if (!all) return {};
  std::vector<Id> ids;
  for (const auto& info : *all) ids.emplace_back(info.key);
  return engine->export_journal(ids, file.string()).ok() ? file.string() : std::string();
}

const std::filesystem::path& Journals::folder() {
  if (folder_.empty() && !wanted_.empty()) {
    folder_ = wanted_;
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
  }
  if (folder_.empty()) {
    auto made =
        (std::filesystem::temp_directory_path() / ("reprise-" + kind_ + "-XXXXXX")).string();
    if (::mkdtemp(made.data()) != nullptr) folder_ = made;
  }
  return folder_;
}

std::string this_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string command;
  for (std::string part; std::getline(file, part, '\0');) {
    if (!command.empty()) command += ' ';
    command += quoted(std::move(part));
  }
  return command;
}

std::string quoted(std::string word) {
  const bool plain = word.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-+=./:,@%") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string name_in(const Registry& workflows, const void* workflow) {
  if (const auto* known = workflows.find(workflow)) return known->name;
  throw Error(Code::unregistered, "the workflow is not in the Registry; add it");
}

std::optional<std::string> asked_of(const char* variable, const Registry& workflows,
                                    std::string_view workflow) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view asked(text);
  const auto names = [&](std::string_view name) {
    return asked.starts_with(name) && asked.substr(name.size()).starts_with(':');
  };
  if (!names(workflow)) return std::nullopt;
  // A path may hold colons, a workflow's name too: the longest one is meant.
  for (const auto& known : workflows.entries()) {
    if (known.name.size() > workflow.size() && names(known.name)) return std::nullopt;
  }
  return std::string(asked.substr(workflow.size() + 1));
}

std::string again(const char* variable, const std::string& workflow, const std::string& path) {
  return fmt::format("{}={} {}", variable, quoted(workflow + ":" + path), this_command());
}

}  // namespace reprise::testing

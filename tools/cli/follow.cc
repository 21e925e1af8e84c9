#include "tools/cli/follow.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/reader.h"
#include "tools/cli/events.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr Nanos period = 250'000'000;
/// A look that takes long is taken less often.
constexpr Nanos share = 10;
constexpr std::size_t text_width = 60;

/// Sizes of a database's files: while none changes, nothing was recorded.
std::map<std::string, std::uint64_t> sizes_of(const std::string& store) {
  std::map<std::string, std::uint64_t> sizes;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(store + "/db", failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    sizes[at->path().filename().string()] = at->file_size(gone);
  }
  return sizes;
}

class Follower {
 public:
  Follower(const Arguments& given, const Console& console)
      : given_(given), console_(console), key_{given.space.value_or(""), given.ids.front()} {}

  /// Tells what is new. The exit code, once there is no more to follow.
  Result<std::optional<int>> look();

 private:
  void tell(const ToldEvent& told);
  std::optional<int> over(std::string_view why);

  const Arguments& given_;
  const Console& console_;
  InstanceKey key_;
  std::optional<RunId> run_;
  Seq told_ = 0;  ///< The last event that was looked at.
  std::size_t count_ = 0;
  Nanos before_ = 0;
};

std::optional<int> Follower::over(std::string_view why) {
  console_.err << console_.program << ": " << why << '\n';
  return exits::found;
}

void Follower::tell(const ToldEvent& told) {
  if (given_.json) {
    console_.out << to_json(told) << '\n';
    return;
  }
  const auto& event = told.info;
  // A line at a time: no column can wait for what comes later.
  auto line = fmt::format("{:>5}  {}  {:>8}  {}", event.seq,
                          colored(time_text(event.time), color::dim, console_.color),
                          before_ == 0 ? "" : delta_text(apart(before_, event.time)),
                          colored(fmt::format("{:<22}", event.kind), color::cyan, console_.color));
  const auto add = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) line += fmt::format("  {}{}", what, text);
  };
  add("", shown(event.name, name_width));
  add("", shown(told.target.id, id_width));
  add("op ", number(event.op));
  add("attempt ", number(event.attempt));
  add("due ", time_text(event.due));
  add("", shown(event.text, text_width));
  add("", shown(event.payload, told.payload_size, text_width));
  if (event.failure) {
    add("", colored(shown(event.failure->message, text_width), color::red, console_.color));
  }
  add("at ", shown(event.site, text_width));
  console_.out << line << '\n';
  before_ = event.time;
}

Result<std::optional<int>> Follower::look() {
  auto store = open_beside(given_.source);
  if (!store) return std::move(store).error();
  runtime::Reader reader(**store);
  auto info = reader.describe(key_);
  if (info.code() == Code::not_found && run_) {
    return over("it was deleted before its end could be told");
  }
  if (!info) return std::move(info).error();
  if (!run_) {
    for (const auto& note : (*store)->report().notes) {
      console_.err << "note: " << shown(note, 2000) << '\n';
    }
    run_ = info->run;
  }
  if (*run_ != info->run) {
    return over("it has ended, and another run has its id now; its last events were not told");
  }
  if (info->events < told_) {
    return over(
        fmt::format("its history ends at event {} now: the store is an older one", info->events));
  }
  const auto full = [&] { return given_.limit && count_ >= *given_.limit; };
  auto recorded = reader.recorded(key_);
  if (!recorded) return std::move(recorded).error();
  auto read = each_event(*recorded, given_.events, [&](const ToldEvent& event) {
    if (event.info.seq <= told_) return true;
    told_ = event.info.seq;
    if (event.asked_for) {
      tell(event);
      ++count_;
    }
    return !full();
  });
  console_.out.flush();
  if (!read) return std::move(read).error();
  if (full() || info->closed != 0) return std::optional<int>(exits::done);
  return std::optional<int>();
}

}  // namespace

Wait real_wait() {
  return [](Nanos time) { std::this_thread::sleep_for(std::chrono::nanoseconds(time)); };
}

Result<int> follow(const Arguments& given, const Console& console, const Wait& wait) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(given.source, ignored)) {
    return Error(Code::invalid_argument, "A journal file does not grow: follow a store.");
  }
  if (given.ids.empty()) {
    return Error(Code::invalid_argument, "Say which instance to follow: give its ID.");
  }
  if (given.picture != Arguments::Picture::none) {
    return Error(Code::invalid_argument,
                 "A picture is drawn of what is there: leave out --follow.");
  }
  Follower follower(given, console);
  std::map<std::string, std::uint64_t> sizes;
  for (bool first = true;; first = false) {
    auto now = sizes_of(given.source);
    Nanos took = 0;
    if (first || now != sizes) {
      const auto start = std::chrono::steady_clock::now();
      auto looked = follower.look();
      const bool busy = looked.code() == Code::store_locked && !first;
      if (!looked && !busy) return std::move(looked).error();
      if (looked && *looked) return **looked;
      took = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
      if (!busy) sizes = std::move(now);
    }
    if (!console.out) return exits::io;  // Whoever read it has gone.
    wait(std::max(period, took * (share - 1)));
  }
}

}  // namespace reprise::cli

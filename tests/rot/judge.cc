#include "tests/rot/judge.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "support/store_check.h"

#include <fmt/format.h>

namespace reprise::rot {
namespace {

namespace fs = std::filesystem;

/// What damage may be answered with.
bool is_told(Code code) {
  return code == Code::corrupt || code == Code::missing_data || code == Code::newer_format ||
         code == Code::store_unusable || code == Code::io_error;
}

std::string text_of(const Error& error) {
  return fmt::format("{}: {}", name(error.code()), error.message());
}

/// The file whose bytes differ, is missing, or was not there.
std::string first_change(const Tree& before, const Tree& after) {
  for (const auto& [name, bytes] : before) {
    const auto found = after.find(name);
    if (found == after.end()) return name + " is gone";
    if (found->second != bytes) return name + " has other bytes";
  }
  for (const auto& [name, bytes] : after) {
    if (!before.contains(name)) return name + " is new";
  }
  return "";
}

class Judge {
 public:
  Judge(const Sample& sample, const Damage& damage, const Tree& tree, std::string path)
      : sample_(sample), damage_(damage), tree_(tree), path_(std::move(path)) {}

  Judgement run(Look look) {
    test::make_tree(path_, tree_);
    auto store = journal::open_rocks_store({.path = path_});
    if (!store) {
      refused(store.error());
      if (look == Look::twice && store.code() == Code::missing_data) expect_findings();
      return std::move(result_);
    }
    if ((*store)->report().created) violate("a new store was made in its place");
    if (!(*store)->report().given_up.empty()) violate("a loss was given up that nobody accepted");
    // Of a rolled back store the engine's clients would rightly say that much is gone.
    if (look == Look::engine && rolled_back() == damage_.end()) {
      opened_by_engine(std::move(*store));
    } else {
      const auto state = opened(**store);
      if (state && look == Look::twice) look_again(std::move(*store), *state);
    }
    return std::move(result_);
  }

 private:
  void violate(std::string what) {
    if (result_.violation.empty()) result_.violation = std::move(what);
  }

  void refused(const Error& error) {
    result_.outcome = Outcome::refused;
    result_.answer = text_of(error);
    if (!is_told(error.code())) violate("refused with " + result_.answer);
    if (error.message().empty()) violate("refused without a word");
    const auto change = first_change(tree_, test::tree_of(path_));
    if (!change.empty()) violate(fmt::format("refused ({}), but {}", result_.answer, change));
    check_quarantine();
    check_missing(error.message());
  }

  /// Links of the database's files, and nothing else.
  void check_quarantine() {
    const fs::path folder = path_ + "/quarantine";
    if (!fs::exists(folder)) return;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      const auto original = tree_.find("db/" + file.path().filename().string());
      if (original == tree_.end() || test::read_bytes(file.path()) != original->second) {
        violate("refused, and the quarantine holds what is no link: " + file.path().string());
      }
    }
  }

  /// A message that names what is missing names positions that are claimed, and the way out.
  void check_missing(std::string_view message) {
    if (!message.starts_with("Missing: ")) return;
    const auto claims = claims_of(tree_.at("anchor"));
    Position position = 0;
    unsigned shard = 0;
    const std::string text(message);
    if (std::sscanf(text.c_str(), "Missing: record %lu of shard %u", &position, &shard) != 2 ||
        shard >= claims.size() || position == 0 || position > claims[shard]) {
      violate("the message names a record that is not claimed: " + text);
    } else if (text.find(fmt::format("({}, {})", shard, position - 1)) == std::string::npos) {
      violate("the message does not say which loss would be accepted: " + text);
    }
  }

  /// True when the damaged write-ahead file ends exactly where the one of `state` did: the same
  /// bytes that a kill at that moment would have left.
  [[nodiscard]] bool ends_with_a_record(const State& state) const {
    const auto found = tree_.find(sample_.write_ahead);
    const auto& whole = sample_.tree.at(sample_.write_ahead);
    return found != tree_.end() && found->second == whole.substr(0, state.write_ahead_size);
  }

  /// Which of the states that may be there is; nothing is a violation.
  [[nodiscard]] std::optional<std::size_t> find_state(const Served& served) {
    for (std::size_t i = sample_.states.size(); i-- > 0;) {
      if (difference(sample_.states[i].contents, served).empty()) return i;
    }
    std::string lost;
    const auto& claimed = sample_.states.front().contents;
    for (std::size_t shard = 0; shard < served.contents.shards.size(); ++shard) {
      const auto last = served.contents.shards[shard].last;
      if (last >= claimed.shards.at(shard).last) continue;
      lost = fmt::format("; shard {} ends at {}, claimed is {}", shard, last,
                         claimed.shards[shard].last);
    }
    violate("served: " + difference(sample_.all(), served) + lost);
    return std::nullopt;
  }

  [[nodiscard]] Damage::const_iterator rolled_back() const {
    return std::find_if(damage_.begin(), damage_.end(),
                        [](const Edit& edit) { return edit.kind == Edit::Kind::whole_folder; });
  }

  /// What may be there and is. Nothing when there was a violation.
  std::optional<Contents> opened(const journal::Store& store) {
    const auto served = read_all(store);
    for (const Error& error : served.errors) {
      if (!is_told(error.code())) violate("read with " + text_of(error));
    }
    if (!served.errors.empty()) result_.answer = text_of(served.errors.front());
    const auto state = state_of(store, served);
    if (!state) return std::nullopt;
    if (auto wrong = wrong_keys(store, *state); !wrong.empty()) violate("served: " + wrong);
    if (!served.errors.empty() && result_.outcome == Outcome::whole) {
      result_.outcome = Outcome::unreadable;
    }
    return *state;
  }

  std::optional<Contents> state_of(const journal::Store& store, const Served& served) {
    const auto rolled = rolled_back();
    if (rolled != damage_.end()) {
      result_.outcome = Outcome::rolled_back;
      const auto& then = sample_.older.at(rolled->numbers[0]).contents;
      const auto wrong = difference(then, served);
      if (wrong.empty()) return then;
      violate("rolled back, served: " + wrong);
      return std::nullopt;
    }
    const auto at = find_state(served);
    if (!at) return std::nullopt;
    const State& state = sample_.states[*at];
    result_.outcome = Outcome::whole;
    if (*at + 1 == sample_.states.size()) return state.contents;
    if (store.report().tail_bytes_dropped > 0) {
      result_.outcome = Outcome::torn;
    } else if (ends_with_a_record(state)) {
      result_.outcome = Outcome::cut;
    } else {
      violate("the tail is shorter, and the report does not say so");
    }
    return state.contents;
  }

  /// What the verifier says of the folder; nobody has it open.
  void expect_findings() {
    if (test::findings_of(path_).empty()) violate("refused, and the verifier finds nothing");
  }

  /// The verifier's opinion of what opened, an orderly close, and the same again.
  void look_again(std::unique_ptr<journal::Store> store, const Contents& state) {
    const bool read_whole = result_.answer.empty();
    const auto found = test::findings_of(*store);
    if (found.empty() != read_whole) violate("the verifier, of what opened: " + told(found));
    const auto closed = store->close();
    store.reset();
    if (!closed) {
      if (read_whole || !is_told(closed.code())) violate("close: " + text_of(closed.error()));
      return;
    }
    auto left = test::findings_of(path_);
    if (read_whole) left = without_replaced(left);
    if (left.empty() != read_whole) {
      violate("the verifier, of what was closed: " + told(left));
    }
    const auto again = journal::open_rocks_store({.path = path_});
    if (!again) {
      if (read_whole) violate("the second open: " + text_of(again.error()));
      return;
    }
    const auto& report = (*again)->report();
    if (!report.clean || report.tail_bytes_dropped > 0) violate("the torn tail is told twice");
    const auto wrong = difference(state, read_all(**again));
    if (!wrong.empty()) violate("after a close and a second open: " + wrong);
  }

  /// The verifier also reads versions of the store's own keys that newer ones have replaced.
  static std::string without_replaced(const std::string& findings) {
    std::string left;
    std::istringstream lines(findings);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("unreadable at default")) left += line + "\n";
    }
    return left;
  }

  static std::string told(const std::string& findings) {
    return findings.empty() ? "nothing, though reading it failed" : findings;
  }

  /// A client's view: every instance it was told of is there as it was told, or a coded error is.
  void opened_by_engine(std::unique_ptr<journal::Store> store) {
    const auto state = opened(*store);
    if (!state) return;
    const bool shorter = !same_ends(sample_.all(), *state);
    const auto engine =
        open_engine(std::move(store), 99, std::make_shared<runtime::SimulatedClock>());
    if (!engine) {
      result_.answer = text_of(engine.error());
      result_.outcome = Outcome::unreadable;
      if (!is_told(engine.code())) violate("the engine refused with " + result_.answer);
      return;
    }
    // Of what came behind the claim a life that lost it knows nothing, and goes another way.
    const Tellings& tellings = shorter ? sample_.claimed : sample_.told;
    for (const auto& [id, told] : tellings) {
      const auto now = ask(*engine, id);
      if (now) {
        compare(id, told, *now);
        continue;
      }
      result_.answer = text_of(now.error());
      if (!shorter) result_.outcome = Outcome::unreadable;
      if (!is_told(now.code())) violate(fmt::format("asked for {}: {}", id, result_.answer));
    }
  }

  void compare(const std::string& id, const Told& before, const Told& now) {
    const bool begins =
        before.history.size() <= now.history.size() &&
        std::equal(before.history.begin(), before.history.end(), now.history.begin());
    if (!begins) violate("the history of " + id + " does not begin as it was told");
    if (before.result && now.result != before.result) {
      violate("the result of " + id + " is not what was told");
    }
  }

  const Sample& sample_;
  const Damage& damage_;
  const Tree& tree_;
  std::string path_;
  Judgement result_;
};

}  // namespace

std::string_view name(Outcome outcome) {
  constexpr std::string_view names[] = {"refused", "whole", "unreadable",
                                        "torn",    "cut",   "rolled back"};
  return names[static_cast<std::size_t>(outcome)];
}

Judgement judge(const Sample& sample, const Damage& damage, const Tree& tree, Look look,
                const std::string& folder) {
  try {
    return Judge(sample, damage, tree, folder + "/damaged").run(look);
  } catch (const std::exception& exception) {
    return {Outcome::refused, "", fmt::format("it threw: {}", exception.what())};
  }
}

}  // namespace reprise::rot

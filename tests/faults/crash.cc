#include "tests/faults/crash.h"

#include <algorithm>
#include <charconv>

#include <reprise/hash.h>

#include "journal/rocks_store.h"
#include "tests/faults/second_reader.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

/// What a refusal has to leave as it was.
Disk::Tree unchanging(const Disk& disk) {
  auto tree = disk.tree(store_path);
  std::erase_if(tree, [](const auto& file) {
    return file.first == "lock" || file.first.starts_with("quarantine/");
  });
  return tree;
}

std::string refused(const Error& error, const Disk& before, const Disk& after) {
  auto text = fmt::format("refused as {}: {}", name(error.code()), error.message());
  if (unchanging(before) != unchanging(after)) text += " (and it changed the store)";
  return text;
}

/// The store as it was closed opens again, clean, with all in it.
std::string reopen(const Disk& disk, const Contents& held) {
  Drive drive(disk);
  Client client(drive);
  if (auto opened = client.open(); !opened) return "opened again: " + opened.error().message();
  if (!client.store()->report().clean) return "opened again, it was not closed in order";
  if (client.store()->report().tail_bytes_dropped != 0) return "a torn tail was reported twice";
  if (client.held() != held) return "opened again: " + difference(held, client.held());
  if (auto closed = client.close(); !closed) return "closed again: " + closed.error().message();
  return "";
}

std::string live_on(Client& client, Sequel sequel) {
  if (sequel == Sequel::looks) return "";
  // More than one: the first of an open goes into another file than those behind it may do.
  for (int group = 0; group < 3; ++group) {
    if (auto appended = client.append_to_all(); !appended) {
      return "append: " + appended.error().message();
    }
    if (sequel == Sequel::appends) continue;
    if (auto renewed = client.store()->renew_anchor(); !renewed) {
      return "renewal: " + renewed.error().message();
    }
  }
  return "";
}

std::string recover(Drive& drive, Client& client, const std::vector<Contents>& allowed,
                    Sequel sequel) {
  const Disk before = drive.disk();
  if (auto opened = client.open(); !opened) return refused(opened.error(), before, drive.disk());
  if (allowed.empty()) {
    if (client.held() != Contents{}) return "it holds what nobody wrote";
  } else {
    if (client.store()->report().created) return "it was made anew";
    if (std::find(allowed.begin(), allowed.end(), client.held()) == allowed.end()) {
      return "acknowledged: " + difference(allowed.front(), client.held());
    }
  }
  if (auto failed = live_on(client, sequel); !failed.empty()) return failed;
  const Contents held = client.held();
  if (auto closed = client.close(); !closed) return "close: " + closed.error().message();
  return reopen(drive.disk(), held);
}

/// How much of a file an open looks at.
enum class Read : std::uint8_t { nothing, name, bytes };

Read read_of(std::string_view file) {
  if (file == "lock") return Read::nothing;
  if (file.starts_with("quarantine/") || file.starts_with("aside-")) {
    return file.ends_with('/') ? Read::name : Read::nothing;
  }
  const bool unread =
      file == "anchor.new" || file.starts_with("db/OPTIONS-") || file.ends_with(".dbtmp");
  return unread ? Read::name : Read::bytes;
}

Hash128 add(Hash128 sum, const Contents& contents) {
  for (const auto& shard : contents.shards) {
    sum = chain(sum, fmt::format("{}-{}", shard.first, shard.records.size()));
    for (const auto& [position, body] : shard.records) sum = chain(sum, body);
  }
  for (const auto& [key, value] : contents.rows) sum = chain(sum, key.second + ":", value);
  return sum;
}

bool is_acknowledged(const Copy& copy, std::size_t op) {
  return copy.acknowledged && *copy.acknowledged <= op;
}

}  // namespace

Run record(const Script& script) {
  Run run;
  Drive drive(run.start);
  Client client(drive);
  auto done = client.open();
  for (const auto& call : script) {
    if (done) done = client.perform(call);
  }
  if (done) done = client.close();
  if (done && !client.wrong().empty()) done = Error(Code::corrupt, client.wrong());
  static_cast<void>(done.value());  // Throws with what went wrong.
  run.ops = drive.ops();
  run.reads = drive.reads();
  run.marks = client.marks();
  run.copies = client.copies();
  return run;
}

std::string to_text(const Moment& moment) {
  return fmt::format("{}:{}:{}", moment.op, name(moment.damage), moment.seed);
}

std::optional<Moment> moment_from(std::string_view text) {
  Moment moment;
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == text.npos || first == last) return std::nullopt;
  const auto damage = text.substr(first + 1, last - first - 1);
  const auto found = std::find_if(all_damages.begin(), all_damages.end(),
                                  [&](Damage each) { return name(each) == damage; });
  const auto number = [](std::string_view digits, auto& value) {
    const auto end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stopped == end;
  };
  if (found == all_damages.end() || !number(text.substr(0, first), moment.op) ||
      !number(text.substr(last + 1), moment.seed)) {
    return std::nullopt;
  }
  moment.damage = *found;
  return moment;
}

std::vector<Contents> allowed_at(const Run& run, std::size_t op) {
  std::vector<Contents> allowed = run.before;
  for (const auto& mark : run.marks) {
    if (mark.acknowledged <= op) {
      allowed = {mark.after};
    } else if (mark.begun < op && !allowed.empty()) {
      allowed.push_back(mark.after);
    }
  }
  return allowed;
}

Sequel sequel_of(const Moment& moment) {
  if (moment.seed % 2 == 0) return Sequel::looks;
  return moment.seed % 3 == 0 ? Sequel::renews : Sequel::appends;
}

Judgement judge(const Disk& disk, std::vector<Contents> allowed, Sequel sequel,
                bool second_reader) {
  Judgement judgement;
  Drive drive(disk);
  {
    Client client(drive);
    judgement.violation = recover(drive, client, allowed, sequel);
    judgement.recovery.marks = client.marks();
  }
  if (second_reader && judgement.violation.empty()) {
    judgement.violation = findings_of_client(drive.disk(), store_path);
  }
  judgement.recovery.start = disk;
  judgement.recovery.ops = drive.ops();
  judgement.recovery.before = std::move(allowed);
  return judgement;
}

std::string judge_copies(const Disk& disk, const std::vector<Copy>& copies, std::size_t op,
                         std::size_t second_reader_every) {
  for (const auto& copy : copies) {
    if (disk.find(copy.path) == 0) {
      if (is_acknowledged(copy, op)) return copy.path + " is gone";
      continue;
    }
    Drive drive(disk);
    SimFiles files(drive);
    if (auto wrong = read_copy(files, copy); !wrong.empty()) return wrong;
    if (hash_of_store(disk, copy.path) % second_reader_every != 0) continue;
    // As it was made, or, where the run has opened it since, closed in order: in the midst of that
    // one slot of an anchor may be torn beside one that says so.
    const bool as_made = !copy.acknowledged || op <= *copy.acknowledged;
    auto wrong = findings_of_client(as_made ? disk : drive.disk(), copy.path);
    if (!wrong.empty()) return fmt::format("{}: {}", copy.path, wrong);
  }
  return "";
}

std::uint64_t hash_of_store(const Disk& disk, const std::string& path) {
  Hash128 sum{disk.find(path) == 0 ? 0U : 1U, 0};
  for (const auto& [file, bytes] : disk.tree(path)) {
    const Read read = read_of(file);
    if (read == Read::nothing) continue;
    sum = chain(sum, file + ":", read == Read::bytes ? bytes : "");
  }
  return sum.low;
}

bool Crashes::fresh(State state) {
  last_ = state;
  return seen_.insert(state).second;
}

bool Crashes::fresh(const Disk& disk, const std::vector<Contents>& allowed, Subject subject) {
  Hash128 sum{hash_of_store(disk, store_path), allowed.size()};
  for (const auto& contents : allowed) sum = add(sum, contents);
  return fresh({subject, sum.low});
}

std::vector<Copy> Crashes::fresh_copies(const Disk& disk, const std::vector<Copy>& copies,
                                        std::size_t op, Subject subject) {
  std::vector<Copy> all;
  for (const auto& copy : copies) {
    // Under any other name it is none yet.
    if (copy.begun > op || (disk.find(copy.path) == 0 && !is_acknowledged(copy, op))) continue;
    const Hash128 sum =
        chain({hash_of_store(disk, copy.path), is_acknowledged(copy, op) ? 1U : 0U}, "copy");
    if (fresh({subject, add(sum, copy.contents).low})) all.push_back(copy);
  }
  return all;
}

std::size_t Crashes::distinct(Subject subject) const {
  return static_cast<std::size_t>(std::count_if(
      seen_.begin(), seen_.end(), [&](const State& state) { return state.first == subject; }));
}

bool Crashes::enumerate(const Run& run, const Choice& choice, const Each& each) {
  Disk disk = run.start;
  for (std::size_t op = 0; op <= run.ops.size(); ++op) {
    if (op > 0) disk.apply(run.ops[op - 1]);
    if (op % choice.stride != 0) continue;
    const auto allowed = allowed_at(run, op);
    for (const Damage damage : choice.damages) {
      const Moment moment{op, damage, choice.seed * 1'000'003 + op};
      const Disk left = disk.crash(damage, moment.seed);
      const auto copies = fresh_copies(left, run.copies, op);
      const bool of_store = fresh(left, allowed);
      if (!of_store && copies.empty()) continue;
      Judgement judgement;
      if (of_store) judgement = judge(left, allowed, sequel_of(moment), for_second_reader());
      if (judgement.violation.empty()) judgement.violation = judge_copies(left, copies, op);
      if (!each(moment, judgement)) return false;
    }
  }
  return true;
}

}  // namespace reprise::faults

#include "tests/faults/disk.h"

#include <algorithm>
#include <set>

#include <reprise/assert.h>

namespace reprise::faults {
namespace {

constexpr std::size_t page_size = 4096;

void put(std::string& bytes, std::uint64_t offset, std::string_view what) {
  if (bytes.size() < offset + what.size()) bytes.resize(offset + what.size());
  bytes.replace(offset, what.size(), what);
}

}  // namespace

std::string_view name(Op::Kind kind) {
  constexpr std::string_view names[] = {"make_file", "make_folder", "write",       "cut",
                                        "sync",      "lose",        "sync_folder", "link",
                                        "unlink",    "rename",      "exchange"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name(Damage damage) {
  constexpr std::string_view names[] = {"kill", "power", "torn", "zeros", "garbage", "reordered"};
  return names[static_cast<std::size_t>(damage)];
}

Disk::Disk() { things_[root].folder = true; }

void Disk::write(std::string& bytes, const Write& write) {
  if (write.cut) {
    bytes.resize(write.offset);
  } else {
    put(bytes, write.offset, write.bytes);
  }
}

void Disk::apply(const Op& op) {
  using Kind = Op::Kind;
  Thing& thing = things_.at(op.node);
  switch (op.kind) {
    case Kind::make_file:
    case Kind::make_folder:
      things_[next_].folder = op.kind == Kind::make_folder;
      return change({{op.node, op.name, next_++}});
    case Kind::write:
    case Kind::cut:
      thing.pending.push_back({op.offset, op.bytes, op.kind == Kind::cut});
      return write(thing.bytes, thing.pending.back());
    case Kind::sync:
      for (const auto& pending : thing.pending) write(thing.durable, pending);
      return thing.pending.clear();
    case Kind::lose: return thing.pending.clear();
    case Kind::sync_folder: return sync_names(op.node);
    case Kind::link: return change({{op.node, op.name, op.other}});
    case Kind::unlink: return change({{op.node, op.name, 0}});
    case Kind::rename: {
      const Node moved = child(op.node, op.name);
      return change({{op.node, op.name, 0}, {op.other, op.other_name, moved}});
    }
    case Kind::exchange: {
      const Node one = child(op.node, op.name);
      const Node two = child(op.other, op.other_name);
      return change({{op.node, op.name, two}, {op.other, op.other_name, one}});
    }
  }
}

void Disk::change(Change names) {
  for (const auto& [folder, name, to] : names) {
    auto& held = things_.at(folder).names;
    if (to == 0) {
      held.erase(name);
    } else {
      held[name] = to;
    }
  }
  changes_.push_back(std::move(names));
}

void Disk::keep(const Change& change) {
  for (const auto& [folder, name, to] : change) {
    auto& held = things_.at(folder).durable_names;
    if (to == 0) {
      held.erase(name);
    } else {
      held[name] = to;
    }
  }
}

/// A change that survives takes with it all earlier ones of the folders it touches.
void Disk::sync_names(Node folder) {
  std::set<Node> touched = {folder};
  std::vector<bool> kept(changes_.size());
  for (std::size_t i = changes_.size(); i-- > 0;) {
    const auto touches = [&](const Rename& rename) { return touched.contains(rename.folder); };
    if (std::none_of(changes_[i].begin(), changes_[i].end(), touches)) continue;
    kept[i] = true;
    for (const auto& rename : changes_[i]) touched.insert(rename.folder);
  }
  std::vector<Change> left;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (kept[i]) {
      keep(changes_[i]);
    } else {
      left.push_back(std::move(changes_[i]));
    }
  }
  changes_ = std::move(left);
}

std::string Disk::damaged(const Thing& file, Damage damage, runtime::SeededRandom& random) {
  std::string bytes = file.durable;
  if (damage == Damage::power || file.pending.empty()) return bytes;
  std::string whole = file.durable;
  for (const auto& pending : file.pending) write(whole, pending);
  if (damage == Damage::reordered) {
    bytes.resize(whole.size());
    for (std::size_t at = 0; at < whole.size(); at += page_size) {
      if (random.below(2) == 0) bytes.replace(at, page_size, whole.substr(at, page_size));
    }
    return bytes;
  }
  const std::size_t survivors = random.below(file.pending.size() + 1);
  for (std::size_t i = 0; i < file.pending.size(); ++i) {
    Write pending = file.pending[i];
    if (i >= survivors && pending.cut) break;
    const std::size_t size = pending.bytes.size();
    const std::size_t kept = i < survivors   ? size
                             : i > survivors ? 0
                                             : static_cast<std::size_t>(random.below(size + 1));
    if (damage == Damage::garbage) {
      for (std::size_t k = kept; k < size; ++k) {
        pending.bytes[k] = static_cast<char>(random.draw());
      }
    } else {
      pending.bytes.resize(kept);
    }
    if (!pending.bytes.empty() || pending.cut) write(bytes, pending);
    if (i >= survivors && damage != Damage::garbage) break;
  }
  if (damage == Damage::zeros && bytes.size() < whole.size()) bytes.resize(whole.size());
  return bytes;
}

Disk Disk::crash(Damage damage, std::uint64_t seed) const {
  Disk after = *this;
  if (damage == Damage::kill) return after;
  runtime::SeededRandom random(seed);
  const std::size_t survivors = damage == Damage::power ? 0 : random.below(changes_.size() + 1);
  for (std::size_t i = 0; i < survivors; ++i) after.keep(changes_[i]);
  after.changes_.clear();
  for (auto& [node, thing] : after.things_) {
    thing.names = thing.durable_names;
    thing.bytes = damaged(thing, damage, random);
    thing.durable = thing.bytes;
    thing.pending.clear();
  }
  after.drop_unreachable();
  return after;
}

void Disk::drop_unreachable() {
  std::set<Node> reached;
  std::vector<Node> next = {root};
  while (!next.empty()) {
    const Node node = next.back();
    next.pop_back();
    if (!reached.insert(node).second) continue;
    for (const auto& [name, to] : things_.at(node).names) next.push_back(to);
  }
  std::erase_if(things_, [&](const auto& thing) { return !reached.contains(thing.first); });
}

Node Disk::child(Node folder, const std::string& name) const {
  const auto& names = things_.at(folder).names;
  const auto at = names.find(name);
  return at == names.end() ? 0 : at->second;
}

std::pair<Node, std::string> Disk::place(std::string_view path) const {
  Node folder = root;
  for (;;) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    const auto end = path.find('/');
    const bool last = path.find_first_not_of('/', std::min(end, path.size())) == path.npos;
    std::string name(path.substr(0, end));
    if (last) return {folder, std::move(name)};
    folder = child(folder, name);
    if (folder == 0 || !is_folder(folder)) return {0, std::move(name)};
    path.remove_prefix(end);
  }
}

Node Disk::find(std::string_view path) const {
  const auto [folder, name] = place(path);
  if (folder == 0) return 0;
  return name.empty() ? folder : child(folder, name);
}

bool Disk::is_folder(Node node) const { return things_.at(node).folder; }
const std::string& Disk::bytes(Node node) const { return things_.at(node).bytes; }
const std::map<std::string, Node>& Disk::names(Node node) const { return things_.at(node).names; }

void Disk::add_tree(Node folder, const std::string& prefix, Tree& tree) const {
  for (const auto& [name, node] : names(folder)) {
    if (is_folder(node)) {
      tree[prefix + name + "/"];
      add_tree(node, prefix + name + "/", tree);
    } else {
      tree[prefix + name] = bytes(node);
    }
  }
}

Disk::Tree Disk::tree(std::string_view path) const {
  Tree all;
  if (const Node node = find(path); node != 0) add_tree(node, "", all);
  return all;
}

}  // namespace reprise::faults

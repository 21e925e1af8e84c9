// A disk as a value: what programs see of it, and what would be left of it without power.
//
// Invariants:
// - It changes by apply() alone, so that the same operations make the same disk again: a run is
//   recorded once, and the disk of every moment of it rebuilt from its operations.
// - What a sync answered ok for survives every damage. Of the rest, a damage decides.
// - A change of names is whole or was never made, on all the folders it touches.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/simulation.h"

namespace reprise::faults {

/// A file or a folder; never used twice. 0: none.
using Node = std::uint32_t;

struct Op {
  enum class Kind : std::uint8_t {
    make_file,    ///< `name` in folder `node`.
    make_folder,  ///< The same.
    write,        ///< `bytes` at `offset` of file `node`.
    cut,          ///< File `node` to `offset` bytes.
    sync,         ///< File `node` as it is.
    lose,         ///< A sync that failed, after which the pages count as written all the same.
    sync_folder,  ///< The names in folder `node`.
    link,         ///< File `other` as `name` in folder `node`.
    unlink,       ///< `name` in folder `node`: a file or an empty folder.
    rename,       ///< `name` in `node` to `other_name` in `other`, which it replaces.
    exchange,     ///< The two swap.
  };
  Kind kind = Kind::write;
  Node node = 0;
  std::string name;
  Node other = 0;
  std::string other_name;
  std::uint64_t offset = 0;
  std::string bytes;
};
[[nodiscard]] std::string_view name(Op::Kind kind);

/// What becomes of that which was not synced.
enum class Damage : std::uint8_t {
  kill,       ///< Nothing: the process dies, the system lives on.
  power,      ///< All of it is lost, names included.
  torn,       ///< The writes of a file survive up to some byte.
  zeros,      ///< The same, but the file has its size already, and zeros from there on.
  garbage,    ///< The same, but whatever was to be written from there on is noise.
  reordered,  ///< Of the pages of 4 KiB that were written some survive, in any order.
};
inline constexpr std::array<Damage, 6> all_damages = {
    Damage::kill, Damage::power, Damage::torn, Damage::zeros, Damage::garbage, Damage::reordered};
[[nodiscard]] std::string_view name(Damage damage);

class Disk {
 public:
  static constexpr Node root = 1;

  Disk();

  void apply(const Op& op);
  /// What is there after the crash. The seed draws how far the damages that vary go, and how many
  /// of the changes of names that were not synced survive: the first so many.
  [[nodiscard]] Disk crash(Damage damage, std::uint64_t seed) const;

  /// 0 when it is not there.
  [[nodiscard]] Node find(std::string_view path) const;
  /// The folder that the last name of a path is in (0 when it is not there), and that name.
  [[nodiscard]] std::pair<Node, std::string> place(std::string_view path) const;
  [[nodiscard]] bool is_folder(Node node) const;
  /// What the file holds as programs see it. REQUIRES: a file.
  [[nodiscard]] const std::string& bytes(Node node) const;
  /// REQUIRES: a folder.
  [[nodiscard]] const std::map<std::string, Node>& names(Node node) const;
  [[nodiscard]] Node child(Node folder, const std::string& name) const;

  using Tree = std::map<std::string, std::string>;
  /// Every file below a folder by its path from there; folders as "name/".
  [[nodiscard]] Tree tree(std::string_view path) const;

 private:
  struct Write {
    std::uint64_t offset = 0;
    std::string bytes;
    bool cut = false;  ///< To `offset` bytes; there are none to write.
  };
  struct Thing {
    bool folder = false;
    std::string bytes;
    std::string durable;
    std::vector<Write> pending;
    std::map<std::string, Node> names;
    std::map<std::string, Node> durable_names;
  };
  struct Rename {
    Node folder = 0;
    std::string name;
    Node to = 0;  ///< 0: the name goes.
  };
  using Change = std::vector<Rename>;

  static void write(std::string& bytes, const Write& write);
  static std::string damaged(const Thing& file, Damage damage, runtime::SeededRandom& random);
  void change(Change names);
  void sync_names(Node folder);
  void keep(const Change& change);
  void add_tree(Node folder, const std::string& prefix, Tree& tree) const;
  void drop_unreachable();

  std::map<Node, Thing> things_;
  std::vector<Change> changes_;  ///< Of names, not synced yet, in order.
  Node next_ = root + 1;
};

}  // namespace reprise::faults

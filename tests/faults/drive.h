// The disk of a process: its operations one by one, recorded, and made to fail where a test says.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/disk.h"

namespace reprise::faults {

enum class Fault : std::uint8_t {
  io_error,     ///< The operation does not happen: EIO.
  no_space,     ///< What takes space does not happen: ENOSPC, though the system says there is some.
  full,         ///< The same, and the system says that there is none.
  short_write,  ///< Half of the bytes are written: ENOSPC.
  lost_sync,    ///< A sync fails with EIO; what it should have written is never written.
  told_failed,  ///< The operation happens: EIO.
  read_error,   ///< A read fails: EIO.
};
inline constexpr std::array<Fault, 7> all_faults = {
    Fault::io_error,  Fault::no_space,    Fault::full,      Fault::short_write,
    Fault::lost_sync, Fault::told_failed, Fault::read_error};
[[nodiscard]] std::string_view name(Fault fault);

/// Where a fault may hit. A read_error counts reads, all others the operations that change.
[[nodiscard]] bool hits(Fault fault, const Op& op);

struct Plan {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
  Fault fault = Fault::io_error;
  std::uint64_t at = never;  ///< Hits the operation with this number, from 0.
  bool sticky = false;       ///< And all later ones that it may hit.
};

class Drive {
 public:
  explicit Drive(Disk disk = {}) : disk_(std::move(disk)) {}
  Drive(const Drive&) = delete;
  Drive& operator=(const Drive&) = delete;

  [[nodiscard]] const Disk& disk() const noexcept { return disk_; }
  /// All that took effect, from the start.
  [[nodiscard]] const std::vector<Op>& ops() const noexcept { return ops_; }
  /// What was tried so far.
  [[nodiscard]] std::uint64_t tried() const noexcept { return tried_; }
  [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }

  void plan(Plan plan) noexcept {
    plan_ = plan;
    says_full_ = false;
  }
  [[nodiscard]] bool says_full() const noexcept { return says_full_; }
  /// How often a fault has hit.
  [[nodiscard]] std::uint64_t faults() const noexcept { return faults_; }

  /// 0, or an errno.
  int perform(Op op);
  int before_read();

  /// While one lives, reads are not counted, and none fails: whoever looks into a store to judge it
  /// is not what is tried.
  class Spared {
   public:
    explicit Spared(Drive& drive) : drive_(drive), before_(std::exchange(drive.spared_, true)) {}
    ~Spared() { drive_.spared_ = before_; }
    Spared(const Spared&) = delete;
    Spared& operator=(const Spared&) = delete;

   private:
    Drive& drive_;
    const bool before_;
  };

  /// False when it is locked already.
  bool lock(Node file) { return locks_.insert(file).second; }
  void unlock(Node file) { locks_.erase(file); }
  [[nodiscard]] bool locked(Node file) const { return locks_.contains(file); }

 private:
  [[nodiscard]] bool is_due(std::uint64_t number) const noexcept {
    return plan_.sticky ? number >= plan_.at : number == plan_.at;
  }
  void take_effect(Op op);

  Disk disk_;
  std::vector<Op> ops_;
  Plan plan_;
  std::uint64_t tried_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t faults_ = 0;
  bool says_full_ = false;
  bool spared_ = false;
  std::set<Node> locks_;
};

}  // namespace reprise::faults

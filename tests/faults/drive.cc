#include "tests/faults/drive.h"

#include <cerrno>
#include <utility>

namespace reprise::faults {

std::string_view name(Fault fault) {
  constexpr std::string_view names[] = {"io_error",  "no_space",    "full",      "short_write",
                                        "lost_sync", "told_failed", "read_error"};
  return names[static_cast<std::size_t>(fault)];
}

bool hits(Fault fault, const Op& op) {
  using Kind = Op::Kind;
  switch (fault) {
    case Fault::io_error:
    case Fault::told_failed: return true;
    case Fault::no_space:
    case Fault::full:
      return op.kind == Kind::make_file || op.kind == Kind::make_folder || op.kind == Kind::write ||
             op.kind == Kind::link;
    case Fault::short_write: return op.kind == Kind::write && op.bytes.size() > 1;
    case Fault::lost_sync: return op.kind == Kind::sync;
    case Fault::read_error: return false;
  }
  return false;
}

void Drive::take_effect(Op op) {
  disk_.apply(op);
  ops_.push_back(std::move(op));
}

int Drive::perform(Op op) {
  const std::uint64_t number = tried_++;
  if (!is_due(number) || !hits(plan_.fault, op)) {
    if (is_due(number) && plan_.fault == Fault::full) says_full_ = true;
    take_effect(std::move(op));
    return 0;
  }
  ++faults_;
  switch (plan_.fault) {
    case Fault::short_write:
      op.bytes.resize(op.bytes.size() / 2);
      take_effect(std::move(op));
      return ENOSPC;
    case Fault::lost_sync:
      op.kind = Op::Kind::lose;
      take_effect(std::move(op));
      return EIO;
    case Fault::told_failed: take_effect(std::move(op)); return EIO;
    case Fault::full: says_full_ = plan_.sticky; return ENOSPC;
    case Fault::no_space: return ENOSPC;
    case Fault::io_error:
    case Fault::read_error: return EIO;
  }
  return EIO;
}

int Drive::before_read() {
  if (spared_) return 0;
  const std::uint64_t number = reads_++;
  if (plan_.fault != Fault::read_error || !is_due(number)) return 0;
  ++faults_;
  return EIO;
}

}  // namespace reprise::faults

#include "runtime/verification.h"

#include <fmt/format.h>
#include <reprise/detail/mark.h>
#include <reprise/hash.h>

#include "runtime/feeding.h"
#include "runtime/observing.h"

namespace reprise::runtime {
namespace {

constexpr std::uint32_t each_time_until = 64;

/// By a hash, so that runs of one shard or one hour are no more likely than others.
bool is_chosen(std::uint32_t every, RunId run) {
  if (every <= 1) return every == 1;
  return hash64(fmt::format("{:x}", run.value)) % every == 0;
}

bool is_due(const Resident& resident) noexcept {
  const Seq seq = resident.state.seq;
  if (seq == resident.verified) return false;
  return resident.verifications < each_time_until ||
         seq >= resident.verified + resident.verified / 10;
}

Error different(const replay::Mismatch& mismatch) {
  return Error(Code::mismatch,
               "the same code, replayed beside itself, did something else: it depends on more than "
               "its history (docs/determinism.md)\n" +
                   replay::describe(mismatch));
}

}  // namespace

Result<void> verify_replay(Core& core, Resident& resident, Verify when) {
  if (!is_chosen(core.seams.options.verify_replay_every, resident.state.run)) return {};
  if (!resident.decider || (when == Verify::due && !is_due(resident))) return {};
  auto second = make_decider(core, resident);
  if (!second) return std::move(second).error();
  if (auto fed = feed(core, resident, **second, 0); !fed) return fed;
  resident.verified = resident.state.seq;
  ++resident.verifications;
  if (const auto& difference = (*second)->state_difference()) {
    REPRISE_MARK("runtime/state_differs_beside_itself");
    state_differs(core, resident, *difference, /*beside=*/true);
  }
  if ((*second)->mismatch()) return different(*(*second)->mismatch());
  const auto more = (*second)->take_commands();
  if (more.empty()) return {};
  replay::Mismatch extra;
  extra.seq = resident.state.seq + 1;
  extra.expected = "nothing: the live code issued no more";
  extra.issued = replay::describe(more.front());
  extra.field = "extra";
  extra.issued_site = replay::site_text(more.front().site);
  return different(extra);
}

}  // namespace reprise::runtime

#include "workflows.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace audit {
namespace {

constexpr std::int64_t batch = 100;       // Files per step.
constexpr std::size_t side_by_side = 16;  // Packages audited at a time.

int ledger = -1;

void note(const reprise::StepContext& step) {
  if (ledger < 0) return;
  const std::string line = step.idempotency_key() + "\n";
  // One write of one short line with O_APPEND: a kill leaves it whole or not at all.
  if (write(ledger, line.data(), line.size()) < 0) std::perror("ledger");
}

std::int64_t count_step(reprise::StepContext& step, std::string package) {
  note(step);
  return count_files(package);
}

Report check_step(reprise::StepContext& step, std::string package, std::int64_t first) {
  note(step);
  return check_files(package, first, batch);
}

}  // namespace

void set_ledger(int file_descriptor) { ledger = file_descriptor; }

reprise::Workflow<Report> audit_package(reprise::Context ctx, std::string package) {
  Report report;
  report.packages = 1;
  auto files = co_await ctx.step("count", {.poison_after = 0}, count_step, package);
  for (std::int64_t first = 0; first < files; first += batch) {
    auto part = co_await ctx.step("check", {.poison_after = 0}, check_step, package, first);
    report.add(part);
  }
  co_return report;
}

reprise::Workflow<Report> audit_machine(reprise::Context ctx, std::vector<std::string> packages) {
  Report total;
  for (std::size_t at = 0; at < packages.size(); at += side_by_side) {
    std::vector<reprise::Operation<Report>> running;
    for (std::size_t i = at; i < std::min(at + side_by_side, packages.size()); ++i) {
      running.push_back(ctx.child(audit_package, "package/" + packages[i], packages[i]));
    }
    auto reports = co_await ctx.all(running);
    for (const auto& report : reports) total.add(report);
  }
  co_return total;
}

}  // namespace audit

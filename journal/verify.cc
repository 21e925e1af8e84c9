#include "journal/verify.h"

#include "journal/record.h"
#include "journal/sums.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

using Progress = std::function<void(std::string_view)>;

constexpr std::uint64_t told_every = 100'000;

/// Keeps damage as a problem, passes anything else on.
Result<void> note(Result<void> result, VerifyReport& report) {
  if (result.ok() || result.code() == Code::io_error) return result;
  report.problems.push_back(result.error().message());
  return {};
}

Result<void> verify_journal(const Store& store, ShardId shard, VerifyReport::Shard& found,
                            const Progress& progress) {
  const auto ends = store.ends(shard);
  found.first = ends.first;
  found.last = ends.last;
  return store.read(shard, ends.first, [&](Position position, Epoch, std::string_view body) {
    if (progress && found.records % told_every == 0) {
      progress(fmt::format("record {} of {} in shard {}", position, ends.last, shard));
    }
    ++found.records;
    for (EventCursor event(body); event.next();) ++found.events;
    return true;
  });
}

Result<void> verify_table(const Store& store, Table table, RowSum& sum, VerifyReport& report,
                          const Progress& progress) {
  return store.scan(table, "", "", [&](std::string_view key, std::string_view value) {
    if (progress && report.rows % told_every == 0) progress(fmt::format("row {}", report.rows + 1));
    ++report.rows;
    if (is_summed(table)) add_row(sum, hash_of_row(table, key, value));
    return true;
  });
}

Result<void> add_stored_sum(const Store& store, ShardId shard, RowSum& sum) {
  auto stored = store.get(Table::meta, sum_key(shard));
  if (!stored) return std::move(stored).error();
  if (!*stored) return {};
  auto decoded = decode_sum(shard, **stored);
  if (!decoded) return std::move(decoded).error();
  sum.count += decoded->count;
  sum.total.low += decoded->total.low;
  sum.total.high += decoded->total.high;
  return {};
}

}  // namespace

Result<VerifyReport> verify(const Store& store, const Progress& progress) {
  VerifyReport report;
  RowSum stored;
  RowSum found;
  Result<void> result;
  for (ShardId shard = 0; result && shard < store.header().shards; ++shard) {
    auto& told = report.shards.emplace_back();
    result = note(verify_journal(store, shard, told, progress), report);
    report.records += told.records;
    report.events += told.events;
    if (result) result = note(add_stored_sum(store, shard, stored), report);
  }
  for (const auto table : {Table::rows, Table::chunks, Table::index, Table::blobs}) {
    if (result) result = note(verify_table(store, table, found, report, progress), report);
  }
  if (!result) return std::move(result).error();
  // A row does not say whose shard it is, so the shards' sums are held against all rows together.
  if (stored != found) {
    report.problems.push_back(fmt::format(
        "The rows do not add up: {} are there, {} were put, {}.", found.count, stored.count,
        found.count == stored.count ? "and some are not as they were" : "some are lost"));
  }
  return report;
}

}  // namespace reprise::journal

// A parent, its children, and the messages between them.
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <reprise/reprise.h>

std::int64_t weigh(std::string item) {
  if (item.empty()) throw reprise::NonRetryable("there is nothing to weigh");
  return static_cast<std::int64_t>(item.size()) * 100;
}

reprise::Workflow<std::int64_t> pack(reprise::Context ctx, std::string parent, std::string item) {
  auto grams = co_await ctx.step("weigh", weigh, item);
  co_await ctx.signal_to(parent, "packed", item);
  co_return grams;
}

reprise::Workflow<void> keep_statistics(reprise::Context ctx) {
  auto sent = co_await ctx.signal<std::int64_t>("sent");
  ctx.log("{} g were sent", sent);
}

reprise::Workflow<std::int64_t> send_parcel(reprise::Context ctx, std::vector<std::string> items) {
  std::vector<reprise::Operation<std::int64_t>> packing;
  for (const auto& item : items) {
    packing.push_back(ctx.child(pack, ctx.id() + "/" + item, ctx.id(), item));
  }
  for (std::size_t packed = 0; packed < items.size(); ++packed) {
    auto item = co_await ctx.signal<std::string>("packed");
    ctx.log("{} is packed", item);
  }
  auto weights = co_await ctx.all(packing);
  std::int64_t grams = 0;
  for (const auto weight : weights) grams += weight;

  auto empty = co_await ctx.try_child(pack, ctx.id() + "/nothing", ctx.id(), "");
  if (!empty) ctx.log("not packed: {}", empty.error().message());

  const std::string statistics = "statistics of " + ctx.id();
  ctx.start_child(keep_statistics, statistics);
  co_await ctx.signal_to(statistics, "sent", grams);
  co_return grams;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("pack", pack);
  workflows.add("keep_statistics", keep_statistics);
  workflows.add("send_parcel", send_parcel);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "children.reprise"}, workflows).value();
  auto run = engine.start(send_parcel, "parcel-3", {"tea", "milk"}).value();
  const auto grams = run.result().value();
  engine.find<void>("statistics of parcel-3").value().result().value();
  const auto empty = engine.find<std::int64_t>("parcel-3/nothing").value().result();
  fmt::print("the parcel weighs {} g; one child failed: {}\n", grams, empty.error().message());
  return grams == 700 && empty.code() == reprise::Code::workflow_failed ? 0 : 1;
}

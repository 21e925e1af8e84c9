// A trip of two bookings: when it fails or is cancelled, what was booked is undone.
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <reprise/reprise.h>

std::string book(reprise::StepContext& step, std::string what, std::string who) {
  if (what == "flight" && who == "Bob") throw reprise::NonRetryable("no seat is left");
  return what + " " + step.idempotency_key();
}
void undo(std::string booking) { fmt::print("undo {}\n", booking); }

reprise::Workflow<int> book_trip(reprise::Context ctx, std::string who) {
  std::vector<std::string> booked;
  const auto open = ctx.query("open bookings", [&] { return booked.size(); });
  std::exception_ptr why;
  try {
    auto room = co_await ctx.step("book", book, "room", who);
    booked.push_back(room);
    auto flight = co_await ctx.step("book", book, "flight", who);
    booked.push_back(flight);
    co_await ctx.signal<std::string>("paid");
  } catch (const reprise::OperationFailed&) {
    why = std::current_exception();  // A handler cannot await: what is to be done comes after it.
  }
  if (why) {
    const auto shield = ctx.shield();
    while (!booked.empty()) {
      co_await ctx.step("undo", {.attempts = 0}, undo, booked.back());
      booked.pop_back();
    }
    std::rethrow_exception(why);
  }
  co_return static_cast<int>(booked.size());
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("book_trip", book_trip);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "booking.reprise"}, workflows).value();
  auto ann = engine.start(book_trip, "trip-ann", "Ann").value();
  auto bob = engine.start(book_trip, "trip-bob", "Bob").value();
  auto cleo = engine.start(book_trip, "trip-cleo", "Cleo").value();
  const auto paid = engine.signal("trip-ann", "paid", std::string("by card"));
  const auto cancelled = engine.cancel("trip-cleo", "Cleo is ill");
  for (const auto code : {paid.code(), cancelled.code()}) {
    if (code != reprise::Code::ok && code != reprise::Code::closed) return 1;
  }
  fmt::print("Ann: {} bookings\n", ann.result().value());
  fmt::print("Bob: {}\n", bob.result().error().message());
  fmt::print("Cleo: {}\n", reprise::name(cleo.result().code()));
  const bool clean =
      bob.query<int>("open bookings").value() == 0 && cleo.query<int>("open bookings").value() == 0;
  return clean && ann.result().value() == 2 &&
                 bob.result().code() == reprise::Code::workflow_failed &&
                 cleo.result().code() == reprise::Code::workflow_cancelled
             ? 0
             : 1;
}

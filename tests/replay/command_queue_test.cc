// Commands wait in order, and a long list does not keep its memory.
#include "replay/command_queue.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace reprise;
using replay::CommandQueue;

detail::Command named(int number) {
  detail::Command command;
  command.op = static_cast<OpId>(number);
  return command;
}

void push(CommandQueue& queue, int from, int until) {
  for (int i = from; i < until; ++i) queue.push(named(i));
}

}  // namespace

TEST_SUITE("replay/command_queue") {
  TEST_CASE("those that are not matched are taken, in order") {
    CommandQueue queue;
    push(queue, 0, 5);
    queue.pop();
    queue.pop();
    CHECK(queue.front().op == 2);
    CHECK(queue.size() == 3);
    std::vector<detail::Command> taken = {named(9)};
    queue.take(taken);
    REQUIRE(taken.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(taken[i].op == i + 2);
    CHECK(queue.empty());
  }

  TEST_CASE("a short list keeps its memory, a long one gives it back") {
    CommandQueue queue;
    std::vector<detail::Command> taken;
    push(queue, 0, 2);
    queue.take(taken);
    const auto* memory = taken.data();
    push(queue, 0, 2);
    queue.take(taken);
    push(queue, 0, 2);
    queue.take(taken);
    CHECK(taken.data() == memory);  // The two lists change places.
    push(queue, 0, 1000);
    queue.take(taken);
    CHECK(taken.size() == 1000);
    queue.take(taken);
    CHECK(taken.empty());
    CHECK(taken.capacity() < 10);
    queue.take(taken);
    CHECK(taken.capacity() < 10);
  }
}

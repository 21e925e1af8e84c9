// The tests of this folder; or, told so, one case of theirs again, or as many as fit into a time:
//
//   rot_test --minutes N [--seed N]
//   rot_test --seed N --store orderly|killed --damage KIND:FILE:NUMBER… [--damage …] [--keep PATH]
//
// The last one is what a violation prints; what the kinds mean is in damage.h. --keep leaves the
// damaged store at PATH, not opened.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "support/arguments.h"
#include "tests/journal/store_fixture.h"
#include "tests/rot/long_form.h"

#include <fmt/format.h>

namespace reprise::rot {
namespace {

struct Arguments {
  Length length;
  Form form = Form::orderly;
  Damage damage;
  std::string keep;

  bool take(std::string_view word, std::string_view value) {
    if (word == "--minutes") return test::read_number(value, length.minutes);
    if (word == "--seed") return test::read_number(value, length.seed);
    if (word == "--keep") return !(keep = value).empty();
    if (word == "--store") {
      form = value == name(Form::killed) ? Form::killed : Form::orderly;
      return value == name(form);
    }
    auto edit = edit_from(value);
    if (edit) damage.push_back(*std::move(edit));
    return edit.has_value();
  }
};

int one_case(const Arguments& given) {
  const journal::testing::TempFolder folder;
  Samples samples(given.length.seed, folder / "");
  const Sample& sample = samples.of(given.form);
  Tree tree = sample.tree;
  for (const Edit& edit : given.damage) {
    if (apply(sample, edit, tree)) continue;
    fmt::print(stderr, "rot_test: {} changes nothing, so nothing was tried\n", to_text(edit));
    return 2;
  }
  if (!given.keep.empty()) test::make_tree(given.keep, tree);
  bool violated = false;
  for (const Look look : {Look::plain, Look::twice, Look::engine}) {
    const auto judgement = judge(sample, given.damage, tree, look, folder / "");
    violated = violated || !judgement.violation.empty();
    fmt::print("{}; {}; {}\n", name(judgement.outcome),
               judgement.answer.empty() ? "no error" : judgement.answer,
               judgement.violation.empty() ? "no violation" : judgement.violation);
  }
  return violated ? 1 : 0;
}

}  // namespace
}  // namespace reprise::rot

int main(int count, char** words) {
  using namespace reprise::rot;
  if (count > 2 && std::string_view(words[1]) == "--worker") {
    return work(work_from({words + 2, words + count}));
  }
  Arguments given;
  const auto understood = reprise::test::read_arguments(
      count, words, {"--minutes", "--seed", "--store", "--damage", "--keep"},
      [&](std::string_view word, std::string_view value) { return given.take(word, value); });
  if (understood == reprise::test::Given::tests) return doctest::Context(count, words).run();
  const bool timed = given.length.minutes > 0;
  if (understood == reprise::test::Given::own && timed == given.damage.empty()) {
    return timed ? run_for(given.length) : one_case(given);
  }
  fmt::print(stderr, "rot_test: its arguments are one of the lines that main.cc lists\n");
  return 2;
}

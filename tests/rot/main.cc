// The tests of this folder; or, told so, one case of theirs again, or as many as fit into a time:
//
//   rot_test --minutes N [--seed N]
//   rot_test --seed N --store orderly|killed --damage KIND:FILE:NUMBER… [--damage …] [--keep PATH]
//
// The last one is what a violation prints; what the kinds mean is in damage.h. --keep leaves the
// damaged store at PATH, not opened.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <string_view>

#include "tests/journal/store_fixture.h"
#include "tests/rot/long_form.h"

#include <fmt/format.h>

namespace reprise::rot {
namespace {

struct Arguments {
  bool understood = true;
  bool own = false;  ///< There are some that doctest does not know.
  Length length;
  Form form = Form::orderly;
  Damage damage;
  std::string keep;
};

Arguments parse(int count, char** words) {
  Arguments given;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const auto next = [&] { return i + 1 < count ? words[++i] : ""; };
    if (word == "--minutes") {
      given.own = true;
      given.length.minutes = std::strtod(next(), nullptr);
    } else if (word == "--seed") {
      given.length.seed = std::strtoull(next(), nullptr, 10);
    } else if (word == "--store") {
      const std::string_view form = next();
      given.form = form == name(Form::killed) ? Form::killed : Form::orderly;
      given.understood = given.understood && form == name(given.form);
    } else if (word == "--damage") {
      given.own = true;
      auto edit = edit_from(next());
      given.understood = given.understood && edit.has_value();
      if (edit) given.damage.push_back(std::move(*edit));
    } else if (word == "--keep") {
      given.keep = next();
    } else {
      given.understood = false;
      given.own = given.own || !word.starts_with('-');  // Each of doctest's words stands alone.
    }
  }
  return given;
}

int one_case(const Arguments& given) {
  const journal::testing::TempFolder folder;
  Samples samples(given.length.seed, folder / "");
  const Sample& sample = samples.of(given.form);
  Tree tree = sample.tree;
  for (const Edit& edit : given.damage) {
    if (!apply(sample, edit, tree)) fmt::print("{} changes nothing\n", to_text(edit));
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
  const auto given = parse(count, words);
  if (given.understood && given.length.minutes > 0) return run_for(given.length);
  if (given.understood && !given.damage.empty()) return one_case(given);
  if (given.own) {
    fmt::print(stderr, "rot_test: an argument is none of its own; main.cc lists them\n");
    return 2;
  }
  return doctest::Context(count, words).run();
}

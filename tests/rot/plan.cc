#include "tests/rot/plan.h"

#include <filesystem>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace reprise::rot {
namespace {

constexpr unsigned rounds = 8;
constexpr std::size_t sparse = 11;
constexpr std::size_t unread_stride = 97;
constexpr unsigned doubles = 1'000;

/// Two flipped bits. Not of the anchor: what a damaged one does not claim may be lost with another.
bool each_double(const Sample& sample, const EachCase& each) {
  runtime::SeededRandom random(sample.seed);
  std::vector<std::string> files = files_of(sample.tree, Files::large);
  for (auto& file : files_of(sample.tree, Files::small)) {
    if (file != "anchor") files.push_back(std::move(file));
  }
  for (unsigned i = 0; i < doubles; ++i) {
    Damage damage;
    while (damage.size() < 2) {
      const auto& file = files[random.below(files.size())];
      const std::uint64_t size = sample.tree.at(file).size();
      if (size == 0) continue;
      damage.push_back({Edit::Kind::flip, file, {random.below(size), random.below(8)}});
    }
    if (!each(sample, damage)) return false;
  }
  return true;
}

/// Passes on one in so many, as if there had been `before` already.
class Thinned {
 public:
  Thinned(const Sample& sample, std::uint64_t one_in, const EachCase& each,
          std::uint64_t before = 0)
      : sample_(sample), one_in_(one_in), count_(before), each_(each) {}

  bool operator()(const Edit& edit) {
    if (count_++ % one_in_ != 0) return true;
    return each_(sample_, {edit});
  }

 private:
  const Sample& sample_;
  std::uint64_t one_in_;
  std::uint64_t count_;
  const EachCase& each_;
};

bool each_of_brief(const Sample& sample, std::uint64_t brief, const EachCase& each) {
  const auto flips = [&](Files which, std::uint64_t one_in) {
    return each_flip(sample, which, 0, 1, sample.seed, Thinned(sample, one_in, each, sample.seed));
  };
  return each_other(sample, Thinned(sample, 3 * brief, each)) && flips(Files::small, 2 * brief) &&
         flips(Files::large, 30 * brief) && flips(Files::unread, 400 * brief);
}

/// A little of everything: what there is of other edits, and flips all over the large files.
bool each_of_all_sorts(const Sample& sample, const EachCase& each) {
  const Thinned all(sample, 1, each);
  return each_other(sample, all) && each_double(sample, each) &&
         each_flip(sample, Files::large, 0, sparse, sample.seed, all) &&
         each_flip(sample, Files::unread, 0, unread_stride, sample.seed, all);
}

bool each_small_bit(const Sample& sample, const EachCase& each) {
  for (unsigned round = 0; round < rounds; ++round) {
    const Thinned all(sample, 1, each);
    if (!each_flip(sample, Files::small, round, 1, sample.seed, all)) return false;
  }
  return true;
}

/// What each_of_all_sorts leaves of the flips of the large files of the plan's first seed, as far
/// as they are this plan's: all over the files first, then more and more densely.
bool each_left_of_first(const Plan& plan, Samples& first, const EachCase& each) {
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t offset = 0; offset < sparse; ++offset) {
      const std::uint64_t drawn = plan.first / sparse * sparse + offset;
      if (round == 0 && drawn == plan.first) continue;
      for (const Form form : {Form::killed, Form::orderly}) {
        const Sample& sample = first.of(form);
        const auto own = [&](const Edit& flip) {
          return !is_own(plan, flip) || each(sample, {flip});
        };
        if (!each_flip(sample, Files::large, round, sparse, drawn, own)) return false;
      }
    }
  }
  return true;
}

void only_case(const Plan& plan, const std::string& folder, const EachCase& each) {
  const auto space = plan.only.find(' ');
  const auto edit = edit_from(std::string_view(plan.only).substr(space + 1));
  if (!edit) throw std::runtime_error("not an edit: " + plan.only);
  const bool killed = plan.only.substr(0, space) == name(Form::killed);
  Samples samples(plan.seed, folder);
  each(samples.of(killed ? Form::killed : Form::orderly), {*edit});
}

}  // namespace

const Sample& Samples::of(Form form) {
  auto& sample = samples_[static_cast<std::size_t>(form)];
  if (!sample) {
    const auto folder = fmt::format("{}/{}", folder_, name(form));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    sample = std::make_unique<Sample>(make_sample(seed_, form, folder));
    std::filesystem::remove_all(folder);
  }
  return *sample;
}

bool is_own(const Plan& plan, const Edit& flip) {
  const auto [at, bit, unused] = flip.numbers;
  return (at * 8 + bit) % plan.step == plan.seed - plan.first;
}

void each_case(const Plan& plan, const std::string& folder, const Visitor& visitor) {
  const EachCase& each = visitor.each;
  if (!plan.only.empty()) return only_case(plan, folder, each);
  for (std::uint64_t seed = plan.seed;; seed += plan.step) {
    Samples samples(seed, folder);
    const auto each_form = [&](const std::function<bool(const Sample&)>& part) {
      return part(samples.of(Form::killed)) && part(samples.of(Form::orderly));
    };
    if (plan.brief > 0) {
      each_form([&](const Sample& of) { return each_of_brief(of, plan.brief, each); });
      return;
    }
    if (seed == plan.first) visitor.begun(samples);
    if (!each_form([&](const Sample& of) { return each_of_all_sorts(of, each); }) ||
        !each_form([&](const Sample& of) { return each_small_bit(of, each); })) {
      return;
    }
    if (seed != plan.seed) continue;
    visitor.flipped(Files::small);
    Samples first(plan.first, folder);
    if (!each_left_of_first(plan, seed == plan.first ? samples : first, each)) return;
    visitor.flipped(Files::large);
  }
}

}  // namespace reprise::rot

#include "tests/rot/worker.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

namespace reprise::rot {
namespace {

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// Most cases plainly, which is quickest.
Look look_of(std::uint64_t number) {
  if (number % 16 == 0) return Look::engine;
  return number % 16 == 8 ? Look::twice : Look::plain;
}

class Worker {
 public:
  explicit Worker(const Work& work)
      : work_(work),
        shared_(shared_in(work.folder)),
        violations_(violations_in(work.folder), std::ios::app) {}

  void begin(Samples& first) {
    for (const Files which : {Files::small, Files::large}) {
      std::uint64_t bits = 0;
      for (const Form form : {Form::orderly, Form::killed}) {
        const Tree& tree = first.of(form).tree;
        for (const auto& file : files_of(tree, which)) bits += 8 * tree.at(file).size();
      }
      shared_.first_of.at(index(which)) = bits;
    }
  }
  void finish(Files which) { shared_.first_all.at(index(which)) = true; }

  bool take(const Sample& sample, const Damage& damage) {
    if (++number_ <= work_.after) return true;
    if (work_.until_ms >= 0 && now_ms() >= work_.until_ms) return false;
    Tree tree = sample.tree;
    bool changed = true;
    for (const Edit& edit : damage) changed = apply(sample, edit, tree) && changed;
    if (!changed) return true;
    const auto arguments = arguments_of(sample, damage);
    const auto size = std::min(arguments.size(), shared_.arguments.size() - 1);
    std::copy_n(arguments.begin(), size, shared_.arguments.begin());
    shared_.arguments[size] = '\0';
    shared_.number = number_;
    const Look look = look_of(number_);
    const auto judgement = judge(sample, damage, tree, look, work_.folder);
    const bool flip = damage.size() == 1 && damage[0].kind == Edit::Kind::flip;
    ++(flip ? shared_.flips : shared_.others);
    const auto which = kind_of(damage[0].file);
    if (flip && sample.seed == work_.plan.first && which != Files::unread) {
      ++shared_.first_done.at(index(which));
    }
    if (look == Look::engine) ++shared_.engines;
    ++shared_.by_outcome.at(static_cast<std::size_t>(judgement.outcome));
    if (!judgement.violation.empty()) {
      auto text = judgement.violation;
      std::replace(text.begin(), text.end(), '\n', ' ');
      violations_ << "rot_test " << arguments << ": " << text << std::endl;
    }
    return true;
  }

 private:
  static std::size_t index(Files which) { return static_cast<std::size_t>(which); }

  const Work& work_;
  Shared& shared_;
  std::ofstream violations_;
  std::uint64_t number_ = 0;
};

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  flips += other.flips;
  others += other.others;
  engines += other.engines;
  for (std::size_t i = 0; i < first.size(); ++i) {
    first.at(i).done += other.first.at(i).done;
    first.at(i).of += other.first.at(i).of;
    first.at(i).all = first.at(i).all && other.first.at(i).all;
  }
  for (std::size_t i = 0; i < outcomes; ++i) by_outcome.at(i) += other.by_outcome.at(i);
  return *this;
}

std::vector<std::string> to_words(const Work& work) {
  return {std::to_string(work.plan.seed),
          std::to_string(work.plan.step),
          std::to_string(work.plan.first),
          std::to_string(work.plan.brief),
          std::to_string(work.after),
          std::to_string(work.until_ms),
          work.folder,
          work.plan.only};
}

Work work_from(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) {
    return std::strtoull(words.at(i).c_str(), nullptr, 10);
  };
  Work work;
  work.plan = {number(0), number(1), number(2), number(3), words.at(7)};
  work.after = number(4);
  work.until_ms = std::strtoll(words.at(5).c_str(), nullptr, 10);
  work.folder = words.at(6);
  return work;
}

Shared& shared_in(const std::string& folder) {
  const auto path = folder + "/shared";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const bool sized = file >= 0 && ::ftruncate(file, sizeof(Shared)) == 0;
  void* page = sized ? ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                     : MAP_FAILED;
  if (file >= 0) ::close(file);
  if (page == MAP_FAILED) throw std::runtime_error("no shared page in " + folder);
  // All zero is a valid one, and what a worker before this one has counted stays.
  return *static_cast<Shared*>(page);
}

std::string violations_in(const std::string& folder) { return folder + "/violations"; }

int work(const Work& work) {
  Worker worker(work);
  each_case(work.plan, work.folder,
            {.each = [&](const Sample& sample,
                         const Damage& damage) { return worker.take(sample, damage); },
             .begun = [&](Samples& first) { worker.begin(first); },
             .flipped = [&](Files which) { worker.finish(which); }});
  return 0;
}

std::string arguments_of(const Sample& sample, const Damage& damage) {
  auto text = fmt::format("--seed {} --store {}", sample.seed, name(sample.form));
  for (const Edit& edit : damage) text += " --damage " + to_text(edit);
  return text;
}

}  // namespace reprise::rot

// What runs say of each other: children and parents, senders and receivers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/verifier/finding.h"

namespace reprise::verifier {

/// Collected while histories are folded, compared when all are.
class Links {
 public:
  using Op = std::pair<std::uint64_t, std::uint32_t>;  ///< A run and an operation of it.

  /// What a parent or sender asked for.
  struct Asked {
    std::string space;
    std::string id;
    std::string name;        ///< Of the workflow or the signal.
    std::uint64_t hash = 0;  ///< Of the input; 0 for a signal.
    std::string signal_id;
  };
  /// What the other side recorded.
  struct Taken {
    Op op;
    std::uint64_t run = 0;
    std::uint64_t seq = 0;
    Asked what;
  };
  /// What came back.
  struct Answer {
    Op op;
    std::uint64_t run = 0;  ///< The child's.
    bool closed = false;    ///< Its result, not its start.
  };

  void asked(Op op, Asked what) { asked_.emplace(op, std::move(what)); }
  void child_started(Taken taken) { children_.push_back(std::move(taken)); }
  void signal_received(Taken taken) { signals_.push_back(std::move(taken)); }
  void answered(Answer answer) { answers_.push_back(answer); }
  void held(std::uint64_t run, bool closed) { runs_[run] = closed; }

  /// Reports where two sides disagree. What is not held (deleted) is not asked.
  void check(Findings& findings) const;

 private:
  void check_taken(const std::vector<Taken>& taken, Findings& findings) const;

  std::map<Op, Asked> asked_;
  std::vector<Taken> children_;
  std::vector<Taken> signals_;
  std::vector<Answer> answers_;
  std::map<std::uint64_t, bool> runs_;
};

}  // namespace reprise::verifier

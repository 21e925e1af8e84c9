// One recorded run, in memory: nothing of where it came from is open any more, so that processes
// can be forked from this one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reprise/result.h>

#include "journal/store.h"
#include "runtime/reader.h"

namespace reprise::debug {

class LoadedRun {
 public:
  /// Of the store or journal file at `path`; `id` "": the only instance there is. Errors: those of
  /// opening and of Reader::recorded, invalid_argument: there are several.
  static Result<LoadedRun> load(const std::string& path, const std::string& space,
                                const std::string& id);

  /// What is to be said of how it was read.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
  [[nodiscard]] const runtime::Recorded& recorded() const noexcept { return *recorded_; }

 private:
  LoadedRun() = default;

  std::unique_ptr<journal::Store> store_;
  std::unique_ptr<runtime::Reader> reader_;
  std::unique_ptr<runtime::Recorded> recorded_;
  std::vector<std::string> notes_;
};

}  // namespace reprise::debug

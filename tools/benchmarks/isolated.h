// Runs work in a process of its own: its memory, threads and death are its own too.
#pragma once

#include <functional>
#include <string>

namespace reprise::bench {

/// What `work` returned. Throws std::runtime_error with what it threw, or how it died.
/// REQUIRES: this process has no other thread.
std::string isolated(const std::function<std::string()>& work);

/// Runs `work`, which has to end its process by SIGKILL. Throws when it ended otherwise.
void killed(const std::function<void()>& work);

/// A folder that is empty at the start and gone at the end.
class Scratch {
 public:
  explicit Scratch(std::string path);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace reprise::bench

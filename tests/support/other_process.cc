#include "tests/support/other_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "journal/store.h"

namespace reprise::test {

Found open_elsewhere(const std::string& path) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  // This process has threads: what comes before exec() may neither lock nor allocate.
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), "--open", path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  if (child < 0) throw std::runtime_error("no process can be made");
  Found found;
  std::array<char, 512> part{};
  for (ssize_t size = 0; (size = ::read(ends[0], part.data(), part.size())) > 0;) {
    found.message.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status)) throw std::runtime_error("the other process died");
  found.code = static_cast<Code>(WEXITSTATUS(status));
  return found;
}

int open_here(const std::string& path) {
  auto store = journal::open_rocks_store({.path = path});
  if (store) return (*store)->close().ok() ? 0 : 1;
  static_cast<void>(std::fputs(store.error().message().c_str(), stdout));
  return static_cast<int>(store.code());
}

}  // namespace reprise::test

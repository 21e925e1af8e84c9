#include "tests/support/live_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <vector>

#include "journal/store.h"
#include "tests/journal/store_fixture.h"

namespace reprise::test {

using journal::ShardAppend;
using journal::Table;

struct LiveWriter::Shared {
  std::array<std::atomic<std::uint64_t>, LiveWriter::shards> acknowledged;
  std::atomic<std::uint64_t> lives;

  /// Of both processes, in a file beside the store.
  static Shared* map(const std::string& path) {
    const auto name = path + ".acknowledged";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || ::ftruncate(file, sizeof(Shared)) != 0) throw std::runtime_error(name);
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (memory == MAP_FAILED) throw std::runtime_error(name);
    return static_cast<Shared*>(memory);
  }

  static Result<void> one_life(const std::string& path, Shared& shared);
};

LiveWriter::LiveWriter(const std::string& path) : shared_(Shared::map(path)) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  // This process has threads: what comes before exec() may neither lock nor allocate.
  child_ = ::fork();
  if (child_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), "--write", path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  char opened = 0;
  const bool lives = child_ > 0 && ::read(ends[0], &opened, 1) == 1;
  ::close(ends[0]);
  if (!lives) throw std::runtime_error("the writer did not open its store");
}

LiveWriter::~LiveWriter() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  ::munmap(shared_, sizeof(Shared));
}

std::uint64_t LiveWriter::acknowledged(std::uint16_t shard) const {
  return shared_->acknowledged.at(shard);
}
std::uint64_t LiveWriter::lives() const { return shared_->lives; }

void LiveWriter::stop() const {
  ::kill(child_, SIGSTOP);
  int status = 0;
  ::waitpid(child_, &status, WUNTRACED);
}
void LiveWriter::go_on() const { ::kill(child_, SIGCONT); }

Result<void> LiveWriter::Shared::one_life(const std::string& path, Shared& shared) {
  auto store = journal::open_rocks_store({.path = path, .shards = LiveWriter::shards});
  if (!store) return std::move(store).error();
  const auto backup = path + ".backup";
  if (++shared.lives == 1 && ::write(STDOUT_FILENO, "!", 1) != 1) std::_Exit(1);
  Result<void> done;
  for (int i = 1; done && i <= 2000; ++i) {
    std::vector<ShardAppend> group;
    for (ShardId shard = 0; shard < LiveWriter::shards; ++shard) {
      const Position next = (*store)->ends(shard).last + 1;
      auto& part = group.emplace_back(journal::testing::one_record(
          **store, shard, std::to_string(next) + std::string(next % 3000, '.')));
      // What the view must hold together with this record, and rows that come and go.
      part.puts.push_back({Table::rows, "last/" + std::to_string(shard), std::to_string(next)});
      const auto row = std::to_string(shard) + "/" + std::to_string(next % 97);
      std::optional<std::string> value;
      if (next % 5 != 0) value = std::string(next % 900, 'x') + row;
      part.puts.push_back({Table::chunks, row, value});
    }
    done = (*store)->append(group, true);
    if (!done) break;
    for (ShardId shard = 0; shard < LiveWriter::shards; ++shard) {
      shared.acknowledged.at(shard) = (*store)->ends(shard).last;
    }
    if (i % 50 == 0) done = (*store)->renew_anchor();
    if (done && i % 60 == 0) {
      // It flushes all families: their files go, and are soon compacted.
      done = (*store)->backup(backup);
      std::filesystem::remove_all(backup);
    }
    for (ShardId shard = 0; done && i % 150 == 0 && shard < LiveWriter::shards; ++shard) {
      done = (*store)->trim(shard, (*store)->ends(shard).last - 100);
    }
  }
  return done ? (*store)->close() : done;
}

int write_here(const std::string& path) {
  auto* shared = LiveWriter::Shared::map(path);
  for (;;) {
    if (auto lived = LiveWriter::Shared::one_life(path, *shared); !lived) {
      std::fputs((lived.error().message() + "\n").c_str(), stderr);
      return 1;
    }
  }
}

}  // namespace reprise::test

#include "tools/benchmarks/meter.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace {

std::atomic<std::uint64_t> syncs{0};

}  // namespace

// Before the C library's of the same names, for RocksDB as well: a sync is counted where it is
// asked for, whoever asks.
extern "C" int fsync(int file) {
  syncs.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(syscall(SYS_fsync, file));
}

extern "C" int fdatasync(int file) {
  syncs.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace reprise::bench {
namespace {

/// The number behind `word` in a file of the kernel's.
std::uint64_t field(const char* file, std::string_view word) {
  std::ifstream lines(file);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(word)) return std::stoull(line.substr(word.size()));
  }
  throw std::runtime_error(std::string(file) + " has no " + std::string(word));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

Cost Cost::operator-(const Cost& before) const noexcept {
  return {seconds - before.seconds, cpu_seconds - before.cpu_seconds, bytes - before.bytes,
          syncs - before.syncs};
}

Cost cost_so_far() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return {now(), seconds_of(used.ru_utime) + seconds_of(used.ru_stime),
          field("/proc/self/io", "wchar:"), ::syncs.load()};
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::uint64_t resident_bytes() { return field("/proc/self/status", "VmRSS:") * 1024; }
std::uint64_t peak_bytes() { return field("/proc/self/status", "VmHWM:") * 1024; }

std::uint64_t disk_bytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

double metric(const std::string& page, const std::string& name) {
  const std::string head = "\n" + name + " ";
  const auto at = page.find(head);
  if (at == std::string::npos) throw std::runtime_error("no metric " + name);
  return std::stod(page.substr(at + head.size(), 40));
}

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

}  // namespace reprise::bench

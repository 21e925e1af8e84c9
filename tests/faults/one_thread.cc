#include "tests/faults/one_thread.h"

#include <algorithm>
#include <cerrno>
#include <deque>

#include <dlfcn.h>
#include <pthread.h>

namespace reprise::faults {
namespace {

thread_local std::deque<Job> jobs;

/// The C library's own function behind one that is defined here. Asked for by its version first:
/// the condition variables of before 2.3.2 have another layout.
template <class Function>
Function original(const char* name) {
  void* found = ::dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
  if (found == nullptr) found = ::dlsym(RTLD_NEXT, name);
  return reinterpret_cast<Function>(found);
}

/// Runs a job instead of waiting; the caller takes it for a spurious wakeup. False: nothing to run.
bool run_instead(pthread_mutex_t* mutex) {
  if (jobs.empty()) return false;
  ::pthread_mutex_unlock(mutex);
  run_job();
  ::pthread_mutex_lock(mutex);
  return true;
}

}  // namespace

void schedule(Job job) { jobs.push_back(job); }

int unschedule(void* tag) {
  int count = 0;
  for (auto at = jobs.begin(); at != jobs.end();) {
    if (at->tag != tag) {
      ++at;
      continue;
    }
    const Job job = *at;
    at = jobs.erase(at);
    if (job.drop != nullptr) job.drop(job.argument);
    ++count;
  }
  return count;
}

bool run_job() {
  if (jobs.empty()) return false;
  const Job job = jobs.front();
  jobs.pop_front();
  job.run(job.argument);
  return true;
}

}  // namespace reprise::faults

// These stand before the C library's for the whole program, RocksDB's library included.
extern "C" int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*);
  static const auto wait = reprise::faults::original<Wait>("pthread_cond_wait");
  return reprise::faults::run_instead(mutex) ? 0 : wait(condition, mutex);
}

extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const auto wait = reprise::faults::original<Wait>("pthread_cond_timedwait");
  return reprise::faults::run_instead(mutex) ? 0 : wait(condition, mutex, until);
}

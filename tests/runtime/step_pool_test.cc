// The threads of an engine: a system that gives no more of them is an error, not the host's end.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/reprise.h>

#include "runtime/step_runner.h"

namespace {

using namespace reprise;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

/// In a process of its own, whose memory has no room for so many stacks.
template <class Work>
int exit_of(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit room{rlim_t{4} << 30, rlim_t{4} << 30};
    if (setrlimit(RLIMIT_AS, &room) != 0) _exit(100);
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_SUITE("runtime/step_pool") {
  TEST_CASE("more threads than the system gives are io_error") {
    if (sanitized) return;  // A sanitizer's own memory is beyond any such limit.
    CHECK(exit_of([] {
            const auto pool = runtime::make_step_pool(20'000);
            return pool.ok() ? 1 : pool.code() == Code::io_error ? 0 : 2;
          }) == 0);
    CHECK(exit_of([] {
            EngineOptions options;
            options.step_threads = 20'000;
            options.log.level.reset();
            const auto engine = Engine::open(options, Registry{});
            return engine.ok() ? 1 : engine.code() == Code::io_error ? 0 : 2;
          }) == 0);
  }
}

// Functions of the C library, as programs that link reprise::testing call them: the guard is told,
// and all goes on to the library's own.
//
// Invariants:
// - Weak: a function that the program or a sanitizer defines itself stays the one that is called.
// - Outside of workflow code, before main() and in signal handlers too, they take no lock and no
//   memory of their own, but for what the first lookup of a name takes. Within it a note takes what
//   backtrace() takes.
//
// The names that the linker sees are set by hand: the headers' declarations differ in what they
// promise from system to system, and redirect some names to others.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <ctime>
#include <type_traits>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <reprise/testing/test_engine.h>

#include "tools/testing/guard.h"

// What a sanitizer looks at may not run before the sanitizer does.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REPRISE_NO_GUARD
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define REPRISE_NO_GUARD
#endif
#endif

namespace reprise::testing {

#ifdef REPRISE_NO_GUARD

bool sees_calls() noexcept { return false; }

#else

#define REPRISE_WEAK extern "C" __attribute__((weak, visibility("default")))

// There, if the program was built with one.
REPRISE_WEAK void reprise_asan() __asm__("__asan_init");
REPRISE_WEAK void reprise_hwasan() __asm__("__hwasan_init");
REPRISE_WEAK void reprise_tsan() __asm__("__tsan_init");
REPRISE_WEAK void reprise_msan() __asm__("__msan_init");

bool sees_calls() noexcept {
  return reprise_asan == nullptr && reprise_hwasan == nullptr && reprise_tsan == nullptr &&
         reprise_msan == nullptr;
}

namespace {

/// The library's own function, or that which a sanitizer put before it. Null if there is none, as
/// in a program without shared libraries.
template <class F>
F* own(std::atomic<F*>& known, F* interceptor, const char* name) noexcept {
  F* found = known.load(std::memory_order_relaxed);
  if (found != nullptr) return found;
  found = interceptor != nullptr ? interceptor : reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
  known.store(found, std::memory_order_relaxed);
  return found;
}

/// As the library says that a call failed.
template <class T>
T failed() noexcept {
  errno = ENOSYS;
  if constexpr (std::is_pointer_v<T>) {
    return nullptr;
  } else {
    return static_cast<T>(-1);
  }
}

}  // namespace

// RESULT of the function NAME, which takes PARAMETERS and is called with ARGUMENTS.
#define REPRISE_INTERPOSE(REACH, RESULT, NAME, PARAMETERS, ARGUMENTS)                \
  REPRISE_WEAK RESULT reprise_its_##NAME PARAMETERS __asm__("__interceptor_" #NAME); \
  REPRISE_WEAK RESULT reprise_##NAME PARAMETERS __asm__(#NAME);                      \
  RESULT reprise_##NAME PARAMETERS {                                                 \
    static constinit std::atomic<decltype(&reprise_##NAME)> known{nullptr};          \
    auto* const call = own(known, &reprise_its_##NAME, #NAME);                       \
    Guard::notice(Reach::REACH, #NAME);                                              \
    return call == nullptr ? failed<RESULT>() : call ARGUMENTS;                      \
  }

REPRISE_INTERPOSE(clock, int, clock_gettime, (clockid_t id, timespec* time), (id, time))
REPRISE_INTERPOSE(clock, int, gettimeofday, (timeval * time, void* zone), (time, zone))
REPRISE_INTERPOSE(clock, time_t, time, (time_t* time), (time))
REPRISE_INTERPOSE(clock, int, timespec_get, (timespec * time, int base), (time, base))
REPRISE_INTERPOSE(clock, clock_t, clock, (), ())

REPRISE_INTERPOSE(random, int, rand, (), ())
REPRISE_INTERPOSE(random, long, random, (), ())
REPRISE_INTERPOSE(random, long, lrand48, (), ())
REPRISE_INTERPOSE(random, long, mrand48, (), ())
REPRISE_INTERPOSE(random, double, drand48, (), ())
REPRISE_INTERPOSE(random, unsigned, arc4random, (), ())
REPRISE_INTERPOSE(random, ssize_t, getrandom, (void* to, std::size_t size, unsigned flags),
                  (to, size, flags))
REPRISE_INTERPOSE(random, int, getentropy, (void* to, std::size_t size), (to, size))

REPRISE_INTERPOSE(environment, char*, getenv, (const char* name), (name))
REPRISE_INTERPOSE(environment, char*, secure_getenv, (const char* name), (name))

REPRISE_INTERPOSE(file, void*, fopen, (const char* path, const char* mode), (path, mode))
REPRISE_INTERPOSE(file, void*, fopen64, (const char* path, const char* mode), (path, mode))
REPRISE_INTERPOSE(file, void*, opendir, (const char* path), (path))
REPRISE_INTERPOSE(file, int, stat, (const char* path, void* to), (path, to))
REPRISE_INTERPOSE(file, int, lstat, (const char* path, void* to), (path, to))
REPRISE_INTERPOSE(file, int, access, (const char* path, int mode), (path, mode))
REPRISE_INTERPOSE(file, int, mkdir, (const char* path, mode_t mode), (path, mode))
REPRISE_INTERPOSE(file, int, unlink, (const char* path), (path))
REPRISE_INTERPOSE(file, int, unlinkat, (int folder, const char* path, int flags),
                  (folder, path, flags))
REPRISE_INTERPOSE(file, int, remove, (const char* path), (path))
REPRISE_INTERPOSE(file, int, truncate, (const char* path, off_t size), (path, size))
REPRISE_INTERPOSE(file, ssize_t, readlink, (const char* path, char* to, std::size_t size),
                  (path, to, size))
REPRISE_INTERPOSE(file, char*, realpath, (const char* path, char* to), (path, to))
REPRISE_INTERPOSE(file, char*, getcwd, (char* to, std::size_t size), (to, size))
REPRISE_INTERPOSE(file, int, rename, (const char* from, const char* to), (from, to))
REPRISE_INTERPOSE(file, int, __open_2, (const char* path, int flags), (path, flags))
REPRISE_INTERPOSE(file, int, __open64_2, (const char* path, int flags), (path, flags))

REPRISE_INTERPOSE(network, int, socket, (int domain, int type, int protocol),
                  (domain, type, protocol))
REPRISE_INTERPOSE(network, int, connect, (int file, const sockaddr* to, socklen_t size),
                  (file, to, size))
REPRISE_INTERPOSE(network, int, getaddrinfo,
                  (const char* node, const char* service, const void* hints, void** found),
                  (node, service, hints, found))

REPRISE_INTERPOSE(thread, int, pthread_create,
                  (void* thread, const void* how, void* (*body)(void*), void* argument),
                  (thread, how, body, argument))

REPRISE_INTERPOSE(process, pid_t, fork, (), ())
REPRISE_INTERPOSE(process, int, system, (const char* command), (command))
REPRISE_INTERPOSE(process, void*, popen, (const char* command, const char* mode), (command, mode))
REPRISE_INTERPOSE(process, int, posix_spawn,
                  (void* child, const char* path, const void* actions, const void* how,
                   char* const* arguments, char* const* environment),
                  (child, path, actions, how, arguments, environment))

REPRISE_INTERPOSE(sleep, int, nanosleep, (const timespec* time, timespec* left), (time, left))
REPRISE_INTERPOSE(sleep, int, clock_nanosleep,
                  (clockid_t id, int flags, const timespec* time, timespec* left),
                  (id, flags, time, left))
REPRISE_INTERPOSE(sleep, unsigned, sleep, (unsigned seconds), (seconds))
REPRISE_INTERPOSE(sleep, int, usleep, (unsigned microseconds), (microseconds))

#undef REPRISE_INTERPOSE

// A file's mode is given only where one may be made. FOLDER: of openat, before the path.
#define REPRISE_INTERPOSE_OPEN(NAME, FOLDER, GIVEN)                             \
  REPRISE_WEAK int reprise_its_##NAME(FOLDER const char*, int,                  \
                                      ...) __asm__("__interceptor_" #NAME);     \
  REPRISE_WEAK int reprise_##NAME(FOLDER const char*, int, ...) __asm__(#NAME); \
  int reprise_##NAME(FOLDER const char* path, int flags, ...) {                 \
    static constinit std::atomic<decltype(&reprise_##NAME)> known{nullptr};     \
    auto* const call = own(known, &reprise_its_##NAME, #NAME);                  \
    Guard::notice(Reach::file, #NAME);                                          \
    if (call == nullptr) return failed<int>();                                  \
    if ((flags & O_CREAT) == 0 && (flags & O_TMPFILE) != O_TMPFILE)             \
      return call(GIVEN path, flags);                                           \
    va_list rest;                                                               \
    va_start(rest, flags);                                                      \
    const mode_t mode = va_arg(rest, mode_t);                                   \
    va_end(rest);                                                               \
    return call(GIVEN path, flags, mode);                                       \
  }
#define REPRISE_NOTHING
#define REPRISE_FOLDER int folder,
#define REPRISE_GIVEN folder,

REPRISE_INTERPOSE_OPEN(open, REPRISE_NOTHING, REPRISE_NOTHING)
REPRISE_INTERPOSE_OPEN(open64, REPRISE_NOTHING, REPRISE_NOTHING)
REPRISE_INTERPOSE_OPEN(openat, REPRISE_FOLDER, REPRISE_GIVEN)
REPRISE_INTERPOSE_OPEN(openat64, REPRISE_FOLDER, REPRISE_GIVEN)

#undef REPRISE_INTERPOSE_OPEN
#undef REPRISE_NOTHING
#undef REPRISE_FOLDER
#undef REPRISE_GIVEN

/// std::random_device asks the processor, where it can: that is no call of the C library.
REPRISE_WEAK unsigned reprise_random_device(void* device) __asm__(
    "_ZNSt13random_device9_M_getvalEv");
unsigned reprise_random_device(void* device) {
  static constinit std::atomic<decltype(&reprise_random_device)> known{nullptr};
  auto* const call = own<unsigned(void*)>(known, nullptr, "_ZNSt13random_device9_M_getvalEv");
  Guard::notice(Reach::random, "std::random_device");
  return call == nullptr ? failed<unsigned>() : call(device);
}

#undef REPRISE_WEAK

#endif

}  // namespace reprise::testing

// Functions of the C library, as programs that link reprise::testing call them: the guard is told,
// and all goes on to the library's own.
//
// The names that the linker sees are set by hand: the headers' declarations differ in what they
// promise from system to system, and redirect some names to others.
#include <cstdarg>
#include <cstddef>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <reprise/testing/test_engine.h>

#include "tools/testing/guard.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REPRISE_NO_GUARD
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REPRISE_NO_GUARD
#endif
#endif

namespace reprise::testing {

#ifdef REPRISE_NO_GUARD

bool sees_calls() noexcept { return false; }

#else

bool sees_calls() noexcept { return true; }

namespace {

/// The library's own function, of the type of `mine`.
template <class F>
F* next(F*, const char* name) noexcept {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// RESULT of the function NAME, which takes PARAMETERS and is called with ARGUMENTS.
#define REPRISE_INTERPOSE(REACH, RESULT, NAME, PARAMETERS, ARGUMENTS)                         \
  extern "C"                                                                                  \
      __attribute__((visibility("default"))) RESULT reprise_##NAME PARAMETERS __asm__(#NAME); \
  RESULT reprise_##NAME PARAMETERS {                                                          \
    static auto* const own = next(&reprise_##NAME, #NAME);                                    \
    Guard::notice(Reach::REACH, #NAME);                                                       \
    return own ARGUMENTS;                                                                     \
  }

REPRISE_INTERPOSE(clock, int, clock_gettime, (clockid_t id, timespec* time), (id, time))
REPRISE_INTERPOSE(clock, int, gettimeofday, (timeval * time, void* zone), (time, zone))
REPRISE_INTERPOSE(clock, time_t, time, (time_t* time), (time))
REPRISE_INTERPOSE(clock, int, timespec_get, (timespec * time, int base), (time, base))
REPRISE_INTERPOSE(clock, clock_t, clock, (), ())

REPRISE_INTERPOSE(random, int, rand, (), ())
REPRISE_INTERPOSE(random, long, random, (), ())
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

REPRISE_INTERPOSE(sleep, int, nanosleep, (const timespec* time, timespec* left), (time, left))
REPRISE_INTERPOSE(sleep, int, clock_nanosleep,
                  (clockid_t id, int flags, const timespec* time, timespec* left),
                  (id, flags, time, left))
REPRISE_INTERPOSE(sleep, unsigned, sleep, (unsigned seconds), (seconds))
REPRISE_INTERPOSE(sleep, int, usleep, (unsigned microseconds), (microseconds))

#undef REPRISE_INTERPOSE

// A file's mode is there only where one may be made.
#define REPRISE_INTERPOSE_OPEN(NAME)                                                        \
  extern "C" __attribute__((visibility("default"))) int reprise_##NAME(const char*, int,    \
                                                                       ...) __asm__(#NAME); \
  int reprise_##NAME(const char* path, int flags, ...) {                                    \
    static auto* const own = next(&reprise_##NAME, #NAME);                                  \
    Guard::notice(Reach::file, #NAME);                                                      \
    if ((flags & (O_CREAT | O_TMPFILE)) == 0) return own(path, flags);                      \
    va_list rest;                                                                           \
    va_start(rest, flags);                                                                  \
    const mode_t mode = va_arg(rest, mode_t);                                               \
    va_end(rest);                                                                           \
    return own(path, flags, mode);                                                          \
  }

REPRISE_INTERPOSE_OPEN(open)
REPRISE_INTERPOSE_OPEN(open64)

#undef REPRISE_INTERPOSE_OPEN

/// std::random_device asks the processor, where it can: that is no call of the C library.
extern "C" __attribute__((visibility("default"))) unsigned reprise_random_device(
    void* device) __asm__("_ZNSt13random_device9_M_getvalEv");
unsigned reprise_random_device(void* device) {
  static auto* const own = next(&reprise_random_device, "_ZNSt13random_device9_M_getvalEv");
  Guard::notice(Reach::random, "std::random_device");
  return own(device);
}

#endif

}  // namespace reprise::testing

// Every difference between compilers, in one place.
//
// Clang 19 is the reference; GCC 12 is supported (docs/style.md lists the forms it compiles
// wrongly).
#pragma once

// Clang from 18 on checks that a coroutine's reference parameters outlive it.
#if defined(__clang__) && __clang_major__ >= 18
#define REPRISE_COROUTINE [[clang::coro_return_type]] [[clang::coro_lifetimebound]]
#define REPRISE_COROUTINE_WRAPPER [[clang::coro_wrapper]]
#else
#define REPRISE_COROUTINE
#define REPRISE_COROUTINE_WRAPPER
#endif

// Whose code it is: objects of both work together, but are not tested so.
#ifdef __clang__
#define REPRISE_COMPILER "clang"
#else
#define REPRISE_COMPILER "gcc"
#endif

namespace reprise::detail {

/// For a static_assert that must fail only when its template is instantiated.
template <class...>
inline constexpr bool never = false;

}  // namespace reprise::detail

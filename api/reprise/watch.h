// A value that each command tells of while it is watched: what Context::watch makes.
//
//   Cart cart;
//   const auto watched = ctx.watch("cart", cart);
//
// Each command issued in its scope, the workflow's end too, is recorded with a hash of the value as
// it is then. A replay whose value hashes otherwise says where, and which value it is, also where
// no command differs.
//
// Invariants:
// - It decides nothing: a command whose values differ is the command all the same.
// - The value outlives the watch: both are locals, the value first.
// - Of two with one name each counts. The first 16 that are open count, others do not.
// - A value whose codec refuses it, or throws, is not watched while that is so. In a codec every
//   Context is invalid.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <reprise/codec.h>
#include <reprise/detail/driver.h>

namespace reprise {

namespace detail {

/// A watch as the engine sees it.
class WatchBody {
 public:
  explicit WatchBody(std::string name) : name_(std::move(name)) {}
  WatchBody(const WatchBody&) = delete;
  WatchBody& operator=(const WatchBody&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] virtual Encoding encoding() const noexcept = 0;
  /// Appends the value as it is now. False if its codec refuses it: what is appended is no value.
  [[nodiscard]] virtual bool encode(std::string& out) const noexcept = 0;

 protected:
  virtual ~WatchBody() = default;

 private:
  const std::string name_;
};

/// Tells the driver whose code runs here of a watch. Throws Error: context_invalid,
/// invalid_argument, name_too_long.
void open_watch(ExecutionId execution, WatchBody& watch);
/// Does nothing while frames are being destroyed.
void close_watch(ExecutionId execution, WatchBody& watch) noexcept;

}  // namespace detail

/// A watch; it ends with its scope. Keep it in a named local, after what it refers to.
template <class T>
class [[nodiscard("a watch ends with its scope: give it a name")]] Watch final
    : private detail::WatchBody {
  static_assert(!std::is_void_v<T> && Journaled<T>,
                "a watched value is encoded: give its type to_json and from_json, or a Codec");

 public:
  /// REQUIRES: `value` outlives it.
  Watch(detail::ExecutionId execution, std::string name, const T& value)
      : WatchBody(std::move(name)), execution_(execution), value_(value) {
    detail::open_watch(execution_, *this);
  }
  ~Watch() override { detail::close_watch(execution_, *this); }

 private:
  [[nodiscard]] Encoding encoding() const noexcept override { return Codec<T>::encoding; }
  [[nodiscard]] bool encode(std::string& out) const noexcept override {
    try {
      return Codec<T>::encode(value_, out).ok();
    } catch (...) {  // NOLINT: what is only looked at stops nobody.
      return false;
    }
  }

  const detail::ExecutionId execution_;
  const T& value_;
};

}  // namespace reprise

// FlatBuffers tables as inputs, results, arguments and signals: journaled as they are, not copied
// into another form.
//
//   #include <reprise/flatbuffers.h>
//   reprise::Workflow<void> ship(reprise::Context ctx, reprise::Table<shop::Order> order) {
//     co_await ctx.step("pack", pack, order);   // reads order->items()
//   }
//   engine.start(ship, "order-42", reprise::Table<shop::Order>(builder));
//
// Not part of the umbrella header: who includes this one has FlatBuffers, 2.0 or newer.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <flatbuffers/flatbuffers.h>

#include <reprise/assert.h>
#include <reprise/codec.h>

namespace reprise {

/// A finished FlatBuffer whose root is a T, a table that flatc generated. Immutable: copies share
/// the bytes, on any thread.
///
/// Invariants:
/// - The bytes were verified, or come from a builder: reading never leaves them.
/// - They stand at an address where every scalar is aligned.
template <class T>
class Table {
 public:
  /// What `builder` holds. REQUIRES: it was finished, with a T as root.
  explicit Table(const flatbuffers::FlatBufferBuilder& builder)
      : Table(std::string_view(reinterpret_cast<const char*>(builder.GetBufferPointer()),
                               builder.GetSize())) {}

  /// A copy of `bytes`. Errors: undecodable, the verifier refuses them.
  static Result<Table> from(std::string_view bytes) {
    if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return refused();
    Table table(bytes);
    flatbuffers::Verifier verifier(table.begin(), table.size_);
    if (!verifier.VerifyBuffer<T>(nullptr)) return refused();
    return table;
  }

  const T& operator*() const noexcept { return *flatbuffers::GetRoot<T>(begin()); }
  const T* operator->() const noexcept { return flatbuffers::GetRoot<T>(begin()); }

  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(begin()), size_};
  }
  /// Of the bytes: the same values built in another order may differ.
  friend bool operator==(const Table& a, const Table& b) noexcept { return a.bytes() == b.bytes(); }

 private:
  explicit Table(std::string_view bytes)
      : words_(new std::uint64_t[bytes.size() / 8 + 1]), size_(bytes.size()) {
    if (size_ != 0) std::memcpy(words_.get(), bytes.data(), size_);
  }
  static Error refused() {
    return detail::undecodable("it is no FlatBuffer of the table asked for");
  }
  [[nodiscard]] const std::uint8_t* begin() const noexcept {
    return reinterpret_cast<const std::uint8_t*>(words_.get());
  }

  std::shared_ptr<std::uint64_t[]> words_;
  std::size_t size_;
};

template <class T>
struct Codec<Table<T>> {
  static constexpr Encoding encoding = Encoding::flatbuffer;
  static Result<void> encode(const Table<T>& value, std::string& out) {
    out += value.bytes();
    return {};
  }
  static Result<Table<T>> decode(std::string_view bytes) { return Table<T>::from(bytes); }
};

}  // namespace reprise

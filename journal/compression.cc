#include "journal/compression.h"

#include <reprise/assert.h>

#include <zstd.h>

#include <fmt/format.h>

namespace reprise::journal {
namespace {

constexpr int level = 1;

Error corrupt(std::uint64_t size, std::string_view why) {
  return Error(Code::corrupt, fmt::format("a compressed payload of {} bytes {}", size, why));
}

}  // namespace

struct Compressor::Contexts {
  ZSTD_CCtx* in = nullptr;
  ZSTD_DCtx* out = nullptr;

  ~Contexts() {
    ZSTD_freeCCtx(in);
    ZSTD_freeDCtx(out);
  }
};

Compressor::Compressor() : contexts_(std::make_unique<Contexts>()) {}
Compressor::~Compressor() = default;

bool Compressor::compress(std::string_view plain, std::string& out) {
  if (contexts_->in == nullptr) contexts_->in = ZSTD_createCCtx();
  REPRISE_ASSERT(contexts_->in != nullptr);
  // What does not fit here is not worth it, and zstd says so.
  out.resize(plain.size() - plain.size() / 8);
  const std::size_t written =
      ZSTD_compressCCtx(contexts_->in, out.data(), out.size(), plain.data(), plain.size(), level);
  if (ZSTD_isError(written) != 0) return false;
  out.resize(written);
  return true;
}

Result<std::string> Compressor::expand(std::string_view packed, std::uint64_t size) {
  if (size > expanded_size_max) return corrupt(size, "is larger than a payload can be");
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) {
    return corrupt(size, "does not begin with a frame of that size");
  }
  if (contexts_->out == nullptr) contexts_->out = ZSTD_createDCtx();
  REPRISE_ASSERT(contexts_->out != nullptr);
  std::string plain(size, '\0');
  const std::size_t read =
      ZSTD_decompressDCtx(contexts_->out, plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(read) != 0 || read != size) return corrupt(size, "does not expand to it");
  return plain;
}

}  // namespace reprise::journal

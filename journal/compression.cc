#include "journal/compression.h"

#include <reprise/assert.h>

#include <zstd.h>

#include <fmt/format.h>

namespace reprise::journal {
namespace {

constexpr int level = 1;
/// 16 MiB: what compress() writes needs half a MiB, and what levels to 19 write 8.
constexpr int window_log_max = 24;

Error corrupt(std::uint64_t size, std::string_view why) {
  return Error(Code::corrupt, fmt::format("a compressed payload of {} bytes {}", size, why));
}

/// One, whole as far as its blocks' headers say, and nothing behind it.
Result<void> is_one_frame(std::string_view packed, std::uint64_t size) {
  if (size > expanded_size_max) return corrupt(size, "is larger than a payload can be");
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) {
    return corrupt(size, "does not begin with a frame of that size");
  }
  if (ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size()) {
    return corrupt(size, "is not one whole frame");
  }
  return {};
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
  if (auto one = is_one_frame(packed, size); !one) return std::move(one).error();
  if (contexts_->out == nullptr) contexts_->out = ZSTD_createDCtx();
  REPRISE_ASSERT(contexts_->out != nullptr);
  std::string plain(size, '\0');
  const std::size_t read =
      ZSTD_decompressDCtx(contexts_->out, plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(read) != 0 || read != size) return corrupt(size, "does not expand to it");
  return plain;
}

Result<void> Compressor::check(std::string_view packed, std::uint64_t size) {
  if (auto one = is_one_frame(packed, size); !one) return one;
  if (contexts_->out == nullptr) contexts_->out = ZSTD_createDCtx();
  REPRISE_ASSERT(contexts_->out != nullptr);
  ZSTD_DCtx_reset(contexts_->out, ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(contexts_->out, ZSTD_d_windowLogMax, window_log_max);
  std::string part(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  std::uint64_t plain = 0;
  std::size_t left = 1;  // 0: the frame is at its end.
  while (left != 0) {
    ZSTD_outBuffer out = {part.data(), part.size(), 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(contexts_->out, &out, &in);
    plain += out.pos;
    const bool stuck = out.pos == 0 && in.pos == before;
    if (ZSTD_isError(left) != 0 || plain > size || (left != 0 && stuck)) break;
  }
  ZSTD_DCtx_reset(contexts_->out, ZSTD_reset_session_and_parameters);
  if (left != 0 || plain != size || in.pos != in.size) {
    return corrupt(size, "does not expand to it");
  }
  return {};
}

}  // namespace reprise::journal

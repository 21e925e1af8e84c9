#include "tests/verifier/payload.h"

#include <fmt/format.h>
#include <zstd.h>
#include <nlohmann/json.hpp>

namespace reprise::verifier {

namespace {

constexpr std::uint64_t size_max = std::uint64_t{1} << 30;
constexpr std::uint64_t packed_above = 1024;

/// The plain bytes of exactly one zstd frame of `size` bytes.
std::optional<std::string> expand(std::string_view frame, std::uint64_t size) {
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) return {};
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) return {};
  std::string plain(static_cast<std::size_t>(size), '\0');
  const std::size_t written =
      ZSTD_decompress(plain.data(), plain.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) != 0 || written != size) return {};
  return plain;
}

/// What is wrong with plain bytes of that encoding, or "".
std::string_view wrong_bytes(std::uint8_t encoding, std::string_view bytes) {
  if (encoding > 5) return "an unknown encoding";
  if (encoding == 0 && !bytes.empty()) return "bytes without an encoding";
  if (encoding == 1 && !nlohmann::json::accept(bytes)) return "not one JSON value";
  if (encoding != 5) return {};
  Reader list(bytes);
  while (list.ok() && list.left() != 0) {
    if (list.little<std::uint8_t>() > 4) return "a list holds an unknown encoding";
    list.bytes(list.little<std::uint32_t>());
  }
  return list.ok() ? std::string_view() : "a list of arguments is cut off";
}

}  // namespace

void Blobs::take(std::string_view key, std::string_view value, Findings& findings) {
  Reader reader(key);
  const auto run = reader.big<std::uint64_t>();
  const auto seq = reader.big<std::uint64_t>();
  if (!reader.done()) return findings.add(Rule::key, "blobs", "a key is not of a run and a seq");
  Reader content(value);
  Blob blob;
  blob.seal = content.hash();
  blob.bytes = content.rest();
  const std::string place = fmt::format("blob {} {}", run_text(run), seq);
  if (!content.ok() || hash_after({}, key, blob.bytes) != blob.seal) {
    return findings.add(Rule::seal, place, "the seal is of other bytes");
  }
  blobs_[{run, seq}] = std::move(blob);
}

const Blobs::Blob* Blobs::find(std::uint64_t run, std::uint64_t seq) {
  const auto found = blobs_.find({run, seq});
  if (found == blobs_.end()) return nullptr;
  found->second.named = true;
  return &found->second;
}

void Blobs::check_named(Findings& findings) const {
  for (const auto& [key, blob] : blobs_) {
    if (blob.named) continue;
    findings.add(Rule::blob, fmt::format("blob {} {}", run_text(key.first), key.second),
                 "no event names it");
  }
}

std::optional<std::string> check_payload(const Payload& payload, std::uint64_t run, Blobs& blobs,
                                         Place place, Findings& findings) {
  const auto wrong = [&](Rule rule, std::string_view text) {
    findings.add(rule, place.text(), std::string(text));
    return std::nullopt;
  };
  std::string plain(view(payload.bytes));
  if (payload.packed != nullptr) {
    const wire::Packed& packed = *payload.packed;
    if (packed.size() <= packed_above || packed.size() > size_max) {
      return wrong(Rule::payload, fmt::format("packed to {} bytes", packed.size()));
    }
    if (packed.compression() > 1 || (packed.compression() == 0 && packed.blob() == 0)) {
      return wrong(Rule::payload, "packed in no known way");
    }
    if (packed.blob() != 0) {
      if (!plain.empty()) return wrong(Rule::payload, "has both bytes and a blob");
      const Blobs::Blob* blob = blobs.find(run, packed.blob());
      if (blob == nullptr) return wrong(Rule::blob, "its blob is missing");
      if (blob->seal != Hash{packed.hash_low(), packed.hash_high()}) {
        return wrong(Rule::blob, "its blob is another");
      }
      plain = blob->bytes;
    }
    if (packed.compression() == 1) {
      auto expanded = expand(plain, packed.size());
      if (!expanded) return wrong(Rule::payload, "is not one frame of the size it names");
      plain = std::move(*expanded);
    } else if (plain.size() != packed.size()) {
      return wrong(Rule::payload, "its blob is of another size");
    }
  }
  const std::string_view bad = wrong_bytes(payload.encoding, plain);
  if (!bad.empty()) return wrong(Rule::payload, bad);
  return plain;
}

}  // namespace reprise::verifier

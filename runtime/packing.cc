#include "runtime/packing.h"

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

Error wrong_size(const replay::Packed& packed, std::string_view bytes) {
  return {Code::corrupt,
          fmt::format("a payload has {} bytes, its event says {}", bytes.size(), packed.size)};
}

}  // namespace

std::optional<journal::Put> Packing::pack(replay::Event& event, RunId run, Seq seq,
                                          std::uint64_t ticket) {
  REPRISE_ASSERT(!event.packed);
  const std::uint64_t size = event.payload.size();
  if (compression_ == Compression::zstd && compressor_.compress(event.payload, compressed_)) {
    event.packed.compression = Compression::zstd;
    event.packed.size = size;
    event.payload = compressed_;
  }
  if (event.payload.size() <= inline_size_max) return std::nullopt;
  Blob blob = encode_blob(run, seq, event.payload);
  event.packed.size = size;
  event.packed.blob = seq;
  event.packed.hash = blob.seal;
  event.payload = {};
  writing_[{run, seq}] = {ticket, blob.value};
  return journal::Put{journal::Table::blobs, blob_key(run, seq), std::move(blob.value)};
}

Result<std::string_view> Packing::stored(RunId run, const replay::Packed& packed,
                                         std::string_view bytes,
                                         std::optional<std::string>& kept) const {
  if (packed.blob == 0) return bytes;
  std::string_view value;
  if (const auto it = writing_.find({run, packed.blob}); it != writing_.end()) {
    value = it->second.value;
  } else {
    auto read = store_.get(journal::Table::blobs, blob_key(run, packed.blob));
    if (!read) return std::move(read).error();
    if (!read->has_value()) {
      REPRISE_MARK("runtime/blob_missing");
      return Error(Code::corrupt, fmt::format("the blob of event {} of run {:x} is missing; "
                                              "restore a backup",
                                              packed.blob, run.value));
    }
    kept = std::move(*read);
    value = *kept;
  }
  return decode_blob(run, packed.blob, packed.hash, value);
}

Result<std::string> Packing::unpack(RunId run, const replay::Packed& packed,
                                    std::string_view bytes) {
  if (!packed) return std::string(bytes);
  std::optional<std::string> kept;
  const auto body = stored(run, packed, bytes, kept);
  if (!body) return body.error();
  return expand(packed, *body);
}

Result<void> Packing::check(RunId run, const replay::Packed& packed, std::string_view bytes) {
  if (!packed) return {};
  std::optional<std::string> kept;
  const auto body = stored(run, packed, bytes, kept);
  if (!body) return body.error();
  if (packed.compression == Compression::zstd) return compressor_.check(*body, packed.size);
  if (body->size() == packed.size) return {};
  return wrong_size(packed, *body);
}

Result<void> Packing::unpack(replay::Message& message) {
  if (!message.packed) return {};
  auto plain = unpack(message.from, message.packed, message.payload.bytes);
  message.packed = {};
  if (plain) {
    message.payload.bytes = std::move(*plain);
    return {};
  }
  if (plain.code() != Code::corrupt) return std::move(plain).error();
  REPRISE_MARK("runtime/payload_lost_before_it_was_sent");
  message.payload = {};
  message.failed = true;
  message.failure = {static_cast<std::uint16_t>(Code::corrupt), "", plain.error().message(), false};
  return {};
}

Result<std::string> Packing::expand(const replay::Packed& packed, std::string_view bytes) {
  if (packed.compression == Compression::zstd) return compressor_.expand(bytes, packed.size);
  if (bytes.size() == packed.size) return std::string(bytes);
  return wrong_size(packed, bytes);
}

Result<std::map<Seq, std::string>> Packing::blobs(RunId run) const {
  std::map<Seq, std::string> found;
  auto scanned = store_.scan(journal::Table::blobs, blob_key(run, 0), row_key({run.value + 1}),
                             [&](std::string_view key, std::string_view value) {
                               found.emplace(seq_of_blob(key), value);
                               return true;
                             });
  if (!scanned) return std::move(scanned).error();
  for (auto it = writing_.lower_bound({run, 0}); it != writing_.end() && it->first.first == run;
       ++it) {
    found.emplace(it->first.second, it->second.value);
  }
  return found;
}

Result<std::vector<journal::Put>> Packing::deletes(RunId run) const {
  std::vector<journal::Put> puts;  // Keys only: all values together may be more than memory.
  auto scanned =
      store_.scan(journal::Table::blobs, blob_key(run, 0), row_key({run.value + 1}),
                  [&](std::string_view key, std::string_view) {
                    puts.push_back({journal::Table::blobs, std::string(key), std::nullopt});
                    return true;
                  });
  if (!scanned) return std::move(scanned).error();
  for (auto it = writing_.lower_bound({run, 0}); it != writing_.end() && it->first.first == run;
       ++it) {
    puts.push_back({journal::Table::blobs, blob_key(run, it->first.second), std::nullopt});
  }
  return puts;
}

}  // namespace reprise::runtime

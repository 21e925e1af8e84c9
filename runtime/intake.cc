#include "runtime/intake.h"

#include <fmt/format.h>

#include <string>

namespace reprise::runtime {
namespace {

constexpr std::size_t reason_size_max = 4096;

std::size_t size_of(const detail::Outcome& outcome) noexcept {
  const auto* payload = std::get_if<Payload>(&outcome);
  return payload == nullptr ? std::get<Failure>(outcome).message.size() : payload->bytes.size();
}

}  // namespace

std::optional<Error> refusal(const Request& request, const Limits& limits,
                             const StoreFacts& store) {
  if (request.key.id.size() > limits.name_size_max ||
      request.key.space.size() > limits.name_size_max ||
      request.name.size() > limits.name_size_max ||
      request.signal_name.size() > limits.name_size_max ||
      (request.kind == RequestKind::signal && request.text.size() > limits.name_size_max)) {
    return Error(Code::name_too_long, fmt::format("ids, names and namespaces may have at most {} "
                                                  "bytes",
                                                  limits.name_size_max));
  }
  const bool named = request.kind != RequestKind::complete && request.kind != RequestKind::list;
  if (named && request.key.id.empty()) {
    return Error(Code::invalid_argument, "an id must not be empty");
  }
  const bool signals = request.kind == RequestKind::signal;
  if ((signals && request.name.empty()) || (request.with_signal && request.signal_name.empty())) {
    return Error(Code::invalid_argument, "a signal's name must not be empty");
  }
  if (request.key.id.find('\0') != std::string::npos ||
      request.key.space.find('\0') != std::string::npos) {
    return Error(Code::invalid_argument, "an id must not hold a NUL byte");
  }
  if (request.text.size() > reason_size_max) {
    return Error(Code::payload_too_large,
                 fmt::format("a reason may have at most {} bytes", reason_size_max));
  }
  if (request.payload.bytes.size() > limits.payload_size_max ||
      request.signal_payload.bytes.size() > limits.payload_size_max ||
      size_of(request.outcome) > limits.payload_size_max) {
    return Error(Code::payload_too_large,
                 fmt::format("a payload may have at most {} bytes; store it elsewhere and pass its "
                             "address",
                             limits.payload_size_max));
  }
  if (request.kind != RequestKind::complete) return {};
  if (request.store != store.id) {
    return Error(Code::not_found,
                 "the token is of another store; hand it to the engine that has that one open, or "
                 "one restored from its backup");
  }
  if (request.run.shard() >= store.shards) {
    return Error(Code::not_found, "no step ever had this token; check where it was read from");
  }
  return {};
}

}  // namespace reprise::runtime

// How callers name an instance.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <reprise/ids.h>

namespace reprise {

/// An instance's name as callers write it: "order-42", or {"tenant", "order-42"}.
class Id {
 public:
  Id(const char* id) : key_{"", id} {}                    // NOLINT
  Id(std::string id) : key_{"", std::move(id)} {}         // NOLINT
  Id(std::string_view id) : key_{"", std::string(id)} {}  // NOLINT
  Id(InstanceKey key) : key_(std::move(key)) {}           // NOLINT
  Id(std::string space, std::string id) : key_{std::move(space), std::move(id)} {}
  [[nodiscard]] const InstanceKey& key() const noexcept { return key_; }

 private:
  InstanceKey key_;
};

}  // namespace reprise

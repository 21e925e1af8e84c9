// What tests ask of an engine again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <reprise/engine.h>

namespace reprise::test {

/// Events of one kind in the history of `id`.
inline std::size_t count(const Engine& engine, const Id& id, std::string_view kind) {
  std::size_t found = 0;
  for (const auto& event : engine.history(id).value()) found += event.kind == kind ? 1 : 0;
  return found;
}

/// REQUIRES that there is one of that name. One with labels is 0 until something counts in it.
inline std::uint64_t metric_of(const std::string& page, const std::string& name) {
  const auto at = page.find("\n" + name + " ");
  if (at == std::string::npos && name.ends_with('}')) return 0;
  REQUIRE(at != std::string::npos);
  return std::stoull(page.substr(at + name.size() + 2));
}
inline std::uint64_t metric(const Engine& engine, const std::string& name) {
  return metric_of(engine.metrics(), name);
}

}  // namespace reprise::test

#include "replay/watches.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <reprise/hash.h>

namespace reprise::replay {
namespace {

constexpr std::size_t text_size_max = 80;

std::uint32_t short_hash(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(hash64(bytes));
}

/// For a person. Cut only where a character begins.
std::string short_text(Encoding encoding, std::string_view bytes) {
  if (encoding != Encoding::json) return fmt::format("{} bytes", bytes.size());
  if (bytes.size() <= text_size_max) return std::string(bytes);
  std::size_t size = text_size_max;
  while (size > 0 && (static_cast<unsigned char>(bytes[size]) & 0xC0) == 0x80) --size;
  return fmt::format("{}…", bytes.substr(0, size));
}

}  // namespace

void Watches::close(const detail::WatchBody& watch) noexcept {
  // Scopes nest, so it is nearly always the last one.
  const auto found = std::find(open_.rbegin(), open_.rend(), &watch);
  if (found != open_.rend()) open_.erase(std::next(found).base());
}

std::vector<detail::Watched> Watches::now(bool told) {
  const detail::DriverScope nobody(nullptr);
  std::vector<detail::Watched> all;
  const std::size_t count = std::min(open_.size(), count_max);
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& watch = *open_[i];
    buffer_.clear();
    if (!watch.encode(buffer_)) continue;
    all.push_back({{short_hash(watch.name()), short_hash(buffer_)},
                   watch.name(),
                   told ? short_text(watch.encoding(), buffer_) : std::string()});
  }
  return all;
}

bool StateComparison::differs() const noexcept {
  return std::any_of(both.begin(), both.end(), [](const auto& one) { return one.differs; });
}

bool same_state(const std::vector<detail::Watched>& now,
                const std::vector<detail::WatchHash>& recorded) noexcept {
  return std::equal(now.begin(), now.end(), recorded.begin(), recorded.end(),
                    [](const auto& one, const auto& then) { return one.hash == then; });
}

StateComparison compare_state(const std::vector<detail::Watched>& now,
                              const std::vector<detail::WatchHash>& recorded) {
  StateComparison compared;
  // No more were ever recorded: what else is there, nobody has watched.
  const std::size_t count = std::min(recorded.size(), Watches::count_max);
  std::array<bool, Watches::count_max> met{};
  for (const auto& one : now) {
    std::size_t i = 0;
    while (i < count && (met[i] || recorded[i].name != one.hash.name)) ++i;
    if (i == count) {
      compared.added.push_back(one.name);
    } else {
      met[i] = true;
      compared.both.push_back({one.name, one.text, one.hash.value != recorded[i].value});
    }
  }
  compared.removed = count - compared.both.size();
  return compared;
}

}  // namespace reprise::replay

#include "replay/names.h"

namespace reprise::replay {

Names::Names(const Names& other) {
  // The index holds views into texts_, so it is built anew over the copies.
  for (const auto& text : other.texts_) add(text);
}

Names& Names::operator=(const Names& other) {
  if (this != &other) *this = Names(other);
  return *this;
}

std::uint32_t Names::find(std::string_view text) const noexcept {
  const auto it = ids_.find(text);
  return it == ids_.end() ? 0 : it->second;
}

std::string_view Names::text(std::uint32_t id) const noexcept {
  if (id == 0 || id > texts_.size()) return {};
  return texts_[id - 1];
}

std::uint32_t Names::add(std::string_view text) {
  texts_.emplace_back(text);
  const auto id = static_cast<std::uint32_t>(texts_.size());
  ids_.emplace(texts_.back(), id);
  return id;
}

}  // namespace reprise::replay

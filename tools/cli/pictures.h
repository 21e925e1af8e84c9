// A history as a picture: a page that needs nothing but itself, and a diagram for Mermaid.
//
// All text in them comes from the store, which may be anybody's: it is escaped where it is written,
// and cut. Neither asks for anything from elsewhere, and the page holds no script.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <reprise/options.h>

#include "tools/cli/events.h"
#include "tools/cli/timeline.h"

namespace reprise::cli {

/// Events that a page holds unless somebody asks for more.
inline constexpr std::size_t page_events = 2000;
/// Characters of a payload in it.
inline constexpr std::size_t page_payload = 2000;
/// Bytes of a diagram: what Mermaid takes without being told to take more.
inline constexpr std::size_t diagram_bytes = 50'000;

struct Picture {
  InstanceInfo info;
  std::vector<ToldEvent> events;  ///< Those told, in order.
  std::size_t left_out = 0;       ///< Events that were asked for, and are too many.
  Timeline timeline;              ///< Of them all.
};

void write_page(const Picture& picture, std::ostream& out);
/// Bars beyond the first `diagram_bytes` are left out; returns how many.
std::size_t write_mermaid(const Picture& picture, std::ostream& out);

/// As HTML holds it between tags and in quotes: at most `width` columns, controls escaped as
/// shown() does, but for line breaks where `lines` keeps them.
std::string html(std::string_view text, std::size_t width, bool lines = false);
/// As a diagram holds a name.
std::string mermaid_text(std::string_view text, std::size_t width);

}  // namespace reprise::cli

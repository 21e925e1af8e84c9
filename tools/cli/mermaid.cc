// A history as a Mermaid gantt diagram: a line for each piece of a bar but the rests.
#include <sstream>
#include <string>

#include "tools/cli/pictures.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 60;
constexpr Nanos day = Nanos{86400} * 1'000'000'000;

bool drawn(const Piece& piece) {
  return piece.kind != Piece::Kind::rest && piece.kind != Piece::Kind::unread;
}

std::string_view tag_of(const Piece& piece) {
  if (piece.failed || piece.kind == Piece::Kind::cut) return "crit, ";
  return piece.open ? "active, " : "done, ";
}

std::string label_of(const Bar& bar, const Piece& piece) {
  std::string label = fmt::format("{} {}", bar.what, mermaid_text(bar.name, text_width));
  if (!bar.target.empty()) label += " " + mermaid_text(bar.target, text_width);
  if (bar.op != 0) label += fmt::format(", op {}", bar.op);
  switch (piece.kind) {
    case Piece::Kind::paused: return label + ", paused";
    case Piece::Kind::cut: return label + ", cut off";
    case Piece::Kind::token: return label + ", by its token";
    case Piece::Kind::starting: return label + ", starting";
    default: break;
  }
  if (piece.attempt > 1) label += fmt::format(", attempt {}", piece.attempt);
  return piece.failed ? label + ", failed" : label;
}

std::string lines_of(const Bar& bar) {
  std::string lines;
  for (const auto& piece : bar.pieces) {
    if (!drawn(piece)) continue;
    const Nanos from = piece.from / 1'000'000;
    const Nanos to = std::max(from, piece.to / 1'000'000);
    // What takes no time has no length to be drawn.
    lines += fmt::format("    {} :{}{}{}, {}\n", label_of(bar, piece), tag_of(piece),
                         from == to ? "milestone, " : "", from, to);
  }
  return lines;
}

}  // namespace

std::string mermaid_text(std::string_view text, std::size_t width) {
  std::string out;
  for (const char c : shown(text, width)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                      (c >= 'A' && c <= 'Z') ||
                      std::string_view(" -_.").find(c) != std::string::npos;
    // The rest may be syntax, of the diagram or of the page it gets into.
    out += word ? std::string(1, c) : fmt::format("#{};", static_cast<int>(byte));
  }
  return out;
}

std::size_t write_mermaid(const Picture& picture, std::ostream& out) {
  std::string text = fmt::format("gantt\n    title {} - {}\n    dateFormat x\n",
                                 mermaid_text(picture.info.key.id, text_width),
                                 mermaid_text(picture.info.workflow, text_width));
  const auto& times = picture.timeline.times();
  const bool days = !times.empty() && apart(times.front(), times.back()) > day;
  text += days ? "    axisFormat %m-%d %H:%M\n" : "    axisFormat %H:%M:%S\n";
  std::size_t left_out = 0;
  for (const auto& bar : picture.timeline.bars()) {
    if (!bar.asked_for) continue;
    const auto lines = lines_of(bar);
    if (left_out != 0 || text.size() + lines.size() > diagram_bytes) {
      ++left_out;
    } else {
      text += lines;
    }
  }
  out << text;
  return left_out;
}

}  // namespace reprise::cli

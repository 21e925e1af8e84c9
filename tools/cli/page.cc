// A history as one page of HTML: the head, the bars, and the events as a table.
#include <algorithm>
#include <string>
#include <utility>

#include "tools/cli/axis.h"
#include "tools/cli/json.h"
#include "tools/cli/page_style.h"
#include "tools/cli/pictures.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 300;
constexpr std::size_t folded_width = 60;
/// Percent of the width from which on an attempt's number fits into its piece.
constexpr double wide = 2.5;
/// Percent of the width behind which a tick's label would be cut off.
constexpr double label_end = 94;

/// Both scales: the page shows one, and the reader chooses.
struct Axes {
  explicit Axes(const Picture& picture)
      : even(picture.timeline.times(), Axis::Scale::even, goes_on(picture)),
        real(picture.timeline.times(), Axis::Scale::true_to_time, goes_on(picture)) {}

  static bool goes_on(const Picture& picture) {
    return picture.info.closed == 0 || picture.left_out != 0;
  }

  Axis even;
  Axis real;
};

std::string_view class_of(Piece::Kind kind) {
  switch (kind) {
    case Piece::Kind::run: return "run";
    case Piece::Kind::paused: return "paused";
    case Piece::Kind::body: return "body";
    case Piece::Kind::cut: return "cut";
    case Piece::Kind::rest: return "rest";
    case Piece::Kind::token: return "token";
    case Piece::Kind::timer: return "timer";
    case Piece::Kind::awaited: return "awaited";
    case Piece::Kind::unread: return "unread";
    case Piece::Kind::starting: return "starting";
    case Piece::Kind::child: return "child";
    case Piece::Kind::send: return "send";
  }
  return "";
}

std::string_view sentence_of(Piece::Kind kind) {
  switch (kind) {
    case Piece::Kind::run: return "the run";
    case Piece::Kind::paused: return "paused";
    case Piece::Kind::body: return "body at work";
    case Piece::Kind::cut: return "cut off: its process died";
    case Piece::Kind::rest: return "wait before the next attempt";
    case Piece::Kind::token: return "wait for its token's answer";
    case Piece::Kind::timer: return "timer";
    case Piece::Kind::awaited: return "signal awaited";
    case Piece::Kind::unread: return "signal there, not awaited yet";
    case Piece::Kind::starting: return "child being started";
    case Piece::Kind::child: return "child runs";
    case Piece::Kind::send: return "signal on its way";
  }
  return "";
}

std::string_view end_of(Bar::End end) {
  switch (end) {
    case Bar::End::open: return "open";
    case Bar::End::done: return "done";
    case Bar::End::failed: return "failed";
    case Bar::End::cancelled: return "cancelled";
  }
  return "";
}

/// "1.204s" without the sign.
std::string took(Nanos from, Nanos to) { return delta_text(apart(from, to)).substr(1); }

std::string piece_html(const Piece& piece, const Axes& axes) {
  const auto place = [&](const Axis& axis) {
    const double from = axis.at(piece.from);
    const double to = piece.open ? Axis::edge() : axis.at(piece.to);
    return std::pair(from, std::max(0.0, to - from));
  };
  const auto [even, even_width] = place(axes.even);
  const auto [real, real_width] = place(axes.real);
  std::string title(sentence_of(piece.kind));
  if (piece.attempt != 0) title += fmt::format(", attempt {}", piece.attempt);
  title += fmt::format(", {}", piece.open ? "not ended yet" : took(piece.from, piece.to));
  if (piece.failed) title += ", failed";
  if (!piece.text.empty()) title += ": " + piece.text;
  const bool numbered = piece.kind == Piece::Kind::body && piece.attempt != 0;
  return fmt::format(
      R"(<i class="p {}{}{}" style="--e:{:.3f}%;--f:{:.3f}%;--t:{:.3f}%;--u:{:.3f}%")"
      R"( title="{}">{}</i>)",
      class_of(piece.kind), piece.failed ? " failed" : "", piece.open ? " open" : "", even,
      even_width, real, real_width, html(title, text_width),
      numbered && std::min(even_width, real_width) > wide ? fmt::format("{}", piece.attempt) : "");
}

void write_row(const Bar& bar, const Picture& picture, const Axes& axes, std::ostream& out) {
  const auto name = bar.target.empty() ? bar.name : bar.name + " " + bar.target;
  auto hint = fmt::format("{} {}{}: {}", bar.what, name,
                          bar.op == 0 ? "" : fmt::format(" (op {})", bar.op), end_of(bar.end));
  if (!bar.site.empty()) hint += ", at " + bar.site;
  out << fmt::format(
      R"(<div class="row"><a class="label {}" href="#e{}" title="{}"><span class="what">{}</span>)"
      R"(<span class="name">{}</span><span class="took">{}</span></a><div class="track">)",
      end_of(bar.end), bar.first, html(hint, text_width),
      bar.op == 0 ? std::string(bar.what) : fmt::format("{} {}", bar.what, bar.op),
      html(name, name_width), bar.end == Bar::End::open ? "open" : took(bar.from(), bar.to()));
  for (const auto& piece : bar.pieces) out << piece_html(piece, axes);
  if (bar.op == 0) {
    for (const auto& one : picture.timeline.moments()) {
      out << fmt::format(
          R"(<i class="p m" style="--e:{:.3f}%;--t:{:.3f}%" title="{}"></i>)",
          axes.even.at(one.time), axes.real.at(one.time),
          html(fmt::format("{} {} (event {})", one.what, one.text, one.seq), text_width));
    }
  }
  out << "</div></div>\n";
}

void write_ticks(const Axes& axes, std::ostream& out) {
  std::string labels;
  std::string grid;
  const auto add = [&](const Axis& axis, std::string_view scale) {
    for (const auto& tick : axis.ticks()) {
      // Shown in its own scale only, so that one place does for both.
      const auto place =
          fmt::format(R"(class="of-{0}" style="--e:{1:.3f}%;--t:{1:.3f}%")", scale, tick.at);
      if (tick.at < label_end) labels += fmt::format("<b {}>{}</b>", place, tick.text);
      grid += fmt::format("<i {}></i>", place);
    }
  };
  add(axes.even, "even");
  add(axes.real, "true");
  out << R"(<div class="ticks"><div class="corner"></div><div class="scale">)" << labels
      << R"(</div></div><div class="grid">)" << grid << "</div>\n";
}

void write_legend(const Timeline& timeline, std::ostream& out) {
  bool failed = false;
  std::vector<Piece::Kind> seen;
  for (const auto& bar : timeline.bars()) {
    if (!bar.asked_for) continue;
    for (const auto& piece : bar.pieces) {
      failed |= piece.failed;
      if (std::find(seen.begin(), seen.end(), piece.kind) == seen.end()) {
        seen.push_back(piece.kind);
      }
    }
  }
  std::sort(seen.begin(), seen.end());
  out << R"(<p class="legend">)";
  for (const auto kind : seen) {
    out << fmt::format(R"(<span><i class="p {}"></i>{}</span>)", class_of(kind), sentence_of(kind));
  }
  if (failed) out << R"(<span><i class="p failed"></i>failed</span>)";
  if (!timeline.moments().empty()) {
    out << R"(<span><i class="p m"></i>signal received, cancel, version</span>)";
  }
  out << "</p>\n";
}

void write_bars(const Picture& picture, std::ostream& out) {
  const Axes axes(picture);
  out << R"(<section><h2>Timeline</h2><div class="bar-of-tools"><div><span>Scale</span> )"
         R"(<label for="even">long waits shortened</label> )"
         R"(<label for="true">true to time</label></div><div><span>Zoom</span> )"
         R"(<label for="zoom1">1</label> <label for="zoom4">4</label> )"
         R"(<label for="zoom16">16</label></div></div>)"
         "\n"
         R"(<div class="chart" tabindex="0"><div class="rows">)"
         "\n";
  write_ticks(axes, out);
  for (const auto& bar : picture.timeline.bars()) {
    if (bar.asked_for || bar.op == 0) write_row(bar, picture, axes, out);
  }
  out << "</div></div>\n";
  write_legend(picture.timeline, out);
  out << "</section>\n";
}

/// Folded where it is long; JSON unfolds with its structure.
std::string payload_html(const ToldEvent& event) {
  const auto& payload = event.info.payload;
  const auto folded = shown(payload, event.payload_size, text_width);
  if (folded.empty()) return {};
  if (payload.encoding != Encoding::json || payload.bytes.size() != event.payload_size ||
      payload.bytes.size() <= folded_width) {
    return "<code>" + html(folded, text_width) + "</code>";
  }
  std::string whole;
  if (payload.bytes.size() <= page_payload) {
    if (const auto value = json_of(payload)) {
      whole = value->dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    }
  }
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>",
                     html(payload.bytes, folded_width),
                     html(whole.empty() ? payload.bytes : whole, page_payload, true));
}

/// A path that may be broken behind each folder.
std::string breakable(const std::string& path) {
  std::string out;
  for (const char c : path) out += c == '/' ? "/<wbr>" : std::string(1, c);
  return out;
}

std::string detail_html(const EventInfo& info) {
  std::string detail;
  const auto add = [&](const std::string& text) {
    detail += (detail.empty() ? "" : "<br>") + text;
  };
  if (info.attempt > 1) add(fmt::format("attempt {}", info.attempt));
  if (info.due != 0) add("due " + time_text(info.due));
  if (!info.text.empty()) add(html(info.text, text_width));
  if (info.failure) {
    const auto& failure = *info.failure;
    add(fmt::format("<b>{}</b>: {}",
                    html(failure.type.empty() ? name(static_cast<Code>(failure.code))
                                              : std::string_view(failure.type),
                         name_width),
                    html(failure.message, text_width)));
  }
  return detail;
}

void write_events(const Picture& picture, std::ostream& out) {
  out << R"(<section><h2>Events</h2><div class="wide"><table><thead><tr><th class="n">#</th>)"
         R"(<th>Time (UTC)</th><th class="n">After</th><th>Event</th><th class="n">Op</th>)"
         "<th>Name</th><th>Detail</th><th>Payload</th><th>Source</th></tr></thead><tbody>\n";
  Nanos before = picture.events.empty() ? 0 : picture.events.front().info.time;
  for (const auto& event : picture.events) {
    const auto& info = event.info;
    const auto target = event.target.id.empty() ? "" : " " + html(event.target.id, id_width);
    out << fmt::format(
        R"(<tr id="e{0}"{1}><td class="n d">{0}</td><td class="t d">{2}</td>)"
        R"(<td class="n d t">{3}</td><td class="t k">{4}</td><td class="n">{5}</td>)"
        R"(<td class="w">{6}{7}</td>)"
        R"(<td class="w">{8}</td><td class="w">{9}</td><td class="site">{10}</td></tr>)"
        "\n",
        info.seq, event.failed ? R"( class="failed")" : "", time_text(info.time),
        delta_text(apart(before, info.time)), info.kind, number(info.op),
        html(info.name, name_width), target, detail_html(info), payload_html(event),
        breakable(html(info.site, text_width)));
    before = info.time;
  }
  out << "</tbody></table></div></section>\n";
}

std::string_view shade_of(InstanceStatus status) {
  switch (status) {
    case InstanceStatus::completed: return "good";
    case InstanceStatus::failed:
    case InstanceStatus::terminated: return "bad";
    case InstanceStatus::paused:
    case InstanceStatus::cancelled: return "held";
    default: return "still";
  }
}

void write_header(const Picture& picture, std::ostream& out) {
  const auto& info = picture.info;
  out << fmt::format(R"(<header><h1>{}</h1><p>{} <span class="status {}">{}</span></p><dl>)",
                     html(info.key.id, text_width), html(info.workflow, text_width),
                     shade_of(info.status),
                     info.paused.empty() ? name(info.status)
                                         : fmt::format("{} ({})", name(info.status), info.paused));
  const auto line = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) out << fmt::format("<dt>{}</dt><dd>{}</dd>", what, text);
  };
  line("Namespace", html(info.key.space, text_width));
  line("Detail", html(info.detail, text_width));
  line("Run", fmt::format("{:016x}", info.run.value));
  line("Started", time_text(info.started) + " UTC");
  if (info.closed != 0) {
    line("Closed",
         fmt::format("{} UTC, after {}", time_text(info.closed), took(info.started, info.closed)));
  }
  line("History", fmt::format("{}, {}", counted(info.events, "event", "events"),
                              size_text(info.history_bytes)));
  for (const auto& wait : info.waits) {
    line("Waits for",
         fmt::format("{} {}, since {} UTC{}{}", wait.kind, html(wait.name, name_width),
                     time_text(wait.since), wait.due == 0 ? "" : ", due " + time_text(wait.due),
                     wait.site.empty() ? "" : ", at " + html(wait.site, text_width)));
  }
  out << "</dl></header>\n";
  if (picture.left_out != 0) {
    out << fmt::format(R"(<p class="note">The first {} are drawn; {} left out behind them. )"
                       "--from, --to and --limit choose others.</p>\n",
                       counted(picture.events.size(), "event", "events"),
                       counted(picture.left_out, "event is", "events are"));
  }
}

}  // namespace

std::string html(std::string_view text, std::size_t width, bool lines) {
  std::string out;
  const auto escape = [&](std::string_view part) {
    for (const char c : shown(part, width)) {
      switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
      }
    }
  };
  if (!lines) {
    escape(text);
    return out;
  }
  while (!text.empty() && width != 0) {
    const auto end = std::min(text.find('\n'), text.size());
    escape(text.substr(0, end));
    width -= std::min(width, end + 1);
    if (end != text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty() ? out : out + "…";
}

void write_page(const Picture& picture, std::ostream& out) {
  const bool even = Axes(picture).real.lopsided();
  const auto input = [](std::string_view name, std::string_view id, bool chosen) {
    return fmt::format(R"(<input type="radio" name="{}" id="{}"{}>)", name, id,
                       chosen ? " checked" : "");
  };
  out << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; )"
         R"(style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">)"
         "\n"
         R"(<meta name="referrer" content="no-referrer">)"
         R"(<meta name="viewport" content="width=device-width, initial-scale=1">)"
         "\n<title>"
      << html(picture.info.key.id, id_width) << "</title>\n<style>" << page_style
      << "</style></head><body>\n"
      << input("scale", "even", even) << input("scale", "true", !even)
      << input("zoom", "zoom1", true) << input("zoom", "zoom4", false)
      << input("zoom", "zoom16", false) << "<main>\n";
  write_header(picture, out);
  if (!picture.events.empty()) {
    write_bars(picture, out);
    write_events(picture, out);
  }
  out << fmt::format(
      "<footer>Written by reprise {}. Times are UTC. A payload is cut at {} characters.</footer>\n"
      "</main></body></html>\n",
      REPRISE_VERSION, page_payload);
}

}  // namespace reprise::cli

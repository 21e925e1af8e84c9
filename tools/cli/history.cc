// `history`: the events of one instance, as text, as objects, or as a picture.
#include <string>
#include <utility>

#include "tools/cli/commands.h"
#include "tools/cli/events.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/json.h"
#include "tools/cli/pictures.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr std::size_t text_width = 60;

/// How many of the events that were asked for are told.
class Quota {
 public:
  explicit Quota(std::size_t limit) : limit_(limit) {}
  /// False when there is no room for one more.
  bool take() {
    if (told_ == limit_) return false;
    ++told_;
    return true;
  }
  [[nodiscard]] std::size_t told() const noexcept { return told_; }

 private:
  std::size_t limit_;
  std::size_t told_ = 0;
};

class Rows {
 public:
  void add(const ToldEvent& event) {
    const auto& info = event.info;
    table_.add({number(info.seq),
                {time_text(info.time), color::dim},
                before_ == 0 ? "" : delta_text(apart(before_, info.time)),
                {info.kind, color::cyan},
                number(info.op),
                shown(info.name, name_width),
                shown(event.target.id, id_width),
                number(info.attempt),
                time_text(info.due),
                shown(info.text, text_width),
                shown(info.payload, event.payload_size, text_width),
                {info.failure ? shown(info.failure->message, text_width) : "", color::red},
                {shown(info.site, text_width), color::dim}});
    before_ = info.time;
  }
  void print(const Console& console) const { table_.print(console.out, console.color); }

 private:
  Table table_{{{"SEQ", Table::Align::right},
                {"TIME (UTC)", Table::Align::left},
                {"AFTER", Table::Align::right},
                {"EVENT", Table::Align::left},
                {"OP", Table::Align::right},
                {"NAME", Table::Align::left},
                {"TARGET", Table::Align::left},
                {"ATTEMPT", Table::Align::right},
                {"DUE (UTC)", Table::Align::left},
                {"TEXT", Table::Align::left},
                {"PAYLOAD", Table::Align::left},
                {"FAILURE", Table::Align::left},
                {"SITE", Table::Align::left}}};
  Nanos before_ = 0;
};

Result<int> tell_events(const runtime::Recorded& recorded, const Arguments& given,
                        const Console& console) {
  Rows rows;
  Quota quota(given.limit.value_or(recorded.info.events));
  bool more = false;
  auto read = each_event(recorded, given.events, [&](const ToldEvent& event) {
    if (!event.asked_for) return true;
    more = !quota.take();
    if (more) return false;
    if (given.json) {
      console.out << to_json(event) << '\n';
    } else {
      rows.add(event);
    }
    return true;
  });
  // What was read before the damage is worth telling.
  if (!given.json && quota.told() != 0) rows.print(console);
  if (!read) return std::move(read).error();
  if (!given.json && quota.told() == 0) console.err << "no such events\n";
  if (more) {
    console.err << fmt::format("there are more than {}; --limit says how many are told\n",
                               counted(quota.told(), "event", "events"));
  }
  return exits::done;
}

Result<int> draw(const runtime::Recorded& recorded, const Arguments& given,
                 const Console& console) {
  Picture picture;
  picture.info = recorded.info;
  const bool page = given.picture == Arguments::Picture::html;
  Quota quota(given.limit.value_or(page ? page_events : recorded.info.events));
  auto read = each_event(recorded, given.events, [&](ToldEvent event) {
    if (event.asked_for && !quota.take()) {
      event.asked_for = false;
      ++picture.left_out;
    }
    picture.timeline.add(event);
    if (event.asked_for && page) picture.events.push_back(std::move(event));
    return true;
  });
  if (!read) return std::move(read).error();
  picture.timeline.end();
  if (page) {
    write_page(picture, console.out);
  } else if (const auto left_out = write_mermaid(picture, console.out); left_out != 0) {
    console.err << fmt::format(
        "{} left out, to stay below what Mermaid takes; --from, --to and --name choose\n",
        counted(left_out, "operation is", "operations are"));
  }
  if (picture.left_out != 0) {
    console.err << fmt::format("{} left out; --limit says how many are drawn\n",
                               counted(picture.left_out, "event is", "events are"));
  }
  return exits::done;
}

}  // namespace

Result<int> history(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto key = key_given(*source, given);
  if (!key) return std::move(key).error();
  const auto recorded = source->reader->recorded(*key);
  if (!recorded) return recorded.error();
  return given.picture == Arguments::Picture::none ? tell_events(*recorded, given, console)
                                                   : draw(*recorded, given, console);
}

}  // namespace reprise::cli

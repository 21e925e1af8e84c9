// Bytes of strangers, as a person or a program is told of them: nothing steers a terminal, and what
// is JSON is JSON. Tokens, which come back from outside, too.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "fuzz/events.h"
#include "fuzz/fuzz.h"
#include "runtime/token.h"
#include "tools/cli/json.h"
#include "tools/cli/pictures.h"
#include "tools/cli/text.h"

namespace reprise::fuzz {
namespace {

void check_shown(Input input) {
  const std::size_t width = input.byte();
  const auto encoding = static_cast<Encoding>(input.byte() % 6);
  const auto text = input.rest();
  const auto line = cli::shown(text, width);
  holds(!has_control(line), "what is shown steers no terminal");
  holds(nlohmann::json::accept(nlohmann::json(std::string(line)).dump()), "and is UTF-8");
  const auto payload =
      cli::shown(Payload{encoding, std::string(text)}, text.size() + width % 2, 80);
  holds(!has_control(payload), "nor does a payload");
}

EventInfo event_of(Input& input, std::string_view text) {
  EventInfo event;
  event.seq = input.number(8);
  event.time = static_cast<Nanos>(input.number(8));
  event.due = static_cast<Nanos>(input.number(8));
  event.op = static_cast<OpId>(input.number(4));
  event.payload.encoding = static_cast<Encoding>(input.byte() % 6);
  event.kind = event.name = event.site = event.text = event.payload.bytes = std::string(text);
  if (input.byte() % 2 == 0) event.failure = Failure{1, std::string(text), std::string(text), true};
  return event;
}

/// Tags and attributes are the page's own: text that came in can't open one, nor close a quote.
void check_pictures(const cli::Picture& picture) {
  std::ostringstream page;
  cli::write_page(picture, page);
  const auto html = page.str();
  holds(html.find("<script") == html.npos && html.find("javascript:") == html.npos,
        "a page holds no script");
  std::string line = html;
  std::erase(line, '\n');
  holds(!has_control(line), "and nothing that steers");
  std::ostringstream diagram;
  cli::write_mermaid(picture, diagram);
  std::string text = diagram.str();
  holds(text.size() <= cli::diagram_bytes + 4096, "a diagram is bounded");
  std::erase(text, '\n');
  holds(!has_control(text), "and steers nothing either");
}

void check_json(Input input) {
  InstanceInfo info;
  const auto head = input.take(64);
  Input numbers(head);
  const auto event = event_of(numbers, input.rest());
  info.key = {event.text, event.text};
  info.workflow = event.text;
  info.started = event.time;
  cli::ToldEvent told_event;
  told_event.info = event;
  told_event.payload_size = event.payload.bytes.size();
  told_event.target = info.key;
  const auto line = cli::to_json(told_event);
  holds(nlohmann::json::accept(line), "an event is told as JSON");
  holds(!has_control(line), "on one line that steers no terminal");
  const auto told = cli::to_json(info, {event}, {event, event.payload.bytes.size()});
  holds(nlohmann::json::accept(told) && !has_control(told), "and so is an instance");
  cli::Picture picture;
  picture.info = info;
  for (std::uint8_t kind = numbers.byte(), times = 0; times < 3; ++times) {
    told_event.kind = kind_at(kind + times);
    told_event.info.kind = replay::name_of(told_event.kind);  // No text of anybody's.
    told_event.info.op = times;
    told_event.asked_for = true;
    picture.timeline.add(told_event);
    picture.events.push_back(told_event);
  }
  picture.timeline.end();
  check_pictures(picture);
  for (const auto& text : {cli::time_text(event.time), cli::time_exact(event.time),
                           cli::delta_text(event.due), cli::size_text(event.seq)}) {
    holds(!has_control(text) && text.size() < 64, "a number is a short text");
  }
}

void check_token(std::string_view text) {
  const auto token = runtime::parse_token(text);
  if (token) holds(runtime::to_text(*token) == text, "a token has one text");
}

}  // namespace

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {"\0\x50\1[1,2]"s,
          "\0\x05\2\xff\x1b[2J\xc2\x9b long enough to be cut"s,
          "\0\x10\1\"\xf0\x9f\x98\x80\n\t\""s,
          "\1"s + std::string(64, '\7') + "a\x1b\xff"s,
          "\1"s + std::string(64, '\xff') + "[1]"s,
          "\2"s + runtime::to_text({1, RunId::make(2, 3), 4})};
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::fuzz;
  Input input(data, size);
  switch (input.byte() % 3) {
    case 0: check_shown(input); break;
    case 1: check_json(input); break;
    default: check_token(input.rest()); break;
  }
  return 0;
}

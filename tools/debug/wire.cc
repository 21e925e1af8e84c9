#include "tools/debug/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

namespace reprise::debug {
namespace {

using nlohmann::json;

constexpr std::size_t message_max = 128 * 1024;

std::string text_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}
/// Not amid a code point, and one sees that it was cut.
std::string cut(std::string_view text) {
  if (text.size() <= text_max) return std::string(text);
  std::size_t end = text_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

/// Room for one descriptor.
union Control {
  ::cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

json to_json(const replay::Mismatch& mismatch) {
  json watched = json::array();
  for (const auto& one : mismatch.watched) {
    watched.push_back({one.name.substr(0, 256), one.text.substr(0, 1024), one.differs});
  }
  return {{"seq", mismatch.seq},
          {"watched", std::move(watched)},
          {"field", mismatch.field},
          {"expected", cut(mismatch.expected)},
          {"expected_site", cut(mismatch.expected_site)},
          {"issued", cut(mismatch.issued)},
          {"issued_site", cut(mismatch.issued_site)}};
}

replay::Mismatch mismatch_of(const json& message) {
  replay::Mismatch mismatch;
  mismatch.seq = message.at("seq").get<Seq>();
  mismatch.field = message.at("field").get<std::string>();
  mismatch.expected = message.at("expected").get<std::string>();
  mismatch.expected_site = message.at("expected_site").get<std::string>();
  mismatch.issued = message.at("issued").get<std::string>();
  mismatch.issued_site = message.at("issued_site").get<std::string>();
  for (const auto& one : message.at("watched")) {
    mismatch.watched.push_back(
        {one.at(0).get<std::string>(), one.at(1).get<std::string>(), one.at(2).get<bool>()});
  }
  return mismatch;
}

}  // namespace

bool send_message(int socket, std::string_view message, int passed) {
  ::iovec part = {const_cast<char*>(message.data()), message.size()};
  ::msghdr sent = {};
  sent.msg_iov = &part;
  sent.msg_iovlen = 1;
  Control control = {};
  if (passed >= 0) {
    sent.msg_control = control.bytes;
    sent.msg_controllen = sizeof(control.bytes);
    ::cmsghdr* header = CMSG_FIRSTHDR(&sent);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &passed, sizeof(int));
  }
  ::ssize_t size = 0;
  do {
    size = ::sendmsg(socket, &sent, MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<::ssize_t>(message.size());
}

std::optional<Received> receive_message(int socket) {
  Received received;
  received.text.resize(message_max);
  ::iovec part = {received.text.data(), received.text.size()};
  Control control = {};
  ::msghdr got = {};
  got.msg_iov = &part;
  got.msg_iovlen = 1;
  got.msg_control = control.bytes;
  got.msg_controllen = sizeof(control.bytes);
  ::ssize_t size = 0;
  do {
    size = ::recvmsg(socket, &got, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0 || (got.msg_flags & MSG_TRUNC) != 0) return std::nullopt;
  received.text.resize(static_cast<std::size_t>(size));
  const ::cmsghdr* header = CMSG_FIRSTHDR(&got);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&received.socket, CMSG_DATA(header), sizeof(int));
  }
  return received;
}

std::string go_request(Seq next) { return text_of({{"go", next}}); }
std::string split_request() { return text_of({{"split", true}}); }
std::string ask_request(std::string_view query, std::string_view arguments) {
  return text_of({{"ask", query}, {"arguments", arguments}});
}

Request request_of(std::string_view message) {
  const auto given = json::parse(message);
  if (given.contains("go")) return {Request::Kind::go, given.at("go").get<Seq>(), {}, {}};
  if (given.contains("split")) return {Request::Kind::split, 0, {}, {}};
  return {Request::Kind::ask, 0, given.at("ask").get<std::string>(),
          given.at("arguments").get<std::string>()};
}

std::string arrival_reply(const Arrival& arrival) {
  json message = {{"next", arrival.next},
                  {"issued", cut(arrival.issued)},
                  {"file", cut(arrival.file)},
                  {"line", arrival.line},
                  {"error", cut(arrival.error)}};
  if (arrival.mismatch) message["mismatch"] = to_json(*arrival.mismatch);
  if (arrival.state) message["state"] = to_json(*arrival.state);
  constexpr std::size_t ahead_max = 16;
  for (const auto& command : arrival.ahead) {
    if (message["ahead"].size() == ahead_max) break;
    message["ahead"].push_back(command.substr(0, 1024));
  }
  return text_of(message);
}

Arrival arrival_of(std::string_view message) {
  const auto told = json::parse(message);
  Arrival arrival;
  arrival.next = told.at("next").get<Seq>();
  arrival.issued = told.at("issued").get<std::string>();
  arrival.file = told.at("file").get<std::string>();
  arrival.line = told.at("line").get<std::uint32_t>();
  arrival.error = told.at("error").get<std::string>();
  if (told.contains("mismatch")) arrival.mismatch = mismatch_of(told.at("mismatch"));
  if (told.contains("state")) arrival.state = mismatch_of(told.at("state"));
  if (told.contains("ahead")) arrival.ahead = told.at("ahead").get<std::vector<std::string>>();
  return arrival;
}

std::string process_reply(::pid_t process) { return text_of({{"process", process}}); }
Result<::pid_t> process_of(std::string_view message) {
  const auto told = json::parse(message);
  if (told.contains("process")) return told.at("process").get<::pid_t>();
  return Error(static_cast<Code>(told.at("code").get<int>()),
               told.at("message").get<std::string>());
}

std::string answer_reply(const Result<std::string>& answer) {
  if (answer) return text_of({{"answer", cut(*answer)}});
  return text_of(
      {{"code", static_cast<int>(answer.code())}, {"message", cut(answer.error().message())}});
}
Result<std::string> answer_of(std::string_view message) {
  auto told = json::parse(message);
  if (told.contains("answer")) return told.at("answer").get<std::string>();
  return Error(static_cast<Code>(told.at("code").get<int>()),
               told.at("message").get<std::string>());
}

}  // namespace reprise::debug

// What a replica and who holds it say to each other: one JSON object a message.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "tools/debug/execution.h"

namespace reprise::debug {

/// A message, and the socket that came with it, or -1.
struct Received {
  std::string text;
  int socket = -1;
};

/// Longer texts are cut to this many bytes: a message has room for all it may hold.
inline constexpr std::size_t text_max = 16 * 1024;

/// False: the other one is gone. `passed`: a socket that goes along; still the caller's.
bool send_message(int socket, std::string_view message, int passed = -1);
/// Waits for one. Nothing: the other one is gone.
std::optional<Received> receive_message(int socket);

std::string go_request(Seq next);
std::string split_request();
std::string ask_request(std::string_view query, std::string_view arguments);

/// A request, taken apart.
struct Request {
  enum class Kind { go, split, ask } kind = Kind::go;
  Seq next = 0;
  std::string query;
  std::string arguments;
};
/// REQUIRES: made by one of the above; both ends are the same program.
Request request_of(std::string_view message);

std::string arrival_reply(const Arrival& arrival);
Arrival arrival_of(std::string_view message);
std::string process_reply(::pid_t process);
/// Errors: io_error, there is none.
Result<::pid_t> process_of(std::string_view message);
std::string answer_reply(const Result<std::string>& answer);
Result<std::string> answer_of(std::string_view message);

}  // namespace reprise::debug

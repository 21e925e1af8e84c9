#include <reprise/failure.h>

#include <algorithm>

#include <reprise/step.h>

namespace reprise::detail {
namespace {

constexpr std::size_t message_size_max = 4096;

/// One line of at most message_size_max bytes: what is journaled of a message.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, message_size_max));
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

Failure make(Code code, std::string_view type, std::string_view message, bool retryable = true) {
  return Failure{static_cast<std::uint16_t>(code), one_line(type), one_line(message), retryable};
}

}  // namespace

void throw_failure(CommandKind kind, Failure&& failure) {
  const auto code = static_cast<Code>(failure.code);
  if (code == Code::operation_cancelled) throw Cancelled(std::move(failure));
  switch (kind) {
    case CommandKind::schedule_step:
      if (code == Code::timed_out) throw TimedOut(std::move(failure));
      throw StepFailed(std::move(failure));
    case CommandKind::start_child: throw ChildFailed(std::move(failure));
    case CommandKind::send_signal: throw SignalFailed(std::move(failure));
    default: throw OperationFailed(std::move(failure));
  }
}

Error to_error(Failure&& failure) {
  return Error(static_cast<Code>(failure.code), std::move(failure.message),
               std::move(failure.type));
}

Failure step_failure(const Failure& given) {
  return make(Code::step_failed, given.type, given.message, given.retryable);
}

Failure to_failure(Code code, const Error& error) {
  return make(code, error.type(), error.message());
}

Failure current_failure(Code code) noexcept {
  try {
    throw;
  } catch (const NamedFailure& failure) {
    return make(code, failure.type(), failure.message(), failure.retryable());
  } catch (const OperationFailed& failure) {
    return make(code, failure.type(), failure.message(), failure.failure().retryable);
  } catch (const NonRetryable& failure) {
    return make(code, "", failure.what(), false);
  } catch (const Error& error) {
    return to_failure(code, error);
  } catch (const std::exception& exception) {
    return make(code, "", exception.what());
  } catch (...) {
    return make(code, "", "an exception that is no std::exception");
  }
}

}  // namespace reprise::detail

#include <reprise/detail/start.h>

#include <reprise/hash.h>

namespace reprise::detail {
namespace {

constexpr std::size_t name_size_max = 255;

}  // namespace

void check_name(std::string_view name, const char* what) {
  if (name.empty()) throw Error(Code::invalid_argument, std::string(what) + " is empty");
  if (name.size() > name_size_max) {
    throw Error(Code::name_too_long, std::string(what) + " is longer than 255 bytes");
  }
  if (name.find('\0') != std::string_view::npos) {
    throw Error(Code::invalid_argument, std::string(what) + " contains a NUL");
  }
}

namespace {

void check_options(const StepOptions& options) {
  using std::chrono::nanoseconds;
  if (options.timeout < nanoseconds::zero() || options.total_timeout < nanoseconds::zero() ||
      options.backoff < nanoseconds::zero() || options.backoff_max < nanoseconds::zero()) {
    throw Error(Code::invalid_argument, "a step's timeouts and backoffs are not negative");
  }
  if (!(options.backoff_factor >= 1.0)) {
    throw Error(Code::invalid_argument, "a step's backoff_factor is at least 1");
  }
  if (!(options.jitter >= 0.0 && options.jitter <= 1.0)) {
    throw Error(Code::invalid_argument, "a step's jitter is between 0 and 1");
  }
  // What is not known is not readable either: it would be recorded, and then be damage.
  if (options.runs_on > RunsOn::token) {
    throw Error(Code::invalid_argument, "a step's runs_on is pool, shard or token");
  }
}

InstanceKey target_of(const Driver& driver, std::string_view space, std::string_view id) {
  check_name(id, "an instance's id");
  if (space == same_space) return InstanceKey{driver.key().space, std::string(id)};
  if (!space.empty()) check_name(space, "a namespace");
  return InstanceKey{std::string(space), std::string(id)};
}

OperationHandle issue(Driver& driver, Command&& command, std::shared_ptr<StepBody> body = nullptr) {
  const auto kind = command.kind;
  const auto site = command.site;
  const OpId op = driver.issue(std::move(command), std::move(body));
  return OperationHandle(driver.execution(), op, kind, site);
}

OperationHandle issue_child(Driver& driver, std::string_view workflow, Name id,
                            const StartOptions& options, Payload&& input) {
  check_name(workflow, "a workflow's name");
  if (options.on_parent_close > ParentClose::abandon) {
    throw Error(Code::invalid_argument, "on_parent_close is cancel, terminate or abandon");
  }
  Command command;
  command.kind = CommandKind::start_child;
  command.name = workflow;
  command.site = id.site();
  command.args_hash = hash_of(input);
  command.payload = std::move(input);
  command.target = target_of(driver, options.space, id.text());
  command.on_parent_close = options.on_parent_close;
  command.detached = options.detached;
  return issue(driver, std::move(command));
}

}  // namespace

std::uint64_t hash_of(const Payload& list) noexcept {
  const auto hash = hash64(list.bytes);
  return hash == 0 ? 1 : hash;  // 0 says that there is nothing to compare.
}

OperationHandle schedule_step(ExecutionId execution, Name name, const StepOptions& options,
                              std::uint64_t args_hash, std::shared_ptr<StepBody> body) {
  auto& driver = current_or_throw(execution);
  check_name(name.text(), "a step's name");
  check_options(options);
  Command command;
  command.kind = CommandKind::schedule_step;
  command.name = name.text();
  command.site = name.site();
  command.args_hash = args_hash;
  command.step = options;
  return issue(driver, std::move(command), std::move(body));
}

OperationHandle schedule_lambda(ExecutionId execution, std::string_view name, Site site,
                                const StepOptions& options, std::shared_ptr<StepBody> body) {
  return schedule_step(execution, {name, site}, options, 0, std::move(body));
}

OperationHandle sleep_until(ExecutionId execution, Nanos due, Site site) {
  return start_timer(current_or_throw(execution), due, false, site);
}

OperationHandle sleep_for(ExecutionId execution, Nanos duration, Site site) {
  return start_timer(current_or_throw(execution), duration, true, site);
}

OperationHandle await_signal(ExecutionId execution, Name name) {
  auto& driver = current_or_throw(execution);
  check_name(name.text(), "a signal's name");
  Command command;
  command.kind = CommandKind::await_signal;
  command.name = name.text();
  command.site = name.site();
  return issue(driver, std::move(command));
}

OperationHandle send_signal(ExecutionId execution, std::string_view id, Name name,
                            std::string_view signal_id, std::string_view space, Payload value) {
  auto& driver = current_or_throw(execution);
  check_name(name.text(), "a signal's name");
  if (!signal_id.empty()) check_name(signal_id, "a signal's id");
  Command command;
  command.kind = CommandKind::send_signal;
  command.name = name.text();
  command.site = name.site();
  command.args_hash = hash_of(value);
  command.payload = std::move(value);
  command.target = target_of(driver, space, id);
  command.signal_id = signal_id.empty() ? make_uuid(driver) : std::string(signal_id);
  return issue(driver, std::move(command));
}

OperationHandle start_child(ExecutionId execution, const void* function, Name id,
                            const StartOptions& options, Payload input) {
  auto& driver = current_or_throw(execution);
  const auto workflow = driver.workflow_name(function);
  if (workflow.empty()) {
    throw Error(Code::unregistered, "the child's function is not in the engine's registry");
  }
  return issue_child(driver, workflow, id, options, std::move(input));
}

OperationHandle start_child(ExecutionId execution, std::string_view workflow, Name id,
                            const StartOptions& options, Payload input) {
  return issue_child(current_or_throw(execution), workflow, id, options, std::move(input));
}

std::string make_uuid(Driver& driver) {
  std::uint64_t high = driver.draw();
  std::uint64_t low = driver.draw();
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;                     // Version 4.
  low = (low & ~(std::uint64_t{3} << 62)) | (std::uint64_t{1} << 63);  // RFC 4122 variant.
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace reprise::detail

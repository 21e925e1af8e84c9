// What Engine and Run share: the calls into an engine's core that know no types.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reprise/detail/command.h>
#include <reprise/ids.h>
#include <reprise/payload.h>
#include <reprise/result.h>

namespace reprise::runtime {
class EngineCore;
}  // namespace reprise::runtime

namespace reprise::detail {

/// The calls behind Engine and Run that know no types. Implemented in runtime/.
class EngineHandle {
 public:
  explicit EngineHandle(std::shared_ptr<runtime::EngineCore> core) : core_(std::move(core)) {}

  Result<RunId> start(const void* function, const InstanceKey& key, Payload args,
                      std::optional<std::pair<std::string, Payload>> signal) const;
  void on_started(const void* function, const InstanceKey& key, Payload args,
                  std::function<void(Result<RunId>)> callback) const;
  Result<RunId> start_named(std::string workflow, const InstanceKey& key, Payload args) const;
  Result<Payload> result(const InstanceKey& key, RunId run,
                         std::optional<std::chrono::nanoseconds> timeout) const;
  void on_result(const InstanceKey& key, RunId run,
                 std::function<void(Result<Payload>)> callback) const;
  Result<std::string> signal(const InstanceKey& key, RunId run, std::string name, Payload value,
                             std::string signal_id) const;
  void on_signalled(const InstanceKey& key, std::string name, Payload value, std::string signal_id,
                    std::function<void(Result<std::string>)> callback) const;
  Result<Payload> query(const InstanceKey& key, RunId run, std::string name, Payload args) const;
  void on_answer(const InstanceKey& key, RunId run, std::string name, Payload args,
                 std::function<void(Result<Payload>)> callback) const;
  Result<void> complete(std::string_view token, Outcome outcome) const;
  [[nodiscard]] const std::shared_ptr<runtime::EngineCore>& core() const noexcept { return core_; }

 private:
  std::shared_ptr<runtime::EngineCore> core_;
};

}  // namespace reprise::detail

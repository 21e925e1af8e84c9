#include "tools/testing/guard.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <unistd.h>

#include <fmt/format.h>

#include <reprise/testing/test_engine.h>

#include "replay/code_scope.h"

namespace reprise::testing {
namespace {

/// A place in the source, and the function it is in.
struct Place {
  std::string function;
  std::string line;  ///< "/path/orders.cc:41"; "" where nothing is known.
};

/// What the system's tools say of an address, and of what is inlined there, innermost first.
std::vector<Place> places_of(void* address) {
  Dl_info module{};
  link_map* loaded = nullptr;
  if (::dladdr1(address, &module, reinterpret_cast<void**>(&loaded), RTLD_DL_LINKMAP) == 0 ||
      loaded == nullptr || module.dli_fname == nullptr) {
    return {};
  }
  Dl_info own{};
  ::dladdr(reinterpret_cast<void*>(&places_of), &own);
  // The program by a name that is its own whatever its path was.
  const bool program = module.dli_fbase == own.dli_fbase;
  const std::string file =
      program ? fmt::format("/proc/{}/exe", ::getpid()) : std::string(module.dli_fname);
  if (file.find('\'') != std::string::npos) return {};
  // Of the call, not of what follows it.
  const auto offset =
      reinterpret_cast<std::uintptr_t>(address) - static_cast<std::uintptr_t>(loaded->l_addr) - 1;
  const auto command = fmt::format(
      "{{ llvm-symbolizer --output-style=GNU -Cfpi -e '{0}' {1:#x} || addr2line -Cfpi -e '{0}' "
      "{1:#x}; "
      "}} 2>/dev/null",
      file, offset);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::vector<Place> places;
  std::array<char, 4096> line{};
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::string_view text(line.data());
    if (text.ends_with('\n')) text.remove_suffix(1);
    constexpr std::string_view inlined = " (inlined by) ";
    if (text.starts_with(inlined)) text.remove_prefix(inlined.size());
    const auto at = text.rfind(" at ");
    if (at == std::string_view::npos) continue;
    std::string_view where = text.substr(at + 4);
    if (const auto more = where.find(" (discriminator"); more != where.npos) {
      where = where.substr(0, more);
    }
    if (where.starts_with("??") || where.ends_with(":?")) where = {};
    std::string_view function = text.substr(0, at);
    for (const std::string_view part : {" [clone .resume]", " (.resume)"}) {
      if (function.ends_with(part)) function.remove_suffix(part.size());
    }
    places.push_back({std::string(function), std::string(where)});
  }
  if (places.empty() && module.dli_sname != nullptr) places.push_back({module.dli_sname, ""});
  return places;
}

/// Neither ours nor of a library of C++.
bool is_users(const Place& place) {
  if (place.line.empty()) return false;
  constexpr std::string_view others[] = {"/usr/include/",          "/usr/lib/",
                                         "/api/reprise/",          "/include/reprise/",
                                         "tools/testing/guard.cc", "tools/testing/interposed.cc"};
  return std::none_of(std::begin(others), std::end(others), [&](std::string_view other) {
    return place.line.find(other) != std::string::npos;
  });
}

/// What places_of has said. Made before any guard, so that it outlives those of static life too.
struct Known {
  std::mutex mutex;
  std::map<void*, std::vector<Place>> places;
};
Known& known() {
  static Known all;
  return all;
}

/// The line of the user's code from which such a call came; else the function that called last.
std::string where(const Stack& stack) {
  const std::lock_guard lock(known().mutex);
  std::string function = "an unknown place";
  for (void* const address : stack) {
    if (address == nullptr) break;
    const auto [place, fresh] = known().places.try_emplace(address);
    if (fresh) place->second = places_of(address);
    for (const Place& one : place->second) {
      // What resumes a workflow: it is the last frame of its code.
      if (one.function.find("CoroutineDecider::") != std::string::npos) return function;
      if (is_users(one)) return one.line.substr(one.line.rfind('/') + 1);
    }
    const auto outermost = place->second.empty() ? Place{} : place->second.back();
    if (!outermost.function.empty() && outermost.function != "??") function = outermost.function;
  }
  return function;
}

std::string advice_of(Reach reach) {
  switch (reach) {
    case Reach::clock: return "use ctx.now()";
    case Reach::random: return "use ctx.random() or ctx.uuid()";
    case Reach::sleep: return "use ctx.sleep()";
    case Reach::environment:
    case Reach::file:
    case Reach::network:
    case Reach::thread:
    case Reach::process: break;
  }
  return "do it in a step";
}

}  // namespace

std::string told(const Impurity& impurity) {
  return fmt::format("workflow code calls {} at {}: {}", impurity.call, impurity.where,
                     impurity.advice);
}

void Guard::notice(Reach reach, const char* call) noexcept {
  if (!replay::CodeScope::inside() || current_ == nullptr) return;
  const replay::CodeScope outside(false);  // What is needed to note it is no workflow code.
  Call noticed{reach, call, {}};
  const int depth = ::backtrace(noticed.stack.data(), static_cast<int>(noticed.stack.size()));
  std::fill(noticed.stack.begin() + depth, noticed.stack.end(), nullptr);
  current_->note(noticed);
}

Guard::Guard() {
  constexpr std::size_t noted_max = 64;
  calls_.reserve(noted_max);
  (void)known();
  void* first = nullptr;
  (void)::backtrace(&first, 1);  // Loads what it needs: not in the middle of a call.
}

void Guard::note(const Call& call) noexcept {
  if (calls_.size() == calls_.capacity()) return;
  if (std::find(calls_.begin(), calls_.end(), call) == calls_.end()) calls_.push_back(call);
}

void Guard::tell_unasked() noexcept {
  try {
    for (const auto& one : heard_of(asked_)) fmt::print(stderr, "reprise: {}\n", told(one));
  } catch (...) {  // NOLINT: who can't be told is not to be ended.
  }
}

std::vector<Impurity> Guard::heard() {
  asked_ = calls_.size();
  return heard_of(0);
}

std::vector<Impurity> Guard::heard_of(std::size_t from) const {
  // Asked here, so that who links this links what tells it.
  if (!sees_calls()) return {};
  std::vector<Impurity> all;
  for (std::size_t i = from; i < calls_.size(); ++i) {
    Impurity one{calls_[i].name, where(calls_[i].stack), advice_of(calls_[i].reach)};
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace reprise::testing

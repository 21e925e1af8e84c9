#include "tools/debug/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "replay/event.h"
#include "tools/cli/json.h"
#include "tools/cli/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace reprise::debug {
namespace {

constexpr std::array<std::string_view, 10> fields = {
    "seq", "kind", "operation", "name", "op", "attempt", "text", "time", "failed", "failure"};
constexpr std::string_view payload_field = "payload";
constexpr std::array<std::string_view, 5> operations = {"step", "timer", "signal", "child", "send"};

template <class All>
bool is_one_of(std::string_view text, const All& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool is_event_kind(std::string_view text) {
  for (int kind = 1; kind < 256; ++kind) {
    if (replay::name_of(static_cast<replay::EventKind>(kind)) == text) return true;
  }
  return false;
}

std::optional<double> number_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

/// Of a payload, what its JSON pointer says; whole without one.
std::string payload_text(const Told& told, std::string_view pointer) {
  if (pointer.empty()) return told.event.payload.bytes;
  const auto json = cli::json_of(told.event.payload);
  if (!json) return {};
  try {
    const nlohmann::ordered_json::json_pointer at{std::string(pointer)};
    if (!json->contains(at)) return {};
    const auto& value = json->at(at);
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  } catch (const nlohmann::json::exception&) {  // An index that no array has.
    return {};
  }
}

std::string text_of(const Told& told, std::string_view field) {
  const auto& event = told.event;
  if (field == "seq") return std::to_string(event.seq);
  if (field == "kind") return event.kind;
  if (field == "operation") return std::string(told.operation);
  if (field == "name") return event.name;
  if (field == "op") return cli::number(event.op);
  if (field == "attempt") return cli::number(event.attempt);
  if (field == "text") return event.text;
  if (field == "time") return cli::time_exact(event.time);
  if (field == "failed") return event.failure ? "true" : "false";
  if (field == "failure") return event.failure ? event.failure->message : "";
  return payload_text(told, field.substr(payload_field.size()));
}

}  // namespace

/// Words, relations and quoted texts, one after the other.
class ConditionParser {
 public:
  explicit ConditionParser(std::string_view text) : text_(text) {}

  Result<Condition> parse() {
    Condition condition;
    condition.any_.emplace_back();
    std::size_t count = 0;
    for (;;) {
      auto term = this->term();
      if (!term) return std::move(term).error();
      if (++count > Condition::terms_max) return wrong("it has too many terms");
      condition.any_.back().push_back(std::move(*term));
      const auto joint = word();
      if (joint.empty() && rest().empty()) break;
      if (joint == "or") {
        condition.any_.emplace_back();
      } else if (joint != "and") {
        return wrong(fmt::format("there is no `and` or `or` before {:?}", joint));
      }
    }
    return condition;
  }

  static Error wrong(std::string_view why) {
    return {Code::invalid_argument,
            fmt::format("{}: give an event's number, an operation as step:charge, a kind of event "
                        "as step_completed, or `when FIELD == VALUE and …`; fields are seq, kind, "
                        "operation, name, op, attempt, text, time, failed, failure, payload and "
                        "payload/KEY, relations ==, !=, <, <=, >, >= and ~ (contains)",
                        why)};
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  std::string word() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const auto begin = at_;
    while (at_ < text_.size() && std::string_view(" =!<>~").find(text_[at_]) == text_.npos) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return value;
  }
  std::optional<Condition::Relation> relation() {
    using Relation = Condition::Relation;
    constexpr std::array<std::pair<std::string_view, Relation>, 8> all = {
        {{"==", Relation::equal},
         {"!=", Relation::differs},
         {"<=", Relation::at_most},
         {">=", Relation::at_least},
         {"=", Relation::equal},
         {"<", Relation::less},
         {">", Relation::greater},
         {"~", Relation::contains}}};
    skip_blanks();
    for (const auto& [sign, relation] : all) {
      if (!rest().starts_with(sign)) continue;
      at_ += sign.size();
      return relation;
    }
    return std::nullopt;
  }
  Result<Condition::Term> term() {
    Condition::Term term;
    term.field = word();
    if (!is_field(term.field)) return wrong(fmt::format("there is no field {:?}", term.field));
    const auto found = relation();
    if (!found) return wrong(fmt::format("there is no relation behind {:?}", term.field));
    term.relation = *found;
    skip_blanks();
    if (rest().empty()) return wrong(fmt::format("there is no value for {:?}", term.field));
    term.value = word();
    return term;
  }
  static bool is_field(const std::string& field) {
    if (is_one_of(field, fields) || field == payload_field) return true;
    if (!field.starts_with("payload/")) return false;
    try {
      const nlohmann::ordered_json::json_pointer tried(field.substr(payload_field.size()));
      return true;
    } catch (const nlohmann::json::exception&) {
      return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Condition> Condition::parse(std::string_view text) {
  const auto alone = [&](std::vector<Term> terms) {
    Condition condition;
    condition.text_ = text;
    condition.any_.push_back(std::move(terms));
    return condition;
  };
  if (text.starts_with("when ")) {
    auto condition = ConditionParser(text.substr(5)).parse();
    if (condition) condition->text_ = text;
    return condition;
  }
  Seq seq = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) {
    return alone({{"seq", Relation::equal, std::string(text)}});
  }
  const auto operation = text.substr(0, text.find(':'));
  if (is_one_of(operation, operations)) {
    std::vector<Term> terms = {{"operation", Relation::equal, std::string(operation)}};
    if (operation.size() < text.size()) {
      terms.push_back({"name", Relation::equal, std::string(text.substr(operation.size() + 1))});
    }
    return alone(std::move(terms));
  }
  if (is_event_kind(text)) return alone({{"kind", Relation::equal, std::string(text)}});
  return ConditionParser::wrong(fmt::format("{:?} is no place to stop at", text));
}

bool Condition::holds(const Told& told) const {
  return std::any_of(any_.begin(), any_.end(), [&](const auto& all) {
    return std::all_of(all.begin(), all.end(), [&](const Term& term) { return holds(term, told); });
  });
}

bool Condition::holds(const Term& term, const Told& told) {
  const auto text = text_of(told, term.field);
  if (term.relation == Relation::contains) return text.find(term.value) != text.npos;
  const auto left = number_of(text);
  const auto right = number_of(term.value);
  const bool numbers = left && right;
  const bool same = numbers ? *left == *right : text == term.value;
  if (term.relation == Relation::equal) return same;
  if (term.relation == Relation::differs) return !same;
  if (text.empty()) return false;
  const bool less = numbers ? *left < *right : text < term.value;
  switch (term.relation) {
    case Relation::less: return less;
    case Relation::at_most: return less || same;
    case Relation::greater: return !less && !same;
    default: return !less;
  }
}

bool Condition::looks_into_payload() const noexcept {
  return std::any_of(any_.begin(), any_.end(), [](const auto& all) {
    return std::any_of(all.begin(), all.end(),
                       [](const Term& term) { return term.field.starts_with(payload_field); });
  });
}

}  // namespace reprise::debug

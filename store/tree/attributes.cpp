#include "store/tree/attributes.h"

#include <algorithm>
#include <utility>

namespace coppice::store {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kMacroPrefix = "[attr]";
constexpr std::size_t kLineLimit = 2048;

// The attributes a view looks at have the first numbers.
constexpr std::array<std::string_view, 4> kWatched = {"linguist-generated", "linguist-vendored", "text", "diff"};

std::string_view TakeWord(std::string_view& text) {
  const auto end = std::min(text.find_first_of(kBlank), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

void SkipBlank(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
}

bool IsAttributeName(std::string_view name) {
  return !name.empty() && name.front() != '-' && !name.starts_with("builtin_") &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.' || c == '_';
         });
}

/// One escape of a quoted path, behind its backslash.
bool TakeEscape(std::string_view& text, char& out) {
  if (text.empty()) return false;
  const char c = text.front();
  static constexpr std::string_view kLetters = "abfnrtv\"\\";
  static constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\"\\";
  if (const auto letter = kLetters.find(c); letter != std::string_view::npos) {
    out = kBytes[letter];
    text.remove_prefix(1);
    return true;
  }
  if (text.size() < 3 || c < '0' || c > '3') return false;
  unsigned value = 0;
  for (int i = 0; i < 3; ++i) {
    const char digit = text[static_cast<std::size_t>(i)];
    if (digit < '0' || digit > '7') return false;
    value = value * 8 + static_cast<unsigned>(digit - '0');
  }
  out = static_cast<char>(value);
  text.remove_prefix(3);
  return true;
}

/// A path in C quotes. Leaves `text` alone when it is not one.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string result;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') {
      text = rest;
      return result;
    }
    if (c == '\\' && !TakeEscape(rest, c)) return std::nullopt;
    result += c;
  }
  return std::nullopt;
}

}  // namespace

struct Attributes::Assignment {
  std::size_t attribute;
  AttributeState state;
};

struct Attributes::Rule {
  std::optional<std::size_t> macro;  // a definition instead of a rule
  bool by_basename = false;
  bool folders_only = false;
  std::optional<std::string> literal;  // a pattern without wildcards
  Glob glob{""};
  std::vector<Assignment> assignments;

  [[nodiscard]] bool Matches(std::string_view path, std::size_t prefix_size) const {
    if (folders_only) return false;  // only files are looked up
    std::string_view name = path.substr(prefix_size);
    if (by_basename) {
      const auto slash = name.rfind('/');
      if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    }
    return literal ? name == *literal : glob.Matches(name);
  }
};

struct Attributes::Folder {
  std::size_t prefix_size = 0;
  std::vector<Rule> rules;
};

Attributes::Attributes() {
  for (const std::string_view name : kWatched) NumberOf(name);
  // git's one built-in macro: -diff -merge -text.
  macros_[NumberOf("binary")] = {{NumberOf("diff"), AttributeState::kUnset},
                                 {NumberOf("merge"), AttributeState::kUnset},
                                 {NumberOf("text"), AttributeState::kUnset}};
}

Attributes::~Attributes() = default;

std::size_t Attributes::NumberOf(std::string_view name) {
  return numbers_.try_emplace(std::string(name), numbers_.size()).first->second;
}

bool Attributes::Matters(const Rule& rule) const {
  return std::any_of(rule.assignments.begin(), rule.assignments.end(), [this](const Assignment& a) {
    return a.attribute < kWatched.size() || macros_.contains(a.attribute);
  });
}

bool Attributes::ParseAssignments(std::string_view text, std::vector<Assignment>& out) {
  for (SkipBlank(text); !text.empty(); SkipBlank(text)) {
    std::string_view word = TakeWord(text);
    AttributeState state = AttributeState::kSet;
    if (word.starts_with('-') || word.starts_with('!')) {
      state = word.front() == '-' ? AttributeState::kUnset : AttributeState::kUnspecified;
      word.remove_prefix(1);
    }
    const auto equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    if (!IsAttributeName(name)) return false;
    if (equals != std::string_view::npos && state == AttributeState::kSet) {
      state = word.substr(equals + 1) == "false" ? AttributeState::kFalse : AttributeState::kValue;
    }
    out.push_back({NumberOf(name), state});
  }
  return true;
}

std::optional<Attributes::Rule> Attributes::ParseLine(std::string_view line, bool top) {
  if (line.size() >= kLineLimit) return std::nullopt;
  SkipBlank(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  Rule rule;
  std::string pattern;
  if (auto quoted = TakeQuoted(line)) {
    pattern = std::move(*quoted);
  } else {
    pattern = TakeWord(line);
  }
  if (pattern.size() > kMacroPrefix.size() && pattern.starts_with(kMacroPrefix)) {
    const std::string name = pattern.substr(kMacroPrefix.size());
    if (!top || !IsAttributeName(name)) return std::nullopt;
    rule.macro = NumberOf(name);
  }
  if (!ParseAssignments(line, rule.assignments)) return std::nullopt;
  if (rule.macro) return rule;
  if (pattern.starts_with('!')) return std::nullopt;  // git has no negative patterns here
  rule.folders_only = pattern.ends_with('/');
  if (rule.folders_only) pattern.pop_back();
  rule.by_basename = pattern.find('/') == std::string::npos;
  if (pattern.starts_with('/')) pattern.erase(0, 1);
  if (pattern.find_first_of("*?[\\") == std::string::npos) {
    rule.literal = std::move(pattern);
  } else {
    rule.glob = Glob(pattern);
  }
  return rule;
}

void Attributes::Enter(std::string_view prefix, std::string_view body) {
  Folder& folder = folders_.emplace_back();
  folder.prefix_size = prefix.size();
  const bool top = prefix.empty();
  std::vector<Rule> rules;
  body = body.substr(0, body.find('\0'));  // as git, which reads it as one C string
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  while (!body.empty()) {
    const auto end = body.find('\n');
    if (auto rule = ParseLine(body.substr(0, end), top)) {
      if (rule->macro) {
        macros_.insert_or_assign(*rule->macro, std::move(rule->assignments));
      } else if (!rule->folders_only) {
        rules.push_back(std::move(*rule));
      }
    }
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  // Only now are all macros known.
  for (Rule& rule : rules) {
    if (rule_count_ >= kMaxRules) break;
    if (!Matters(rule)) continue;
    folder.rules.push_back(std::move(rule));
    ++rule_count_;
  }
}

void Attributes::Leave() {
  rule_count_ -= folders_.back().rules.size();
  folders_.pop_back();
}

void Attributes::Fill(const std::vector<Assignment>& assignments, States& states) const {
  // The last one of a line holds; what a nearer line has said stays.
  for (auto it = assignments.rbegin(); it != assignments.rend(); ++it) {
    if (states[it->attribute]) continue;
    states[it->attribute] = it->state;
    const auto macro = macros_.find(it->attribute);
    if (macro != macros_.end() && it->state == AttributeState::kSet) Fill(macro->second, states);
  }
}

PathAttributes Attributes::Lookup(std::string_view path) const {
  // Most trees have none.
  if (rule_count_ == 0) return {};
  States states(numbers_.size());
  for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
    for (auto rule = folder->rules.rbegin(); rule != folder->rules.rend(); ++rule) {
      if (rule->Matches(path, folder->prefix_size)) Fill(rule->assignments, states);
    }
  }
  const auto state = [&](std::size_t attribute) {
    return states[attribute].value_or(AttributeState::kUnspecified);
  };
  return {state(0), state(1), state(2), state(3)};
}

}  // namespace coppice::store

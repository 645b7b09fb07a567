#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsSpecial(std::string_view name) { return name.starts_with('.') && IsAllCaps(name.substr(1)); }

/// Whether a word may be a target: where the grammar got lost it takes whole assignments for one.
bool MayBeTarget(std::string_view word) {
  return word.find_first_of(" \t\r\n=") == std::string_view::npos &&
         std::any_of(word.begin(), word.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

/// Each target of a rule; not `.PHONY` and not `$(OBJECTS)`.
void FindTargets(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode targets = ChildOfType(context.node, "targets");
  if (IsNull(targets)) return;
  ForEachNamedChild(targets, [&](TSNode target) {
    Found result = FoundAt(context, target, rule.kind);
    if (TypeOf(target) == "variable_reference" || IsSpecial(result.name)) return;
    if (!MayBeTarget(result.name)) return;
    const TSNode recipe = ChildOfType(context.node, "recipe");
    if (!IsNull(recipe)) result.signature_end = BeginOf(recipe);
    found.push_back(std::move(result));
  });
}

/// `NAME = value`; not `NAME += value`, nor what is set for one target only.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || !IsNull(FieldOf(context.node, "target_or_pattern"))) return;
  const TSNode sign = FieldOf(context.node, "operator");
  if (!IsNull(sign) && TypeOf(sign) == "+=") return;
  Found result = FoundAt(context, name, rule.kind);
  if (result.name.starts_with('.')) return;
  const TSNode value = FieldOf(context.node, "value");
  EndBeforeLong(result, value);
  found.push_back(std::move(result));
}

/// What a target needs.
void UsePrerequisites(const NodeContext& context, std::vector<Use>& uses) {
  if (IsNull(context.parent)) return;
  const TSNode targets = ChildOfType(context.parent, "targets");
  if (!IsNull(targets) && TextOf(context.text, targets).starts_with('.')) return;
  ForEachNamedChild(context.node, [&](TSNode word) {
    if (TypeOf(word) != "word") return;
    uses.push_back({ReferenceKind::kCall, word, std::string(TextOf(context.text, word))});
  });
}

void UseVariable(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (IsNull(name) || TypeOf(name) != "word") return;
  uses.push_back({ReferenceKind::kType, name, std::string(TextOf(context.text, name))});
}

/// `$(call name,…)`
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode function = FieldOf(context.node, "function");
  const TSNode arguments = ChildOfType(context.node, "arguments");
  if (IsNull(function) || IsNull(arguments) || TypeOf(function) != "call") return;
  std::string_view name = TextOf(context.text, arguments);
  name = name.substr(0, name.find(','));
  if (name.find('$') != std::string_view::npos) return;
  uses.push_back({ReferenceKind::kCall, arguments, std::string(name)});
}

void UseInclude(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode files = FieldOf(context.node, "filenames");
  if (IsNull(files)) return;
  ForEachNamedChild(files, [&](TSNode file) {
    uses.push_back({ReferenceKind::kImport, file, std::string(TextOf(context.text, file))});
  });
}

bool StartsWithWord(std::string_view line, std::string_view word) {
  return line.starts_with(word) && (line.size() == word.size() || line[word.size()] == ' ' ||
                                    line[word.size()] == '\t' || line[word.size()] == '\r');
}

/// Where the computed name in `A_$(b) := value` ends; 0 where a line is no such assignment.
std::size_t EndOfComputedName(std::string_view line) {
  std::size_t end = line.find('=');
  if (line.empty() || line.front() == '\t' || end == std::string_view::npos) return 0;
  while (end > 0 && std::string_view(":+?! ").find(line[end - 1]) != std::string_view::npos) --end;
  const std::string_view name = line.substr(0, end);
  const bool computed =
      name.find("$(") != std::string_view::npos || name.find("${") != std::string_view::npos;
  return computed && name.find_first_of(" \t:#,") == std::string_view::npos ? end : 0;
}

/// Automake's `if NAME`, `else`, `endif` are none of Make's: blanked out, what they hold stays. A
/// computed name becomes a plain one, since the grammar gets lost at it.
std::string MaskMake(std::string_view text) {
  std::string masked(text);
  std::string open;  // 'a' for each of Automake's that is open, 'm' for Make's
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    bool blank = false;
    if (StartsWithWord(line, "if")) {
      open += 'a';
      blank = true;
    } else if (line.starts_with("ifeq") || line.starts_with("ifneq") || line.starts_with("ifdef") ||
               line.starts_with("ifndef")) {
      open += 'm';
    } else if (StartsWithWord(line, "else") || StartsWithWord(line, "endif")) {
      blank = open.ends_with('a');
      if (line.starts_with("endif") && !open.empty()) open.pop_back();
    }
    for (std::size_t at = begin; at < begin + EndOfComputedName(line); ++at) {
      if (std::string_view("$(){}").find(masked[at]) != std::string_view::npos) masked[at] = '_';
    }
    if (blank) std::fill_n(masked.begin() + static_cast<std::ptrdiff_t>(begin), line.size(), ' ');
    begin = end + 1;
  }
  return masked;
}

constexpr std::array kDefinitions = {
    DefinitionRule{"rule", SymbolKind::kFunction, kPlain, "", "", FindTargets},
    DefinitionRule{"variable_assignment", SymbolKind::kVariable, kPlain, "name", "", FindVariable},
    DefinitionRule{"shell_assignment", SymbolKind::kVariable, kPlain, "name", ""},
    DefinitionRule{"define_directive", SymbolKind::kMacro, kPlain, "name", "value"},
};

constexpr std::array kReferences = {
    ReferenceRule{"prerequisites", ReferenceKind::kCall, {}, UsePrerequisites},
    ReferenceRule{"variable_reference", ReferenceKind::kType, {}, UseVariable},
    ReferenceRule{"function_call", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"include_directive", ReferenceKind::kImport, {}, UseInclude},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kWrappers = {"export_directive", "override_directive",
                                                       "private_directive"};

constexpr LanguageRules kMake = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .mask = MaskMake,
};

}  // namespace

const LanguageRules& MakeRules() { return kMake; }

}  // namespace coppice::indexer

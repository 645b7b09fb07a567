#include "indexer/parse/symbols.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string>
#include <unordered_set>

#include "indexer/parse/plain/line_index.h"

namespace coppice::indexer {
namespace {

using store::ByteRange;
using store::SymbolKind;

constexpr std::uint32_t kMaxSignatureBytes = 400;
constexpr std::size_t kMaxNameBytes = 200;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

bool IsTypeLike(SymbolKind kind) {
  return kind == SymbolKind::kClass || kind == SymbolKind::kStruct ||
         kind == SymbolKind::kInterface || kind == SymbolKind::kEnum || kind == SymbolKind::kUnion;
}

/// A function inside a type is a method, a variable inside one a field.
SymbolKind KindInScope(SymbolKind kind, SymbolKind scope, bool in_code) {
  if (!IsTypeLike(scope) || in_code) return kind;
  if (kind == SymbolKind::kFunction) return SymbolKind::kMethod;
  if (kind == SymbolKind::kVariable) return SymbolKind::kField;
  return kind;
}

/// One node on the way from the root to where the walk stands.
struct Step {
  TSNode node;
  const NodeRole* role = nullptr;
  std::size_t entered = 0;               // named children so far
  mutable std::vector<TSNode> children;  // the named ones, once somebody asks
  std::size_t scope = 0;                 // of what is defined below, in Walk::scopes_
  SymbolKind scope_kind = SymbolKind::kNone;
  std::size_t block = 0;  // `scope` without that of a kScopeOfRest
  SymbolKind block_kind = SymbolKind::kNone;
  bool in_code = false;
};

/// A comment or an attribute that may belong to the definition after it.
struct Lead {
  ByteRange range;
  bool comment;
  bool loose;  // may stand a blank line above
};

void Sort(Symbols& symbols) {
  std::vector<std::size_t> order(symbols.definitions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const ByteRange x = symbols.definitions[a].range;
    const ByteRange y = symbols.definitions[b].range;
    return x.begin != y.begin ? x.begin < y.begin : x.end > y.end;
  });
  Symbols sorted;
  for (const std::size_t i : order) {
    sorted.definitions.push_back(std::move(symbols.definitions[i]));
    sorted.nodes.push_back(symbols.nodes[i]);
  }
  sorted.references = std::move(symbols.references);
  std::stable_sort(sorted.references.begin(), sorted.references.end(),
                   [](const store::Reference& a, const store::Reference& b) {
                     return a.line != b.line ? a.line < b.line : a.column < b.column;
                   });
  symbols = std::move(sorted);
}

class Walk final : public Surroundings {
 public:
  Walk(std::string_view text, std::string_view parsed, const Grammar& grammar)
      : text_(text), parsed_(parsed), grammar_(grammar), rules_(grammar.rules()), lines_(text) {}

  [[nodiscard]] TSNode Above(std::size_t steps) const override {
    return steps == 0 || steps > path_.size() ? TSNode{} : path_[path_.size() - steps].node;
  }

  [[nodiscard]] TSNode Sibling(std::ptrdiff_t offset) const override {
    if (path_.empty() || !named_) return TSNode{};
    const Step& parent = path_.back();
    if (parent.children.empty()) {
      ForEachNamedChild(parent.node, [&](TSNode child) { parent.children.push_back(child); });
    }
    const auto at = static_cast<std::ptrdiff_t>(parent.entered) - 1 + offset;
    const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(parent.children.size());
    return inside ? parent.children[static_cast<std::size_t>(at)] : TSNode{};
  }

  Symbols Run(TSNode root) {
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool descend = true;
    while (true) {
      if (descend) Enter(ts_tree_cursor_current_node(&cursor));
      if (descend && ts_tree_cursor_goto_first_child(&cursor)) continue;
      path_.pop_back();
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        descend = true;
        continue;
      }
      if (!ts_tree_cursor_goto_parent(&cursor)) break;
      descend = false;
    }
    ts_tree_cursor_delete(&cursor);
    Sort(symbols_);
    return std::move(symbols_);
  }

 private:
  void Enter(TSNode node) {
    const NodeRole& role = grammar_.RoleOf(node);
    Step step;
    step.node = node;
    step.role = &role;
    named_ = ts_node_is_named(node);
    NodeContext context{text_, node, TSNode{}, SymbolKind::kNone, false, this};
    if (!path_.empty()) {
      Step& parent = path_.back();
      if (named_) ++parent.entered;
      step.scope = parent.scope;
      step.scope_kind = parent.scope_kind;
      step.in_code = parent.in_code;
      context.parent = parent.node;
      context.scope = parent.scope_kind;
      context.in_code = parent.in_code;
    }
    if (role.comment || role.attribute) {
      leads_.push_back({{BeginOf(node), EndOf(node)}, role.comment, role.loose_comment});
    }
    if (role.definition != nullptr) Define(context, *role.definition, step);
    for (const ReferenceRule* rule : role.references) Refer(context, *rule);
    if (role.code) step.in_code = true;
    step.block = step.scope;
    step.block_kind = step.scope_kind;
    path_.push_back(std::move(step));
  }

  // --- definitions -------------------------------------------------------------------------------

  void Define(const NodeContext& context, const DefinitionRule& rule, Step& step) {
    if (context.in_code && (rule.flags & kAnywhere) == 0) return;
    const TSNode body = FieldOf(context.node, rule.body);
    if ((rule.flags & kNeedsBody) != 0 && IsNull(body)) return;
    found_.clear();
    if (rule.find != nullptr) {
      rule.find(context, rule, found_);
    } else {
      FindByField(context, rule);
    }
    for (Found& found : found_) {
      if (found.name.empty() || found.name.size() > kMaxNameBytes) continue;
      const bool of_rest =
          (rule.flags & kScopeOfRest) != 0 && IsNull(body) && !found.has_body && !path_.empty();
      if (of_rest) {
        step.scope = path_.back().block;
        step.scope_kind = path_.back().block_kind;
      }
      std::string path = PathOf(step, found);
      if ((rule.flags & kScopeOnly) == 0 && found.defines) Record(context, found, path, body);
      if (of_rest) {
        path_.back().scope = scopes_.size();
        path_.back().scope_kind = found.kind;
        scopes_.push_back(std::move(path));
        break;
      }
      if ((rule.flags & kScope) != 0 && found.opens_scope) {
        step.scope = scopes_.size();
        scopes_.push_back(std::move(path));
        step.scope_kind = found.kind;
        break;  // one node opens one scope
      }
    }
  }

  /// The symbol path of what is found where `step` stands.
  std::string PathOf(const Step& step, const Found& found) const {
    const bool in_namespace = step.scope_kind == SymbolKind::kNamespace;
    const bool own = in_namespace && !rules_.namespace_separator.empty();
    std::string path = found.at_root ? std::string() : scopes_[step.scope];
    for (const std::string& part : {found.qualifier, found.name}) {
      if (part.empty()) continue;
      if (!path.empty()) path += own ? rules_.namespace_separator : rules_.separator;
      path += part;
    }
    return path;
  }

  void FindByField(const NodeContext& context, const DefinitionRule& rule) {
    const TSNode name = FieldOf(context.node, rule.name);
    if (IsNull(name)) return;
    Found found;
    found.kind = rule.kind;
    found.name = TextOf(text_, name);
    found.name_begin = BeginOf(name);
    found_.push_back(std::move(found));
  }

  void Record(const NodeContext& context, const Found& found, const std::string& path,
              TSNode body) {
    // The wrappers around the node belong to it; all but some also to its signature.
    ByteRange node{BeginOf(context.node), EndOf(context.node)};
    std::uint32_t signature_begin = node.begin;
    bool in_signature = true;
    for (auto step = path_.rbegin(); step != path_.rend() && WrapsOne(*step); ++step) {
      node = {BeginOf(step->node), EndOf(step->node)};
      in_signature = in_signature && !step->role->unsigned_wrapper;
      if (in_signature) signature_begin = node.begin;
    }
    ByteRange whole = node;
    if (found.begin) whole.begin = std::min(*found.begin, node.begin);
    if (found.begin && found.signed_begin) signature_begin = whole.begin;
    whole.end = std::max(found.end, node.end);
    store::Definition definition;
    definition.kind = found.qualifier.empty()
                          ? KindInScope(found.kind, context.scope, context.in_code)
                          : found.kind;
    definition.name = found.name;
    definition.symbol = path;
    definition.range = {WithMasked(whole.begin), TrimmedEnd(whole)};
    signature_begin = WithMasked(signature_begin);
    definition.signature =
        Signature(signature_begin, SignatureEnd(context.node, found, body, TrimmedEnd(node)));
    AddDocumentation(context, definition);
    definition.lines = lines_.LinesOf(definition.range);
    names_.insert(found.name_begin);
    symbols_.definitions.push_back(std::move(definition));
    symbols_.nodes.push_back(node);
  }

  /// A wrapper that is no group: Go's `const ( … )` is none of its members' declaration.
  static bool WrapsOne(const Step& step) {
    if (!step.role->wrapper) return false;
    const std::uint32_t count = std::min<std::uint32_t>(ts_node_child_count(step.node), 3);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (TypeOf(ts_node_child(step.node, i)) == "(") return false;
    }
    return true;
  }

  /// With what was masked before it on its line: `API int f();`
  std::uint32_t WithMasked(std::uint32_t begin) const {
    const std::uint32_t line = lines_.StartOf(begin);
    const std::size_t first = text_.find_first_not_of(" \t", line);
    if (first >= begin) return begin;
    const std::string_view seen = parsed_.substr(line, begin - line);
    return seen.find_first_not_of(" \t") == std::string_view::npos
               ? static_cast<std::uint32_t>(first)
               : begin;
  }

  /// Before the lines of comments at its end that speak of what follows.
  std::size_t WithoutLateComments(std::uint32_t begin, std::size_t end) const {
    while (!rules_.late_comments.empty()) {
      std::size_t line = text_.rfind('\n', end - 1);
      if (line == std::string_view::npos || line <= begin) break;
      const std::size_t first = text_.find_first_not_of(" \t", line + 1);
      if (first >= end || !text_.substr(first).starts_with(rules_.late_comments)) break;
      while (line > begin + 1 && IsBlank(text_[line - 1])) --line;
      end = line;
    }
    return end;
  }

  /// Without blanks at the end, with a semicolon that follows directly.
  std::uint32_t TrimmedEnd(ByteRange range) const {
    std::size_t end = std::min<std::size_t>(range.end, text_.size());
    while (end > range.begin + 1 && IsBlank(text_[end - 1])) --end;
    end = WithoutLateComments(range.begin, end);
    std::size_t next = end;
    while (next < text_.size() && (text_[next] == ' ' || text_[next] == '\t')) ++next;
    if (next < text_.size() && text_[next] == ';') end = next + 1;
    return static_cast<std::uint32_t>(end);
  }

  /// Before the body, and before a comment that stands between the two.
  std::uint32_t SignatureEnd(TSNode node, const Found& found, TSNode body,
                             std::uint32_t range_end) const {
    if (found.signature_end != 0) return std::min(found.signature_end, range_end);
    const std::uint32_t end = IsNull(body) ? range_end : std::min(BeginOf(body), range_end);
    const std::uint32_t count = std::min<std::uint32_t>(ts_node_named_child_count(node), 16);
    for (std::uint32_t i = 0; i < count; ++i) {
      const TSNode child = ts_node_named_child(node, i);
      if (BeginOf(child) >= end) break;
      if (grammar_.RoleOf(child).comment) return BeginOf(child);
    }
    return end;
  }

  ByteRange Signature(std::uint32_t begin, std::uint32_t end) const {
    end = std::max(begin, end);
    if (end - begin > kMaxSignatureBytes) {
      const std::size_t newline = text_.rfind('\n', begin + kMaxSignatureBytes);
      const bool near = newline != std::string_view::npos && newline > begin;
      end = near ? static_cast<std::uint32_t>(newline) : begin + kMaxSignatureBytes;
      while (!near && end > begin && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) {
        --end;
      }
    }
    constexpr std::string_view kClosers = " \t\r\n{;,:=\\";
    const auto trim = [&] {
      while (end > begin && kClosers.find(text_[end - 1]) != std::string_view::npos) --end;
    };
    trim();
    if (text_.substr(begin, end - begin).ends_with("=>")) end -= 2;  // of an arrow function
    trim();
    return {begin, end};
  }

  /// Finds the comments and attributes that stand directly before a definition, and a docstring.
  void AddDocumentation(const NodeContext& context, store::Definition& definition) {
    std::uint32_t begin = definition.range.begin;
    ByteRange doc;
    for (auto lead = leads_.rbegin(); lead != leads_.rend(); ++lead) {
      if (lead->range.begin >= begin) continue;  // inside the definition, before its name
      if (!Touches(*lead, begin)) break;
      begin = lead->range.begin;
      if (!lead->comment) continue;
      doc = {begin, doc.empty() ? WithoutBlankEnd(lead->range) : doc.end};
    }
    if (!doc.empty() && IsLicense(doc)) {
      doc = {};
      begin = definition.range.begin;
    }
    definition.range.begin = begin;
    definition.doc = doc;
    if (rules_.inner_doc == nullptr) return;
    const ByteRange inner = rules_.inner_doc(context);
    if (!inner.empty()) definition.doc = inner;
  }

  /// Whether a lead stands alone on its lines, with no blank line between it and `next`, or one
  /// where its language has it so.
  bool Touches(const Lead& of, std::uint32_t next) const {
    const ByteRange lead = of.range;
    if (lead.begin == 0 && text_.starts_with("#!")) return false;
    const std::uint32_t lead_end = WithoutBlankEnd(lead);
    if (lead_end > next) return false;
    const std::string_view between = text_.substr(lead_end, next - lead_end);
    if (between.find_first_not_of(" \t\r\n\f") != std::string_view::npos) return false;
    if (std::count(between.begin(), between.end(), '\n') > (of.loose ? 2 : 1)) return false;
    const std::uint32_t line = lines_.StartOf(lead.begin);
    const std::string_view before = text_.substr(line, lead.begin - line);
    return before.find_first_not_of(" \t\xEF\xBB\xBF") == std::string_view::npos;
  }

  std::uint32_t WithoutBlankEnd(ByteRange range) const {
    std::size_t end = std::min<std::size_t>(range.end, text_.size());
    while (end > range.begin && IsBlank(text_[end - 1])) --end;
    return static_cast<std::uint32_t>(end);
  }

  /// The licence at the head of a file belongs to the file, not to what comes first in it.
  bool IsLicense(ByteRange doc) const {
    constexpr std::uint32_t kHeadLines = 3;
    if (lines_.LineOf(doc.begin) > kHeadLines) return false;
    std::string head(text_.substr(doc.begin, std::min<std::size_t>(doc.end - doc.begin, 1000)));
    std::transform(head.begin(), head.end(), head.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return head.find("copyright") != std::string::npos ||
           head.find("spdx-license") != std::string::npos ||
           head.find("licensed under") != std::string::npos;
  }

  // --- references --------------------------------------------------------------------------------

  void Refer(const NodeContext& context, const ReferenceRule& rule) {
    uses_.clear();
    if (rule.find != nullptr) {
      rule.find(context, uses_);
    } else {
      const TSNode target = rule.field.empty() ? context.node : FieldOf(context.node, rule.field);
      if (!IsNull(target)) uses_.push_back({rule.kind, target, {}});
    }
    for (Use& use : uses_) AddUse(use);
  }

  void AddUse(Use& use) {
    TSNode at = use.node;
    if (use.name.empty()) use.name = LastName(text_, use.node, &at);
    if (use.name.empty() || use.name.size() > kMaxNameBytes) return;
    if (use.kind == store::ReferenceKind::kType && names_.count(BeginOf(at)) != 0) return;
    const auto& ignored = rules_.ignored_names;
    if (use.kind != store::ReferenceKind::kImport &&
        std::find(ignored.begin(), ignored.end(), use.name) != ignored.end()) {
      return;
    }
    const TSPoint point = ts_node_start_point(at);
    symbols_.references.push_back({use.kind, std::move(use.name), point.row + 1, point.column + 1});
  }

  std::string_view text_;
  std::string_view parsed_;
  const Grammar& grammar_;
  const LanguageRules& rules_;
  LineIndex lines_;
  std::vector<Step> path_;
  bool named_ = false;                       // the node that is entered
  std::vector<std::string> scopes_{{}};      // symbol paths of the scopes entered so far
  std::vector<Lead> leads_;                  // in order of their begin
  std::unordered_set<std::uint32_t> names_;  // where the names of definitions stand
  std::vector<Found> found_;
  std::vector<Use> uses_;
  Symbols symbols_;
};

}  // namespace

Symbols ExtractSymbols(std::string_view text, std::string_view parsed, TSNode root,
                       const Grammar& grammar) {
  if (grammar.rules().extract != nullptr) {
    Symbols symbols;
    grammar.rules().extract(text, root, symbols.definitions);
    for (const auto& definition : symbols.definitions) symbols.nodes.push_back(definition.range);
    return symbols;
  }
  return Walk(text, parsed, grammar).Run(root);
}

void MergeSymbols(Symbols& into, Symbols from) {
  std::move(from.definitions.begin(), from.definitions.end(), std::back_inserter(into.definitions));
  into.nodes.insert(into.nodes.end(), from.nodes.begin(), from.nodes.end());
  std::move(from.references.begin(), from.references.end(), std::back_inserter(into.references));
  Sort(into);
}

}  // namespace coppice::indexer

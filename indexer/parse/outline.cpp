#include "indexer/parse/outline.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "indexer/parse/plain/line_index.h"

namespace coppice::indexer {
namespace {

using store::ByteRange;

/// Deeper structure is not worth a cut, and the outline is built by recursion.
constexpr int kMaxDepth = 200;

bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\xEF\xBB\xBF") == std::string_view::npos;
}

std::uint64_t Key(ByteRange range) {
  return (static_cast<std::uint64_t>(range.begin) << 32U) | range.end;
}

/// A run of a node's children between two cuts.
struct Piece {
  std::uint32_t begin = 0;
  TSNode largest{};
  std::int32_t definition = -1;
  int definitions = 0;
};

class Outliner {
 public:
  Outliner(std::string_view text, const Grammar& grammar, std::span<const Layer> layers,
           const Symbols& symbols, std::uint32_t enough_bytes)
      : text_(text), grammar_(&grammar), symbols_(symbols), lines_(text), enough_(enough_bytes) {
    for (const Layer& layer : layers) layers_.emplace(Key(layer.range), &layer);
    for (std::size_t i = 0; i < symbols.nodes.size(); ++i) {
      const auto [entry, added] =
          by_node_.emplace(Key(symbols.nodes[i]), static_cast<std::int32_t>(i));
      // `struct S { … } s;` defines two things at one node: the type is what can be cut.
      if (!added && IsType(symbols.definitions[i].kind)) {
        entry->second = static_cast<std::int32_t>(i);
      }
    }
  }

  OutlineNode Whole(TSNode root) {
    OutlineNode node;
    node.range = {0, static_cast<std::uint32_t>(text_.size())};
    Fill(node, root, 0);
    return node;
  }

 private:
  static bool IsType(store::SymbolKind kind) {
    return kind == store::SymbolKind::kClass || kind == store::SymbolKind::kStruct ||
           kind == store::SymbolKind::kUnion || kind == store::SymbolKind::kEnum;
  }

  /// Gives `outline`, which stands for `node`, its children if it is too large without.
  void Fill(OutlineNode& outline, TSNode node, int depth) {
    if (depth >= kMaxDepth || IsEnough(outline)) return;
    if (const Layer* layer = TakeLayer(node)) {
      const Grammar* around = std::exchange(grammar_, layer->grammar);
      Fill(outline, ts_tree_root_node(layer->tree.get()), depth + 1);
      grammar_ = around;
      return;
    }
    const std::vector<Piece> pieces = Cut(outline.range, node);
    if (pieces.empty()) return;
    if (pieces.size() == 1) {  // no cut at this level: look inside
      const Piece& only = pieces.front();
      const std::int32_t inner = only.definitions == 1 ? only.definition : -1;
      if (inner < 0 || inner == outline.definition) {
        Fill(outline, only.largest, depth + 1);
        return;
      }
      if (outline.definition < 0) {
        outline.definition = inner;
        Fill(outline, only.largest, depth + 1);
        return;
      }
    }
    outline.children.reserve(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      OutlineNode child;
      child.range = {pieces[i].begin,
                     i + 1 < pieces.size() ? pieces[i + 1].begin : outline.range.end};
      if (pieces[i].definitions == 1) child.definition = pieces[i].definition;
      Fill(child, pieces[i].largest, depth + 1);
      outline.children.push_back(std::move(child));
    }
  }

  /// The tree that goes on at a node; each is entered once.
  const Layer* TakeLayer(TSNode node) {
    if (layers_.empty()) return nullptr;
    const auto found = layers_.find(Key({BeginOf(node), EndOf(node)}));
    if (found == layers_.end()) return nullptr;
    const Layer* layer = found->second;
    layers_.erase(found);
    return layer;
  }

  /// Whether a part need not be taken apart: it is small, and one definition or none.
  bool IsEnough(const OutlineNode& outline) const {
    if (outline.range.end - outline.range.begin > enough_) return false;
    if (outline.definition >= 0) {
      const auto& own = symbols_.definitions[static_cast<std::size_t>(outline.definition)];
      if (own.kind != store::SymbolKind::kNamespace) return true;
    }
    const auto& all = symbols_.definitions;
    auto inside = std::lower_bound(all.begin(), all.end(), outline.range.begin,
                                   [](const store::Definition& definition, std::uint32_t begin) {
                                     return definition.range.begin < begin;
                                   });
    if (inside != all.end() && inside - all.begin() == outline.definition) ++inside;
    return inside == all.end() || inside->range.begin >= outline.range.end;
  }

  std::int32_t DefinitionAt(TSNode node) const {
    const auto found = by_node_.find(Key({BeginOf(node), EndOf(node)}));
    return found == by_node_.end() ? -1 : found->second;
  }

  /// Where a child begins when what belongs to it is counted in.
  std::uint32_t BeginWithLead(TSNode child, std::int32_t definition) const {
    return definition >= 0 ? symbols_.definitions[static_cast<std::size_t>(definition)].range.begin
                           : BeginOf(child);
  }

  std::vector<Piece> Cut(ByteRange range, TSNode node) const {
    std::vector<Piece> pieces;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool forward = false;  // the child before belongs to this one
    std::uint32_t forward_end = 0;
    TSNode before{};
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      do {
        const TSNode child = ts_tree_cursor_current_node(&cursor);
        if (EndOf(child) <= BeginOf(child)) continue;
        const std::int32_t definition = DefinitionAt(child);
        const NodeRole& role = grammar_->RoleOf(child);
        const std::uint32_t begin = BeginWithLead(child, definition);
        // What takes its comments back by itself is not joined to them.
        const bool joined =
            (forward && begin >= forward_end && NewLines(forward_end, begin) <= 1) ||
            (role.comment && Trails(before, child)) || Covers(pieces, begin);
        Add(pieces, range, child, begin, definition, joined);
        const bool alone = StandsAlone(BeginOf(child));
        forward = (role.comment && alone) || role.attribute || role.forward ||
                  (forward && !ts_node_is_named(child) && definition < 0 && TypeOf(child) == ":");
        forward_end = WithoutBlankEnd(EndOf(child));
        before = child;
      } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
    return pieces;
  }

  /// Whether the definition before goes on behind its node: a function's further equations.
  bool Covers(const std::vector<Piece>& pieces, std::uint32_t begin) const {
    if (pieces.empty() || pieces.back().definition < 0) return false;
    const auto definition = static_cast<std::size_t>(pieces.back().definition);
    return begin < symbols_.definitions[definition].range.end;
  }

  std::ptrdiff_t NewLines(std::uint32_t begin, std::uint32_t end) const {
    const std::string_view between = text_.substr(begin, end - begin);
    return std::count(between.begin(), between.end(), '\n');
  }

  /// A comment directly below something, with a blank line after it, speaks of what stands above.
  bool Trails(TSNode before, TSNode comment) const {
    if (IsNull(before) || !ts_node_is_named(before) || grammar_->RoleOf(before).comment)
      return false;
    const std::uint32_t end = WithoutBlankEnd(EndOf(before));
    if (BeginOf(comment) < end || NewLines(end, BeginOf(comment)) != 1) return false;
    const std::uint32_t after = WithoutBlankEnd(EndOf(comment));
    const std::size_t next = std::min(text_.find_first_not_of(" \t\r\n\f", after), text_.size());
    return NewLines(after, static_cast<std::uint32_t>(next)) > 1;
  }

  void Add(std::vector<Piece>& pieces, ByteRange range, TSNode child, std::uint32_t begin,
           std::int32_t definition, bool joined) const {
    // A definition takes back the comments before it that are its own.
    while (pieces.size() > 1 && pieces.back().begin >= begin && pieces.back().definitions == 0) {
      pieces.pop_back();
    }
    const std::uint32_t line = lines_.StartOf(std::min(begin, LastByte()));
    const bool cut = pieces.empty() || (!joined && StandsAlone(begin) &&
                                        line > pieces.back().begin && line < range.end);
    if (cut) {
      Piece piece;
      piece.begin = pieces.empty() ? range.begin : line;
      piece.largest = child;
      pieces.push_back(piece);
    }
    Piece& piece = pieces.back();
    if (EndOf(child) - BeginOf(child) > EndOf(piece.largest) - BeginOf(piece.largest)) {
      piece.largest = child;
    }
    if (definition >= 0) {
      piece.definition = definition;
      ++piece.definitions;
    }
  }

  std::uint32_t LastByte() const {
    return text_.empty() ? 0 : static_cast<std::uint32_t>(text_.size() - 1);
  }

  std::uint32_t WithoutBlankEnd(std::uint32_t end) const {
    end = std::min(end, static_cast<std::uint32_t>(text_.size()));
    while (end > 0 && IsBlankText(text_.substr(end - 1, 1))) --end;
    return end;
  }

  /// Whether only blanks stand before `at` on its line.
  bool StandsAlone(std::uint32_t at) const {
    const std::uint32_t line = lines_.StartOf(std::min(at, LastByte()));
    return at <= line || IsBlankText(text_.substr(line, at - line));
  }

  std::string_view text_;
  const Grammar* grammar_;  // of the tree that is cut
  const Symbols& symbols_;
  LineIndex lines_;
  std::uint32_t enough_;
  std::unordered_map<std::uint64_t, std::int32_t> by_node_;
  std::unordered_map<std::uint64_t, const Layer*> layers_;  // by the range of their nodes
};

/// Where the blocks of a document begin, inside sections, lists and quotations too.
void CollectBlocks(TSNode node, std::uint32_t enough_bytes, int depth,
                   std::vector<std::uint32_t>& starts) {
  ForEachNamedChild(node, [&](TSNode child) {
    starts.push_back(BeginOf(child));
    const bool section = TypeOf(child) == "section";
    if (depth < kMaxDepth && (section || EndOf(child) - BeginOf(child) > enough_bytes)) {
      CollectBlocks(child, enough_bytes, depth + 1, starts);
    }
  });
}

}  // namespace

OutlineNode OutlineOfTree(std::string_view text, TSNode root, const Grammar& grammar,
                          std::span<const Layer> layers, const Symbols& symbols,
                          std::uint32_t enough_bytes) {
  return Outliner(text, grammar, layers, symbols, enough_bytes).Whole(root);
}

namespace {

/// Cuts `outline` at block starts and gives each section below it a node of its own.
class SectionOutliner {
 public:
  SectionOutliner(const std::vector<store::Definition>& sections,
                  const std::vector<std::uint32_t>& cuts, std::uint32_t enough_bytes)
      : sections_(sections), cuts_(cuts), enough_(enough_bytes) {}

  /// The document itself is always taken apart, as a section only if it is too large.
  void Fill(OutlineNode& outline) {
    if (outline.definition >= 0 && outline.range.end - outline.range.begin <= enough_) {
      Skip(outline.range.end);
      return;
    }
    std::uint32_t at = outline.range.begin;
    while (at < outline.range.end) {
      OutlineNode child;
      const bool section =
          next_ < sections_.size() && sections_[next_].range.begin < outline.range.end;
      const std::uint32_t section_begin =
          section ? sections_[next_].range.begin : outline.range.end;
      if (section && section_begin <= at) {
        child.definition = static_cast<std::int32_t>(next_);
        child.range = {at, sections_[next_].range.end};
        ++next_;
        Fill(child);
      } else {
        child.range = {at, std::min(NextCut(at), section_begin)};
      }
      at = child.range.end;
      outline.children.push_back(std::move(child));
    }
    Skip(outline.range.end);
  }

 private:
  void Skip(std::uint32_t end) {
    while (next_ < sections_.size() && sections_[next_].range.begin < end) ++next_;
  }
  std::uint32_t NextCut(std::uint32_t at) const {
    const auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), at);
    return cut == cuts_.end() ? static_cast<std::uint32_t>(-1) : *cut;
  }

  const std::vector<store::Definition>& sections_;
  const std::vector<std::uint32_t>& cuts_;
  std::uint32_t enough_;
  std::size_t next_ = 0;  // the next section in order
};

}  // namespace

OutlineNode OutlineOfSections(std::string_view text, TSNode root,
                              const std::vector<store::Definition>& sections,
                              std::uint32_t enough_bytes) {
  OutlineNode whole;
  whole.range = {0, static_cast<std::uint32_t>(text.size())};
  if (text.empty()) return whole;
  const LineIndex lines(text);
  std::vector<std::uint32_t> cuts;
  CollectBlocks(root, enough_bytes, 0, cuts);
  for (std::uint32_t& cut : cuts) {
    cut = lines.StartOf(std::min(cut, whole.range.end - 1));
  }
  std::sort(cuts.begin(), cuts.end());
  SectionOutliner(sections, cuts, enough_bytes).Fill(whole);
  return whole;
}

}  // namespace coppice::indexer

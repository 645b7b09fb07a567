#include "indexer/parse/chunker.h"

#include <algorithm>

#include "indexer/parse/plain/line_chunker.h"

namespace coppice::indexer {
namespace {

using store::SymbolKind;

/// A definition at least this long is a chunk of its own: some eight lines. Shorter ones say too
/// little by themselves, unless they are documented.
constexpr std::uint32_t kStandAloneBytes = 300;
constexpr std::uint32_t kDocumentedBytes = 150;
/// Text between definitions that is shorter goes to what stands before it.
constexpr std::uint32_t kNeutralBytes = 120;

/// The smallest thing that is merged with others: never cut again.
struct Atom {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::int32_t definition = -1;  // innermost
  std::int32_t parent =
      -1;  // the definition that was cut to make it; only those of one parent merge
  bool stands_alone = false;
  bool neutral = false;  // says nothing about its definition
  bool closer = false;   // neutral, and worth a chunk above the soft limit
};

bool IsContainer(SymbolKind kind) {
  return kind == SymbolKind::kClass || kind == SymbolKind::kStruct ||
         kind == SymbolKind::kInterface || kind == SymbolKind::kNamespace ||
         kind == SymbolKind::kSection || kind == SymbolKind::kUnion;
}

bool MayStandAlone(SymbolKind kind) {
  return kind != SymbolKind::kNone && kind != SymbolKind::kVariable &&
         kind != SymbolKind::kConstant && kind != SymbolKind::kField;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The definition around each definition; -1 at the top.
std::vector<std::int32_t> ParentsOf(const std::vector<store::Definition>& definitions) {
  std::vector<std::int32_t> parents(definitions.size(), -1);
  std::vector<std::int32_t> open;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    while (!open.empty() && definitions[static_cast<std::size_t>(open.back())].range.end <
                                definitions[i].range.end) {
      open.pop_back();
    }
    parents[i] = open.empty() ? -1 : open.back();
    open.push_back(static_cast<std::int32_t>(i));
  }
  return parents;
}

class Chunker {
 public:
  Chunker(std::string_view text, const std::vector<store::Definition>& definitions)
      : text_(text), definitions_(definitions), parents_(ParentsOf(definitions)), lines_(text) {}

  std::vector<store::Chunk> Run(const OutlineNode& outline) {
    Collect(outline, -1);
    Merge();
    return std::move(chunks_);
  }

 private:
  const store::Definition& At(std::int32_t definition) const {
    return definitions_[static_cast<std::size_t>(definition)];
  }

  // --- atoms -------------------------------------------------------------------------------------

  void Collect(const OutlineNode& node, std::int32_t parent) {
    const std::uint32_t size = node.range.end - node.range.begin;
    if (size == 0) return;
    const bool whole_function = node.definition >= 0 && !IsContainer(At(node.definition).kind);
    const std::uint32_t limit = whole_function ? kHardChunkBytes : kSoftChunkBytes;
    const std::int32_t own = node.definition >= 0 ? node.definition : parent;
    // A file or a namespace says nothing by itself: what it holds is what is looked for.
    const bool transparent =
        node.definition < 0 || At(node.definition).kind == SymbolKind::kNamespace;
    if (size <= limit && (!transparent || node.children.empty())) {
      AddAtom(node, own, parent);
    } else if (node.children.empty()) {
      AddLines(node, own);
    } else {
      for (const OutlineNode& child : node.children) {
        head_ = !transparent && &child == &node.children.front();
        Collect(child, own);
      }
    }
  }

  void AddAtom(const OutlineNode& node, std::int32_t own, std::int32_t parent) {
    Atom atom{node.range.begin, node.range.end, own, parent};
    const std::uint32_t size = atom.end - atom.begin;
    if (node.definition >= 0) {
      const store::Definition& definition = At(node.definition);
      atom.stands_alone =
          MayStandAlone(definition.kind) &&
          (size >= kStandAloneBytes || (!definition.doc.empty() && size >= kDocumentedBytes));
    } else {
      if (!head_) Weigh(atom);
    }
    head_ = false;
    atoms_.push_back(atom);
  }

  /// Closers, and crumbs between the members of a file, a namespace or a class.
  void Weigh(Atom& atom) const {
    const std::string_view content = Trimmed(text_.substr(atom.begin, atom.end - atom.begin));
    if (content.size() >= kNeutralBytes) return;
    atom.closer = content.empty() || content.front() == '}' || content.starts_with("#endif") ||
                  content.find_first_not_of(")];,>") == std::string_view::npos;
    const SymbolKind around = atom.parent < 0 ? SymbolKind::kNamespace : At(atom.parent).kind;
    atom.neutral = atom.closer || (IsContainer(around) && around != SymbolKind::kSection);
  }

  void AddLines(const OutlineNode& node, std::int32_t own) {
    std::vector<std::uint32_t> ends;
    CutLines(text_, node.range, ends);
    std::uint32_t begin = node.range.begin;
    for (const std::uint32_t end : ends) {
      atoms_.push_back({begin, end, own, own, false});
      begin = end;
    }
  }

  // --- chunks ------------------------------------------------------------------------------------

  void Merge() {
    std::size_t first = 0;
    for (std::size_t i = 1; i <= atoms_.size(); ++i) {
      if (i < atoms_.size() && Joins(first, i)) continue;
      if (first < atoms_.size()) AddChunk(first, i);
      first = i;
    }
  }

  /// Whether atom `i` goes to the chunk that begins with atom `first`.
  bool Joins(std::size_t first, std::size_t i) const {
    const std::uint32_t size = atoms_[i].end - atoms_[first].begin;
    if (size > kHardChunkBytes) return false;
    if (atoms_[i].neutral && (atoms_[i].closer || size <= kSoftChunkBytes)) return true;
    const Atom* last = nullptr;  // the last one that says something
    bool stands_alone = false;
    for (std::size_t k = first; k < i; ++k) {
      if (atoms_[k].neutral) continue;
      last = &atoms_[k];
      stands_alone = stands_alone || atoms_[k].stands_alone;
    }
    if (last == nullptr) return true;
    return !stands_alone && !atoms_[i].stands_alone && last->parent == atoms_[i].parent &&
           size <= kSoftChunkBytes;
  }

  void AddChunk(std::size_t first, std::size_t end) {
    store::Chunk chunk;
    chunk.range = {chunks_.empty() ? atoms_[first].begin : chunks_.back().range.end,
                   Utf8Floor(text_, atoms_[end - 1].end, atoms_[first].begin)};
    if (chunk.range.empty()) return;
    bool any = false;
    for (std::size_t k = first; k < end; ++k) {
      if (atoms_[k].neutral) continue;
      chunk.definition =
          any ? Common(chunk.definition, atoms_[k].definition) : atoms_[k].definition;
      any = true;
    }
    if (!any) chunk.definition = atoms_[first].parent;
    while (chunk.definition >= 0 && !Overlap(At(chunk.definition).range, chunk.range)) {
      chunk.definition = parents_[static_cast<std::size_t>(chunk.definition)];
    }
    if (chunk.definition >= 0) chunk.kind = At(chunk.definition).kind;
    chunk.lines = lines_.LinesOf(chunk.range);
    chunks_.push_back(chunk);
  }

  /// A broken file may give a definition a neighbour on its last line.
  static bool Overlap(store::ByteRange a, store::ByteRange b) {
    return a.begin < b.end && b.begin < a.end;
  }

  /// The innermost definition around both.
  std::int32_t Common(std::int32_t a, std::int32_t b) const {
    // A parent always has the smaller number.
    while (a != b) {
      if (a > b) {
        a = parents_[static_cast<std::size_t>(a)];
      } else {
        b = parents_[static_cast<std::size_t>(b)];
      }
    }
    return a;
  }

  std::string_view text_;
  const std::vector<store::Definition>& definitions_;
  std::vector<std::int32_t> parents_;
  LineIndex lines_;
  bool head_ = false;  // the next atom is the head of the definition that is being cut
  std::vector<Atom> atoms_;
  std::vector<store::Chunk> chunks_;
};

}  // namespace

std::vector<store::Chunk> CutChunks(std::string_view text, const OutlineNode& outline,
                                    const std::vector<store::Definition>& definitions) {
  return Chunker(text, definitions).Run(outline);
}

}  // namespace coppice::indexer

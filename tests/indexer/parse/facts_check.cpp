#include "tests/indexer/parse/facts_check.h"

#include <algorithm>

#include "base/format.h"
#include "indexer/parse/plain/line_chunker.h"

namespace coppice::test {
namespace {

using store::BlobFacts;
using store::ByteRange;

std::uint32_t LineAt(std::string_view text, std::uint32_t offset) {
  return 1 + static_cast<std::uint32_t>(
                 std::count(text.begin(), text.begin() + std::ptrdiff_t{offset}, '\n'));
}

/// Whether a cut stands inside a well-formed UTF-8 sequence.
bool CutsCharacter(std::string_view text, std::uint32_t at) {
  return indexer::Utf8Floor(text, at, 0) != at;
}

std::string FaultInChunks(std::string_view text, const BlobFacts& facts) {
  std::uint32_t end = 0;
  std::uint32_t line = 1;
  for (std::size_t i = 0; i < facts.chunks.size(); ++i) {
    const store::Chunk& chunk = facts.chunks[i];
    const std::string name = fmt::format("chunk {} [{},{})", i, chunk.range.begin, chunk.range.end);
    if (chunk.range.begin != end) return name + fmt::format(" does not begin at {}", end);
    if (chunk.range.empty() || chunk.range.end > text.size()) return name + " is empty or outside";
    if (chunk.range.end - chunk.range.begin > indexer::kHardChunkBytes)
      return name + " is too long";
    if (CutsCharacter(text, chunk.range.begin)) return name + " begins inside a character";
    line += static_cast<std::uint32_t>(
        std::count(text.begin() + std::ptrdiff_t{end == 0 ? 0 : facts.chunks[i - 1].range.begin},
                   text.begin() + std::ptrdiff_t{end}, '\n'));
    const std::string_view body =
        text.substr(chunk.range.begin, chunk.range.end - chunk.range.begin);
    const auto inside = static_cast<std::uint32_t>(std::count(body.begin(), body.end() - 1, '\n'));
    if (chunk.lines != store::LineRange{line, line + inside}) {
      return name + fmt::format(" has lines {}-{}, not {}-{}", chunk.lines.first, chunk.lines.last,
                                line, line + inside);
    }
    const auto definitions = static_cast<std::int32_t>(facts.definitions.size());
    if (chunk.definition < -1 || chunk.definition >= definitions)
      return name + " has no such definition";
    if (chunk.definition >= 0) {
      const auto& definition = facts.definitions[static_cast<std::size_t>(chunk.definition)];
      if (definition.range.end <= chunk.range.begin || definition.range.begin >= chunk.range.end) {
        return name + " lies outside its definition " + definition.symbol;
      }
      if (definition.kind != chunk.kind) return name + " has another kind than its definition";
    } else if (chunk.kind != store::SymbolKind::kNone) {
      return name + " has a kind without a definition";
    }
    end = chunk.range.end;
  }
  return end == text.size() ? "" : fmt::format("the chunks end at {} of {}", end, text.size());
}

std::string FaultInDefinitions(std::string_view text, const BlobFacts& facts) {
  ByteRange last{0, static_cast<std::uint32_t>(-1)};
  for (const store::Definition& definition : facts.definitions) {
    const ByteRange range = definition.range;
    const std::string name =
        fmt::format("definition {} [{},{})", definition.symbol, range.begin, range.end);
    if (range.empty() || range.end > text.size()) return name + " is empty or outside";
    if (range.begin < last.begin || (range.begin == last.begin && range.end > last.end)) {
      return name + " is out of order";
    }
    last = range;
    if (definition.name.empty() || definition.symbol.empty()) return name + " has no name";
    if (definition.lines !=
        store::LineRange{LineAt(text, range.begin), LineAt(text, range.end - 1)}) {
      return name + " has wrong lines";
    }
    const ByteRange signature = definition.signature;
    if (signature.begin > signature.end || signature.begin < range.begin ||
        signature.end > range.end) {
      return name +
             fmt::format(" has a signature outside: [{},{})", signature.begin, signature.end);
    }
    const ByteRange doc = definition.doc;
    if (!doc.empty() && (doc.begin < range.begin || doc.end > range.end)) {
      return name + " has its documentation outside";
    }
  }
  return "";
}

std::string FaultInReferences(std::string_view text, const BlobFacts& facts) {
  const std::uint32_t lines =
      text.empty() ? 1 : LineAt(text, static_cast<std::uint32_t>(text.size() - 1));
  std::pair<std::uint32_t, std::uint32_t> last{0, 0};
  for (const store::Reference& reference : facts.references) {
    const std::pair<std::uint32_t, std::uint32_t> at{reference.line, reference.column};
    if (at < last) return "reference " + reference.name + " is out of order";
    if (reference.name.empty()) return "a reference has no name";
    if (reference.line < 1 || reference.line > lines || reference.column < 1) {
      return "reference " + reference.name + " lies outside";
    }
    last = at;
  }
  return "";
}

}  // namespace

std::string FaultIn(std::string_view text, const BlobFacts& facts) {
  for (const std::string& fault : {FaultInChunks(text, facts), FaultInDefinitions(text, facts),
                                   FaultInReferences(text, facts)}) {
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace coppice::test

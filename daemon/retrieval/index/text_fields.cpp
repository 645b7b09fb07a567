#include "daemon/retrieval/index/text_fields.h"

#include <algorithm>

namespace coppice::retrieval {
namespace {

using store::ByteRange;
using store::Definition;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

ByteRange Clip(ByteRange range, ByteRange to) {
  return {std::clamp(range.begin, to.begin, to.end), std::clamp(range.end, to.begin, to.end)};
}

std::string_view Cut(std::string_view body, std::uint32_t begin, std::uint32_t end) {
  return body.substr(begin, end - begin);
}

struct Interval {
  ByteRange range;
  Field field;
};

// Definitions are in order of range.begin, so those that can touch the chunk end at the first one
// that begins behind it.
void CollectIntervals(const std::vector<Definition>& definitions, ByteRange chunk,
                      std::string_view body, std::vector<Interval>& intervals) {
  const auto limit = static_cast<std::uint32_t>(body.size());
  for (const Definition& definition : definitions) {
    if (definition.range.begin >= chunk.end) break;
    if (definition.range.end <= chunk.begin) continue;
    const ByteRange signature = Clip(definition.signature, chunk);
    if (!signature.empty()) intervals.push_back({signature, Field::kSignature});
    const ByteRange doc = Clip(definition.doc, {0, limit});
    if (doc.empty()) continue;
    const auto first =
        static_cast<std::uint32_t>(FirstSentenceBytes(Cut(body, doc.begin, doc.end)));
    const ByteRange head = Clip({doc.begin, doc.begin + first}, chunk);
    const ByteRange rest = Clip({doc.begin + first, doc.end}, chunk);
    if (!head.empty()) intervals.push_back({head, Field::kDocFirst});
    if (!rest.empty()) intervals.push_back({rest, Field::kDocRest});
  }
  std::stable_sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) {
    return a.range.begin < b.range.begin;
  });
}

}  // namespace

std::size_t FirstSentenceBytes(std::string_view doc) {
  bool line_has_word = false;
  bool seen_word = false;
  for (std::size_t i = 0; i < doc.size(); ++i) {
    const char c = doc[i];
    if (IsWordByte(c)) line_has_word = seen_word = true;
    if (c == '\n') {
      if (seen_word && !line_has_word) return i;
      line_has_word = false;
    }
    const bool stop = c == '.' || c == '?' || c == '!';
    if (stop && seen_word && (i + 1 == doc.size() || IsBlank(doc[i + 1]))) return i + 1;
  }
  return doc.size();
}

void CutFields(const store::BlobFacts& facts, std::size_t chunk, std::string_view body,
               std::vector<FieldPiece>& pieces) {
  pieces.clear();
  const auto limit = static_cast<std::uint32_t>(body.size());
  const ByteRange range = Clip(facts.chunks[chunk].range, {0, limit});
  const std::int32_t own = facts.chunks[chunk].definition;
  if (own >= 0 && static_cast<std::size_t>(own) < facts.definitions.size()) {
    pieces.push_back({Field::kSymbol, facts.definitions[static_cast<std::size_t>(own)].symbol});
  }
  for (std::size_t d = 0; d < facts.definitions.size(); ++d) {
    const Definition& definition = facts.definitions[d];
    if (definition.range.begin >= range.end) break;
    if (definition.range.begin < range.begin || static_cast<std::int32_t>(d) == own) continue;
    pieces.push_back({Field::kSymbol, definition.name});
  }
  std::vector<Interval> intervals;
  CollectIntervals(facts.definitions, range, body, intervals);
  std::uint32_t position = range.begin;
  for (const auto& [interval, field] : intervals) {
    const std::uint32_t begin = std::max(interval.begin, position);
    if (begin >= interval.end) continue;
    if (begin > position) pieces.push_back({Field::kBody, Cut(body, position, begin)});
    pieces.push_back({field, Cut(body, begin, interval.end)});
    position = interval.end;
  }
  if (position < range.end) pieces.push_back({Field::kBody, Cut(body, position, range.end)});
}

}  // namespace coppice::retrieval

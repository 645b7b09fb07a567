#include "indexer/embed_input.h"

#include <algorithm>
#include <array>

#include "base/text/sentence.h"

namespace coppice::indexer {
namespace {

std::string_view Cut(std::string_view body, store::ByteRange range) {
  const std::size_t begin = std::min<std::size_t>(range.begin, body.size());
  const std::size_t end = std::clamp<std::size_t>(range.end, begin, body.size());
  return body.substr(begin, end - begin);
}

void AppendLine(std::string& input, std::string_view text) {
  if (text.empty()) return;
  input += text;
  input += '\n';
}

/// The chunk's text without the ranges that stand elsewhere in the input.
void AppendRest(std::string& input, std::string_view body, store::ByteRange chunk,
                std::array<store::ByteRange, 2> said) {
  std::sort(said.begin(), said.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::uint32_t from = chunk.begin;
  for (const store::ByteRange& range : said) {
    if (range.empty() || range.end <= from || range.begin >= chunk.end) continue;
    input += Cut(body, {from, std::max(from, range.begin)});
    from = std::min(range.end, chunk.end);
  }
  input += Cut(body, {from, chunk.end});
}

}  // namespace

std::string EmbedInput(const store::BlobFacts& facts, std::size_t chunk, std::string_view body) {
  const store::Chunk& piece = facts.chunks[chunk];
  std::string input;
  if (piece.definition < 0) {
    input = Cut(body, piece.range);
  } else {
    const store::Definition& definition =
        facts.definitions[static_cast<std::size_t>(piece.definition)];
    const std::string_view doc = Cut(body, definition.doc);
    const std::size_t first = text::FirstSentenceBytes(doc);
    AppendLine(input, definition.symbol);
    AppendLine(input, definition.symbol);
    AppendLine(input, Cut(body, definition.signature));
    AppendLine(input, doc.substr(0, first));
    AppendLine(input, doc.substr(0, first));
    AppendLine(input, doc.substr(first));
    AppendRest(input, body, piece.range, {definition.signature, definition.doc});
  }
  if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
  return input;
}

}  // namespace coppice::indexer

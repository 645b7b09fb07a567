#include "indexer/parse/plain/line_chunker.h"

#include <algorithm>

#include "indexer/parse/plain/extractor_version.h"

namespace coppice::indexer {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the sequence that `lead` announces; 1 for what is no lead byte.
std::uint32_t SequenceBytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xF0U && byte < 0xF8U) return 4;
  if (byte >= 0xE0U && byte < 0xF0U) return 3;
  if (byte >= 0xC0U && byte < 0xE0U) return 2;
  return 1;
}

/// Where to cut a line that is too long by itself: after a blank or a comma in the last third.
std::uint32_t CutInsideLine(std::string_view text, std::uint32_t begin) {
  const std::uint32_t limit = begin + kSoftChunkBytes;
  for (std::uint32_t at = limit; at > begin + kSoftChunkBytes * 2 / 3; --at) {
    const char c = text[at - 1];
    if (c == ' ' || c == '\t' || c == ',' || c == ';') return at;
  }
  return Utf8Floor(text, limit, begin);
}

/// How good a place the start of a line is for a cut: 2 after a blank line, 1 if it is unindented.
int CutQuality(std::string_view text, std::uint32_t line_begin, bool after_blank) {
  if (after_blank) return 2;
  const char c = text[line_begin];
  return c != ' ' && c != '\t' && c != '}' && c != ')' && c != ']' ? 1 : 0;
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace

std::uint32_t Utf8Floor(std::string_view text, std::uint32_t at, std::uint32_t floor) {
  if (at >= text.size() || !IsContinuation(text[at])) return at;
  for (std::uint32_t lead = at; lead > floor && at - lead < 3;) {
    --lead;
    if (IsContinuation(text[lead])) continue;
    return lead + SequenceBytes(text[lead]) > at && lead > floor ? lead : at;
  }
  return at;
}

void CutLines(std::string_view text, store::ByteRange range, std::vector<std::uint32_t>& ends) {
  std::uint32_t begin = range.begin;  // of the piece being filled
  std::uint32_t line = range.begin;   // of the line being looked at
  std::uint32_t best = range.begin;   // best cut so far in the piece
  int best_quality = -1;
  bool after_blank = false;
  while (line < range.end) {
    const std::size_t newline = text.substr(0, range.end).find('\n', line);
    const std::uint32_t line_end =
        newline == std::string_view::npos ? range.end : static_cast<std::uint32_t>(newline + 1);
    if (line > begin && line_end - begin > kSoftChunkBytes) {
      const std::uint32_t cut = best > begin ? best : line;
      ends.push_back(cut);
      begin = cut;
      best = cut;
      best_quality = -1;
      line = cut;
      after_blank = false;
      continue;
    }
    while (line_end - begin > kHardChunkBytes) {  // a line too long by itself
      begin = CutInsideLine(text, begin);
      ends.push_back(begin);
    }
    best = std::max(best, begin);
    after_blank = IsBlankLine(text.substr(line, line_end - line));
    line = line_end;
    if (line < range.end && line - begin >= kSoftChunkBytes / 2) {
      const int quality = CutQuality(text, line, after_blank);
      if (quality >= best_quality) {
        best = line;
        best_quality = quality;
      }
    }
  }
  if (begin < range.end) ends.push_back(range.end);
}

std::vector<store::Chunk> LineChunks(std::string_view text) {
  std::vector<std::uint32_t> ends;
  CutLines(text, {0, static_cast<std::uint32_t>(text.size())}, ends);
  const LineIndex lines(text);
  std::vector<store::Chunk> chunks;
  chunks.reserve(ends.size());
  std::uint32_t begin = 0;
  for (const std::uint32_t end : ends) {
    store::Chunk chunk;
    chunk.range = {begin, end};
    chunk.lines = lines.LinesOf(chunk.range);
    chunks.push_back(chunk);
    begin = end;
  }
  return chunks;
}

store::BlobFacts LineFacts(Language language, std::string_view text, store::Reason reason) {
  store::BlobFacts facts;
  facts.grammar = language;
  facts.extractor = kExtractorVersion;
  facts.reason = reason;
  facts.status =
      reason == store::Reason::kNone ? store::ParseStatus::kLines : store::ParseStatus::kFellBack;
  facts.chunks = LineChunks(text);
  return facts;
}

}  // namespace coppice::indexer

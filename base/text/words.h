#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coppice::text {

/// Version of the cutting rules. Whatever was built from words (a lexical index, a static table)
/// records it and is rebuilt or refused when it differs.
///   1  first rules
inline constexpr std::uint32_t kWordsVersion = 1;

/// A run longer than this is data (base64, a digest, a minified line), not a name: it is skipped.
inline constexpr std::size_t kMaxRunBytes = 128;
/// A run with more parts than this is given whole, without its parts.
inline constexpr std::size_t kMaxParts = 16;

enum class WordKind : std::uint8_t {
  kPlain,       ///< a run that is its own only part: `server`, `0x1f`
  kIdentifier,  ///< a run of several parts, lowercased as written: `dbimpl_write`; its parts follow
  kPart,        ///< one part of the identifier before it: `db`, `impl`, `write`
};

struct Word {
  std::string_view text;  ///< lowercased; valid until the next call of the cutter that gave it
  WordKind kind = WordKind::kPlain;
  std::size_t offset = 0;        ///< of the first byte in the text that is cut
  std::size_t length_bytes = 0;  ///< in the text that is cut
};

/// Cuts text into words: the one cutter of lexical search and of the static embedding table.
///
/// Place:   anywhere; one cutter per text, on the stack.
/// Shape:   in  any bytes, UTF-8 where possible;  out  words in text order.
///          A run is a maximal sequence of ASCII letters, digits, `_` and non-ASCII letters. All
///          else separates: white space, ASCII punctuation, NUL, non-ASCII punctuation and symbols,
///          bytes that are no valid UTF-8. Underscores at either end are dropped. A run is cut into
///          parts at `_` (`max_size`), between lower and upper case (`maxSize`), before the last
///          capital of an acronym that a small letter follows (`HTTPServer`: http, server) and
///          between letter and digit (`utf8`: utf, 8). A run that begins with a digit is a number
///          (`0x1f`, `10ms`) and is not cut. Non-ASCII letters count as small letters. One Chinese
///          or Japanese character is one word. ASCII, Latin-1, Greek and Cyrillic capitals are
///          lowercased; others stay as they are.
/// Limits:  O(bytes), no allocation, above 50 MB/s on one core. Runs above kMaxRunBytes are
/// skipped. Errors:  none: every input is text.
class WordCutter {
 public:
  /// `text` must outlive the cutter.
  explicit WordCutter(std::string_view text) : text_(text) {}

  /// Gives the next word; false at the end.
  bool Next(Word& word);

 private:
  struct Range {
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
  };

  bool ReadRun();
  bool AppendRun();
  bool Append(std::string_view lowered);
  std::size_t SkipRun(std::size_t position) const;
  void CutParts();
  Word MakeWord(Range range, WordKind kind) const;

  std::string_view text_;
  std::size_t position_ = 0;    // next byte to read
  std::size_t run_offset_ = 0;  // where the run in `run_` stands in `text_`
  std::size_t run_bytes_ = 0;
  std::array<char, kMaxRunBytes> run_{};  // lowercased; as long as in `text_`
  std::array<Range, kMaxParts> parts_{};
  std::size_t part_count_ = 0;
  std::size_t next_part_ = 0;
};

/// Calls `visit(const Word&)` for each word: identifiers as written and their parts, told apart by
/// kind.
template <typename Visitor>
void ForEachWord(std::string_view text, Visitor&& visit) {
  WordCutter cutter(text);
  for (Word word; cutter.Next(word);) visit(word);
}

/// Calls `visit(std::string_view)` for each plain word and each part, never for whole identifiers.
template <typename Visitor>
void ForEachPart(std::string_view text, Visitor&& visit) {
  WordCutter cutter(text);
  for (Word word; cutter.Next(word);) {
    if (word.kind != WordKind::kIdentifier) visit(word.text);
  }
}

/// Whether a lowercased word says nothing about what a question is after: articles, pronouns,
/// prepositions, auxiliaries, question words, and what is left of contractions ("don't": don, t).
/// Words that are also code (`for`, `if`, `in`, `not`, `is`) are among them: leave them out of
/// questions only, never out of documents.
bool IsStopWord(std::string_view word);

}  // namespace coppice::text

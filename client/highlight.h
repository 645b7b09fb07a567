#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::client {

/// What a byte of source text is, as far as colours go.
enum class Syntax : std::uint8_t { kPlain, kKeyword, kString, kComment, kNumber, kHeading };

/// One entry for each byte of `text`. `language` is a name as hits carry it ("cpp"); for one that
/// is not known everything is plain. A snippet may begin anywhere, so a comment opened before it is
/// not seen.
///
/// Limits: O(bytes); an unfinished string ends with its line unless the language lets it go on.
std::vector<Syntax> HighlightSyntax(std::string_view text, std::string_view language);

/// The words of a question that are worth marking in an answer: identifiers and their parts by
/// their stems, without stop words and without the filters `repo: ref: at: lang: path:`.
class QueryWords {
 public:
  explicit QueryWords(std::string_view query);

  /// One entry for each byte of `text`: the number of the word (1-based) it belongs to, 0 for none.
  [[nodiscard]] std::vector<std::uint16_t> Find(std::string_view text) const;
  [[nodiscard]] bool empty() const { return stems_.empty(); }
  [[nodiscard]] std::size_t size() const { return stems_.size(); }

 private:
  std::vector<std::string> stems_;  // sorted
};

}  // namespace coppice::client

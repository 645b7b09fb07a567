#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/text/words.h"

namespace coppice::text {

/// Finds stems of English words: `connections`, `connected` -> `connect` (Snowball "english").
///
/// Place:   one per thread or per call; remembers the stem of each distinct word.
/// Shape:   in  a lowercased word;  out  its stem. Words below 3 or above 32 bytes and words with
///          anything but a-z come back unchanged.
/// Limits:  not thread-safe; remembers up to kMaxRemembered words, then starts anew.
/// Errors:  none.
class Stemmer {
 public:
  static constexpr std::size_t kMaxRemembered = 1U << 16U;

  Stemmer();
  ~Stemmer();
  Stemmer(Stemmer&&) noexcept;
  Stemmer& operator=(Stemmer&&) noexcept;

  /// The stem is valid until the next call, or as long as `word` if the word has no other stem.
  std::string_view Stem(std::string_view word);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Calls `visit(std::string_view)` with the stem of each plain word and each part. This is the word
/// stream of the static table.
template <typename Visitor>
void ForEachStem(std::string_view text, Stemmer& stemmer, Visitor&& visit) {
  ForEachPart(text, [&](std::string_view part) { visit(stemmer.Stem(part)); });
}

}  // namespace coppice::text

#include <algorithm>
#include <array>

#include "base/text/words.h"

namespace coppice::text {
namespace {

// Ascending, for the binary search.
constexpr std::array kStopWords = std::to_array<std::string_view>({
    "a",       "about",   "actually", "after",   "again",   "all",    "also",     "am",
    "an",      "and",     "any",      "anyone",  "are",     "aren",   "as",       "at",
    "be",      "because", "been",     "before",  "being",   "both",   "but",      "by",
    "can",     "cannot",  "could",    "couldn",  "d",       "did",    "didn",     "do",
    "does",    "doesn",   "doing",    "don",     "done",    "each",   "either",   "else",
    "ever",    "every",   "exactly",  "explain", "for",     "from",   "get",      "gets",
    "give",    "given",   "go",       "goes",    "had",     "happen", "happens",  "has",
    "hasn",    "have",    "haven",    "having",  "he",      "her",    "here",     "hers",
    "him",     "his",     "how",      "i",       "if",      "in",     "inside",   "into",
    "is",      "isn",     "it",       "its",     "itself",  "just",   "ll",       "m",
    "made",    "make",    "makes",    "may",     "me",      "might",  "mine",     "more",
    "most",    "much",    "must",     "my",      "neither", "no",     "nor",      "not",
    "of",      "on",      "once",     "one",     "only",    "or",     "other",    "our",
    "ours",    "out",     "over",     "own",     "please",  "re",     "s",        "same",
    "shall",   "she",     "should",   "shouldn", "show",    "so",     "some",     "such",
    "t",       "tell",    "than",     "that",    "the",     "their",  "theirs",   "them",
    "then",    "there",   "these",    "they",    "thing",   "things", "this",     "those",
    "through", "to",      "too",      "under",   "until",   "up",     "us",       "use",
    "used",    "uses",    "using",    "ve",      "very",    "want",   "was",      "wasn",
    "way",     "we",      "were",     "weren",   "what",    "when",   "where",    "which",
    "while",   "who",     "whom",     "whose",   "why",     "will",   "with",     "within",
    "won",     "would",   "wouldn",   "you",     "your",    "yours",  "yourself",
});
static_assert(std::is_sorted(kStopWords.begin(), kStopWords.end()));

}  // namespace

bool IsStopWord(std::string_view word) {
  return std::binary_search(kStopWords.begin(), kStopWords.end(), word);
}

}  // namespace coppice::text

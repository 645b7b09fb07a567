#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/retrieval/retriever.h"

namespace coppice::generation {

/// A place that an answer may rest on; `n` counts from 1.
struct Source {
  std::uint32_t n = 0;
  retrieval::Hit hit;
};

/// What an answer says of itself: "[2]" or "[2:10-14]".
struct Citation {
  std::uint32_t n = 0;
  std::optional<store::LineRange> lines;  // none: the whole source
  std::vector<std::string> identifiers;   // in code spans of the sentence that it ends
  bool verified = false;
  std::string why;  // it is not; "" = it is
};

/// Citations in the order of the text. Shape: [n], [n:line], [n:first-last], also with an L before
/// the numbers, several with commas. Brackets in code blocks and what only looks like one are text.
std::vector<Citation> ParseCitations(std::string_view answer);

/// Reads lines of the file that a source names, at the commit it was read from.
using ReadLines =
    std::function<Result<std::string>(const Source& source, const store::LineRange& lines)>;

/// Verified is a citation whose source exists, whose lines are there in the blob that the source
/// names, and whose sentence names no identifier in a code span that those lines do not hold. That
/// says that the place is real and about these names; not that the sentence is true.
void CheckCitations(const std::vector<Source>& sources, const ReadLines& read,
                    std::vector<Citation>& citations);

/// Identifiers in code spans (`like_this`), each once, in the order of the text.
std::vector<std::string> IdentifiersInCode(std::string_view text);

}  // namespace coppice::generation

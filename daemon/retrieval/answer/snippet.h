#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/retrieval/search/query_parser.h"
#include "store/model.h"

namespace coppice::retrieval {

/// Text of a file and the lines it stands in.
struct Snippet {
  std::string_view text;
  store::LineRange lines;
};

/// How many lines a body has; a last line without a newline counts.
std::uint32_t CountLines(std::string_view body);

/// The text of a chunk without the blank lines at its ends. `range` beyond the body is cut off.
Snippet CutChunk(std::string_view body, store::ByteRange range, store::LineRange lines);

/// Whole lines `first` to `last`, both in the body.
Snippet CutLines(std::string_view body, std::uint32_t first, std::uint32_t last);

/// The snippet's first whole lines that fit into `bytes`; empty when not even one does.
Snippet Shorten(Snippet snippet, std::size_t bytes);

/// The words of the query that stand in the text, as written or by their stem, in query order.
std::vector<std::string> WordsIn(std::string_view text, const std::vector<QueryWord>& words);

}  // namespace coppice::retrieval

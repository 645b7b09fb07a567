#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coppice::retrieval {

/// A piece of a query between white space, without the punctuation around it.
struct QueryToken {
  std::string_view text;
  bool code = false;        // between backticks, or it looks like code
  bool path = false;        // a file name or path
  bool first_line = false;  // stands in the first line that is not blank
};

/// Cuts a query into tokens; they point into `text`.
std::vector<QueryToken> CutTokens(std::string_view text);

/// The parts of a name as code writes it: "leveldb::DBImpl::Write()" -> leveldb, DBImpl, Write.
std::vector<std::string> NameParts(std::string_view token);

/// Whether a token looks like a name in code: several parts, `::`, `.`, `->`, `()`.
bool LooksLikeCode(std::string_view token);
/// Whether it looks like the name or the path of a file.
bool LooksLikePath(std::string_view token);

}  // namespace coppice::retrieval

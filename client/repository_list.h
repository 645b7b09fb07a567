#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"

namespace coppice::client {

/// One repository of a list: the words that would stand after `coppice add`.
struct ListedRepository {
  std::string place;  // "repos.txt:12", for messages
  std::vector<std::string> words;
};

/// Reads the list of `add --from`: a repository a line. Blanks separate words, quotes of either
/// kind hold them together; a '#' that begins a word begins a comment. `name`: of the file.
/// Errors: kInvalidArgument naming the place: a quote that does not end.
Result<std::vector<ListedRepository>> ReadRepositoryList(std::istream& list,
                                                         const std::string& name);

}  // namespace coppice::client

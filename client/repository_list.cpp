#include "client/repository_list.h"

#include <optional>
#include <string_view>
#include <utility>

#include "base/format.h"

namespace coppice::client {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// The words of one line; nothing where a quote does not end.
std::optional<std::vector<std::string>> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || line[begin] == '#') return words;
    line.remove_prefix(begin);
    std::string& word = words.emplace_back();
    while (!line.empty() && kBlanks.find(line.front()) == std::string_view::npos) {
      const char first = line.front();
      line.remove_prefix(1);
      if (first != '"' && first != '\'') {
        word += first;
        continue;
      }
      const std::size_t end = line.find(first);
      if (end == std::string_view::npos) return std::nullopt;
      word += line.substr(0, end);
      line.remove_prefix(end + 1);
    }
  }
}

}  // namespace

Result<std::vector<ListedRepository>> ReadRepositoryList(std::istream& list,
                                                         const std::string& name) {
  std::vector<ListedRepository> repositories;
  std::size_t number = 0;
  for (std::string line; std::getline(list, line);) {
    ListedRepository repository{fmt::format("{}:{}", name, ++number), {}};
    auto words = SplitWords(line);
    if (!words) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("{}: a quote does not end", repository.place),
                       "close it, or put a quote of the other kind around it");
    }
    if (words->empty()) continue;
    repository.words = std::move(*words);
    repositories.push_back(std::move(repository));
  }
  return repositories;
}

}  // namespace coppice::client

#include "daemon/retrieval/search/path_match.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace coppice::retrieval {
namespace {

using Matches = std::unordered_map<std::uint32_t, PathMatch>;

/// Calls `visit(doc)` if that file of that view is the one its document is shown under.
template <class Visit>
void IfChosen(const Scope& scope, const ScopeSpace& part, const ServedRef& ref, std::uint32_t file,
              const Visit& visit) {
  const auto local = ref.view->DocOf(file);
  if (!local) return;
  const std::uint32_t doc = part.doc_base + *local;
  const auto choice = scope.ChoiceOf(doc);
  if (choice && choice->ref == &ref && choice->file == file) visit(doc);
}

void AddOnce(std::vector<std::uint32_t>& words, std::uint32_t word) {
  if (words.empty() || words.back() != word) words.push_back(word);
}

void MatchWord(const Scope& scope, std::string_view word, std::uint32_t number, Matches& matches) {
  for (const ScopeSpace& part : scope.spaces()) {
    for (const ServedRef* ref : part.refs) {
      ref->view->table()->ForEachByPrefix(word, [&](std::span<const FileTable::PathEntry> entries) {
        for (const auto& entry : entries) {
          if (!entry.in_stem && !entry.in_folder) continue;
          IfChosen(scope, part, *ref, entry.file, [&](std::uint32_t doc) {
            PathMatch& match = matches[doc];
            if (entry.in_stem) AddOnce(match.stem_words, number);
            if (entry.in_folder) AddOnce(match.folder_words, number);
          });
        }
      });
    }
  }
}

void MatchMentions(const Scope& scope, const std::vector<std::string>& mentions, Matches& matches) {
  for (const ScopeSpace& part : scope.spaces()) {
    for (const ServedRef* ref : part.refs) {
      for (const std::string& mention : mentions) {
        for (const std::uint32_t file : ref->view->table()->FindMention(mention)) {
          IfChosen(scope, part, *ref, file,
                   [&](std::uint32_t doc) { matches[doc].mentioned = true; });
        }
      }
    }
  }
}

}  // namespace

Matches MatchPaths(const Scope& scope, const ParsedQuery& query,
                   const std::vector<double>& word_idf) {
  Matches matches;
  for (std::uint32_t w = 0; w < query.words.size(); ++w) {
    MatchWord(scope, query.words[w].text, w, matches);
  }
  MatchMentions(scope, query.mentions, matches);
  const double all = std::accumulate(word_idf.begin(), word_idf.end(), 0.0);
  const auto share = [&](const std::vector<std::uint32_t>& words) {
    double sum = 0;
    for (const std::uint32_t word : words) sum += word_idf[word];
    return all > 0 ? sum / all : 0.0;
  };
  for (auto& [doc, match] : matches) {
    match.stem = share(match.stem_words);
    match.folder = share(match.folder_words);
  }
  return matches;
}

}  // namespace coppice::retrieval

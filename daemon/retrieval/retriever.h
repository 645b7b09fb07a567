#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/language.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/model.h"

namespace coppice::retrieval {

class LiveIndex;
struct RankingWeights;

/// Which commits a query reads. All empty: every repository at its HEAD.
struct ViewSelector {
  std::vector<std::string> repos;  // name, absolute path or glob on the name
  std::string ref;                 // "HEAD", "main", "refs/heads/main"
  std::string at;                  // an indexed commit, full or at least 7 hex digits
  std::string wait_for;            // wait until this commit is served, up to the deadline
};

struct SearchFilter {
  std::vector<Language> languages;
  std::vector<std::string> path_globs;  // any of them; `*` stays in a folder, `**` does not
  std::vector<store::SymbolKind> kinds;
  std::vector<Content> contents;
};

/// Which searches take part; all by default.
struct SearchSet {
  bool lexical = true;
  bool vector = true;
  bool symbol = true;
};

struct Query {
  std::string text;  // may hold repo: ref: at: lang: path: sym: words; they narrow what follows
  ViewSelector view;
  SearchFilter filter;
  SearchSet searches;
  std::uint32_t limit = 10;         // 1 to 200
  std::uint32_t budget_tokens = 0;  // of all texts together, 4 bytes a token; 0 = none
  std::string cursor;               // from the page before; "" = first
  bool explain = false;
};

/// The commit an answer was read from.
struct ViewState {
  std::string repo;
  std::string ref;         // "" = its refs have not been read yet
  store::ObjectId commit;  // empty = none yet: nothing of it is in the answer
  store::ObjectId head;
  bool stale = false;
  store::Coverage coverage;
  std::string subtree;  // "" = all
  std::string problem;  // why what came after `commit` is not served; "" = nothing
};

struct Finding {
  std::string search;  // "lexical", "vector", "symbol"
  std::uint32_t rank;  // 1-based in that search
  double score;        // that search's own
};

struct Hit {
  std::string id;  // opaque; names this chunk in this commit for Show
  std::string repo;
  std::string ref;
  store::ObjectId commit;
  store::ObjectId blob;
  std::string path;
  store::LineRange lines;
  std::string symbol;
  store::SymbolKind kind = store::SymbolKind::kNone;
  Content content = Content::kText;
  Language language = Language::kUnknown;
  double score = 0;
  std::vector<Finding> found_by;
  std::vector<std::string> reasons;
  std::string text;
};

struct SearchResult {
  std::vector<ViewState> views;  // those that were read, then those that could not be yet
  std::vector<Hit> hits;
  // Something was left out: a view that is not indexed yet, a text beyond the budget, a vector
  // index that gave up early.
  bool partial = false;
  std::string cursor;  // "" = no more
  std::string plan;    // how vectors were searched, for --explain
};

struct ShowQuery {
  std::string id;  // of a hit; or empty and a path:
  std::string path;
  std::uint32_t first_line = 0;  // 0 = from the start
  std::uint32_t last_line = 0;   // 0 = to the end
  ViewSelector view;
};

struct ShowResult {
  ViewState view;
  Hit hit;
  std::uint32_t line_count = 0;
};

/// One file of a view and why it is (not) in the index.
struct FileState {
  std::string path;
  store::BlobState state = store::BlobState::kIndexed;
  bool pending = false;
  store::Reason reason = store::Reason::kNone;
  Language language = Language::kUnknown;
  std::uint64_t size_bytes = 0;
};

/// The only public call of the read path: a question in, ranked places out.
///
/// Place:  called by request threads; reads one immutable snapshot per call.
/// Errors: kInvalidArgument (an empty query, an unknown filter value, a cursor of another query),
/// kNotFound (repository, ref, commit or path; the message
///         lists what is there), kUnavailable (no view is served yet; retryable),
///         kDeadlineExceeded.
class Retriever {
 public:
  /// `index` must outlive this.
  Retriever(LiveIndex& index, const RankingWeights& weights);
  ~Retriever();

  /// From now on questions are ranked by these; those that run keep what they began with. Any
  /// thread.
  void SetWeights(const RankingWeights& weights);

  Result<SearchResult> Search(const Query& query, const Deadline& deadline) const;
  Result<ShowResult> Show(const ShowQuery& query, const Deadline& deadline) const;
  struct FilesResult {
    ViewState view;
    std::vector<FileState> files;
  };
  Result<FilesResult> Files(const ViewSelector& view, const Deadline& deadline) const;
  /// What questions about this ref are answered from now; nothing where the index does not follow
  /// it (yet). Takes both names in full.
  [[nodiscard]] std::optional<ViewState> Served(const std::string& repo,
                                                const std::string& ref) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::retrieval

#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/retrieval/answer/body_source.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/retriever.h"
#include "daemon/retrieval/search/ranker.h"

namespace coppice::retrieval {

/// Answers requests out of one snapshot: everything the Retriever does but waiting for commits.
///
/// Place:  one per Retriever; any thread. Tests hand it snapshots built in memory.
/// Errors: as Retriever says.
class Answerer {
 public:
  /// All must outlive this.
  Answerer(const RankingWeights& weights, BodySource& bodies)
      : ranker_(weights), weights_(weights), bodies_(bodies) {}

  Result<SearchResult> Search(const Snapshot& snapshot, const Query& query,
                              const Deadline& deadline) const;
  Result<ShowResult> Show(const Snapshot& snapshot, const ShowQuery& query,
                          const Deadline& deadline) const;
  Result<Retriever::FilesResult> Files(const Snapshot& snapshot, const ViewSelector& view) const;

 private:
  Result<std::vector<Hit>> MakeHits(const Scope& scope, const ParsedQuery& query,
                                    std::span<const RankedChunk> places,
                                    std::uint32_t budget_tokens, bool& left_out,
                                    const Deadline& deadline) const;
  Result<ShowResult> ShowFile(const ServedRef& served, std::uint32_t file, const ShowQuery& query,
                              const Deadline& deadline) const;
  Result<ShowResult> ShowId(const Snapshot& snapshot, const ShowQuery& query,
                            const Deadline& deadline) const;
  Result<ShowResult> ShowPath(const Snapshot& snapshot, const ShowQuery& query,
                              const Deadline& deadline) const;
  Result<std::string> ReadBody(const ServedRef& served, const ViewFile& file,
                               const Deadline& deadline) const;

  Ranker ranker_;
  const RankingWeights& weights_;
  BodySource& bodies_;
};

}  // namespace coppice::retrieval

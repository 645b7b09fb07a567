#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "daemon/retrieval/index/view.h"
#include "daemon/retrieval/load/commit_loader.h"
#include "embed/embedder.h"
#include "store/store.h"

namespace coppice::retrieval {

/// Keeps one space in memory equal to what its views need.
///
/// Place:  owned by the follower thread; what it hands out is immutable and outlives it.
/// Shape:  Update loads the blobs that no segment has, binds a view to each file table, merges
///         segments and drops what no view needs.
/// Limits: reads at most 500 blobs at a time; a segment is closed at kMaxSegmentChunks / 2.
/// Errors: kUnavailable, kDeadlineExceeded, kCancelled: nothing has changed then, but vectors may
///         have been added. A blob whose body is damaged is left out (its file is pending) and
///         logged.
class SpaceLoader {
 public:
  /// `store` must outlive this.
  SpaceLoader(store::Store& store, store::SpaceNo space, store::ModelNo model, int dimensions);

  using Tables = std::map<ViewKey, std::shared_ptr<const FileTable>>;
  using Views = std::map<ViewKey, std::shared_ptr<const View>>;
  /// Gives a view for each table; those that need not change stay the same objects.
  Result<Views> Update(const Tables& tables, const Deadline& deadline);

 private:
  using DocKey = std::pair<store::BlobNo, Language>;
  std::vector<DocKey> MissingDocs(const Tables& tables) const;
  Result<std::vector<std::shared_ptr<const Segment>>> LoadDocs(const std::vector<DocKey>& docs,
                                                               const Deadline& deadline);
  Result<void> LoadBatch(std::span<const store::BlobNo> blobs, const std::set<DocKey>& wanted,
                         SegmentBuilder& builder, const Deadline& deadline);
  Result<std::unordered_map<store::BlobNo, std::string>> ReadBodies(
      std::span<const store::BlobNo> blobs, const Deadline& deadline);
  Result<void> LoadVectors(const std::vector<store::TextNo>& texts, store::VectorIndex& index,
                           const Deadline& deadline);
  Result<void> RenewVectors(const Views& views, const Deadline& deadline);
  void Bind(const Tables& tables, Views& views) const;

  store::Store& store_;
  store::SpaceNo number_;
  store::ModelNo model_;
  int dimensions_;
  std::shared_ptr<const Space> space_;
  store::TextFilter loaded_texts_;
  Views views_;
};

}  // namespace coppice::retrieval

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "daemon/retrieval/index/view.h"
#include "daemon/retrieval/load/commit_loader.h"
#include "daemon/retrieval/load/doc_reader.h"
#include "daemon/retrieval/load/load_options.h"
#include "embed/embedder.h"
#include "store/store.h"

namespace coppice::retrieval {

/// The model whose vectors are served.
struct ModelInUse {
  store::ModelNo number{};
  int dimensions = 0;
  std::shared_ptr<const embed::Embedder> embedder;  // none: it cannot be run here
};

/// Keeps one space in memory equal to what its views need.
///
/// Place:  owned by the follower thread; what it hands out is immutable and outlives it.
/// Shape:  Update loads the blobs that no segment has, binds a view to each file table, merges
///         segments and drops what no view needs.
/// Limits: reads 200 blobs or 4 MiB of them at a time, while those before are cut into words; a
///         segment is closed at kMaxSegmentChunks / 2. What it holds is a share of the budget
///         ("words"), as its vectors are.
/// Errors: kUnavailable, kDeadlineExceeded, kCancelled, kResourceExhausted (the budget): nothing
///         has changed then, but vectors may have been added. A blob whose body is damaged is left
///         out (its file is pending) and logged.
class SpaceLoader {
 public:
  /// `store` must outlive this.
  SpaceLoader(store::Store& store, store::SpaceNo space, ModelInUse model,
              const LoadOptions& options = {});

  /// Reads the vectors of this model in place of those it has; the views that the next Update gives
  /// are searched with it. Errors: as Update; the vectors there were stay then.
  Result<void> UseModel(const ModelInUse& model, const Deadline& deadline);

  /// Reads the vectors that have come since their texts were read. Errors: as Update.
  Result<void> LoadMissingVectors(const Deadline& deadline);

  using Tables = std::map<ViewKey, std::shared_ptr<const FileTable>>;
  using Views = std::map<ViewKey, std::shared_ptr<const View>>;
  /// Gives a view for each table; those that need not change stay the same objects.
  Result<Views> Update(const Tables& tables, const Deadline& deadline);

 private:
  using DocKey = std::pair<store::BlobNo, Language>;
  using DocSizes = std::map<DocKey, std::uint64_t>;  // bytes of the blob
  using Segments = std::vector<std::shared_ptr<const Segment>>;
  [[nodiscard]] SpaceVectors MakeVectors() const;
  Result<Views> Rebuild(const Tables& tables, const Deadline& deadline);
  DocSizes MissingDocs(const Tables& tables) const;
  Result<Segments> LoadDocs(const DocSizes& docs, const Deadline& deadline);
  /// Holds what it has and so much more. Errors: kResourceExhausted.
  Result<void> Claim(std::uint64_t more);
  Result<void> AddDocs(const LoadedDocs& loaded, const DocSizes& wanted, SegmentBuilder& builder,
                       const Deadline& deadline);
  Result<void> LoadVectors(const std::vector<store::TextNo>& texts, store::VectorIndex& index,
                           const Deadline& deadline);
  Result<void> RenewVectors(const Views& views, const Deadline& deadline);
  [[nodiscard]] std::vector<store::TextNo> TextsOf(const Views& views) const;
  void Bind(const Tables& tables, Views& views) const;

  store::Store& store_;
  store::SpaceNo number_;
  ModelInUse model_;
  LoadOptions options_;
  MemoryBudget::Share words_memory_;
  std::shared_ptr<const Space> space_;
  store::TextFilter loaded_texts_;
  Views views_;
};

}  // namespace coppice::retrieval

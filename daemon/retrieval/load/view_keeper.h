#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/load/commit_loader.h"
#include "daemon/retrieval/load/followed.h"
#include "daemon/retrieval/load/load_options.h"
#include "daemon/retrieval/load/refused_spaces.h"
#include "daemon/retrieval/load/space_loader.h"
#include "embed/embedder_registry.h"
#include "store/store.h"

namespace coppice::retrieval {

/// Which view each followed ref shows: the one of its commit, or the last one that could be loaded.
///
/// Place:  owned by the follower thread.
/// Shape:  one space at a time, so that each can be published when it is done.
/// Errors: what ends a step (database away, deadline, stop) is given; what concerns one space or
///         ref is logged once, and it goes on showing what it showed.
class ViewKeeper {
 public:
  /// `store` and `models` must outlive this.
  ViewKeeper(store::Store& store, embed::EmbedderRegistry& models, const LoadOptions& options)
      : store_(store), models_(models), options_(options), commits_(store, options.memory) {}

  /// Before the spaces of a step: drops what is followed no more, and what was made anew.
  Result<void> Begin(const Followed& followed, const Deadline& deadline);
  /// True when what is to be shown of the space has changed, its problem among it.
  Result<bool> UpdateSpace(store::SpaceNo space, const Followed& followed,
                           const Deadline& deadline);
  [[nodiscard]] std::vector<ServedRef> Refs(const Followed& followed) const;

 private:
  using RefKey = std::pair<store::RepoNo, std::string>;
  /// What made the index of a ref when it was last looked at.
  struct MadeBy {
    store::IndexVersions versions;
    store::ObjectId commit;
    std::optional<store::Timestamp> indexed_at;
    /// Whether what this was made of is not what `next` was made of, although nothing moved. Other
    /// vectors are a matter of FollowModel.
    [[nodiscard]] bool IsRemadeBy(const MadeBy& next) const {
      return versions.extractor != next.versions.extractor ||
             versions.text_template != next.versions.text_template ||
             (commit == next.commit && indexed_at != next.indexed_at);
    }
  };

  /// Reads which model is served. One that cannot be run here keeps its vectors out of searches
  /// until it can, or goes on being the one before.
  Result<void> FollowModel(const Deadline& deadline);
  void DropUnfollowed(const Followed& followed);
  void DropRemade(const Followed& followed);
  /// Remembers the spaces of which refs have got vectors that they had not.
  void NoteVectors(const Followed& followed);
  Result<bool> LoadSpace(store::SpaceNo space, const Followed& followed, const Deadline& deadline);
  Result<SpaceLoader::Tables> LoadTables(store::SpaceNo space, const Followed& followed,
                                         const Deadline& deadline);
  void Show(const SpaceLoader::Views& of_space, const std::set<store::RepoNo>& repos,
            const Followed& followed);
  [[nodiscard]] std::uint64_t HeldBytes() const;
  void GiveUp(store::SpaceNo space, const Followed& followed, const Error& error);
  void LogOnce(const std::string& what, const Error& error);

  store::Store& store_;
  embed::EmbedderRegistry& models_;
  const LoadOptions options_;
  CommitLoader commits_;
  ModelInUse model_;
  std::map<store::SpaceNo, SpaceLoader> spaces_;
  RefusedSpaces refused_;
  std::set<store::SpaceNo> vectors_came_;
  std::map<store::SpaceNo, store::ModelNo> no_room_for_;  // goes on with the model it had
  std::optional<std::set<store::SpaceNo>> graphs_of_;  // whose graph files were let be
  std::map<ViewKey, std::shared_ptr<const FileTable>> tables_;
  std::map<RefKey, std::shared_ptr<const View>> shown_;
  std::map<RefKey, MadeBy> made_by_;
  std::map<std::string, std::string> problems_;  // logged already
};

}  // namespace coppice::retrieval

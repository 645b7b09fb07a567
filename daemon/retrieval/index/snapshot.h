#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/retrieval/index/view.h"
#include "daemon/retrieval/retriever.h"
#include "store/catalog.h"

namespace coppice::retrieval {

/// A tracked ref and the view of it that is served.
struct ServedRef {
  store::RepoRecord repo;
  store::RefRecord ref;
  std::shared_ptr<const View> view;  // null until it is indexed and loaded
  std::string problem;               // why it, or what came after it, is not loaded; "" = nothing

  /// Without a commit where there is no view.
  [[nodiscard]] ViewState State() const;
};

/// All that one request may read: every tracked ref, sorted by repository name and ref name.
/// Immutable.
class Snapshot {
 public:
  Snapshot(std::uint64_t number, std::vector<store::RepoRecord> repos, std::vector<ServedRef> refs);

  /// Grows with every snapshot of one LiveIndex.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::vector<store::RepoRecord>& repos() const { return repos_; }
  [[nodiscard]] const std::vector<ServedRef>& refs() const { return refs_; }
  /// nullptr where that ref of that repository is not followed.
  [[nodiscard]] const ServedRef* Find(const std::string& repo, const std::string& ref) const;

 private:
  std::uint64_t number_;
  std::vector<store::RepoRecord> repos_;
  std::vector<ServedRef> refs_;
};

/// What a selector names: one ref for each repository.
struct Selection {
  std::vector<const ServedRef*> served;
  std::vector<ViewState> unserved;  // what no view of is in memory yet, or will be: an unborn HEAD
};

/// Why a view with a problem cannot be asked; kResourceExhausted, and asking again does not help.
Error NotLoaded(const ViewState& view);

/// The refs that `selector` names, HEAD where none is asked for. `wait_for` is not looked at.
/// Errors: kNotFound (repository, ref or commit; the message lists what is there), kInvalidArgument
///         (a commit that is none), kUnavailable (none of them is indexed yet), kResourceExhausted
///         (there was no memory for it).
Result<Selection> SelectRefs(const Snapshot& snapshot, const ViewSelector& selector);

}  // namespace coppice::retrieval

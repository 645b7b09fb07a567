#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

class PgPool;

using Timestamp = std::chrono::system_clock::time_point;

/// How many files of a view are in which state.
struct Coverage {
  std::int64_t indexed = 0;
  std::int64_t skipped = 0;
  std::int64_t quarantined = 0;
  std::int64_t pending = 0;
};

/// A repository the daemon follows.
struct RepoRecord {
  RepoNo repo;
  SpaceNo space;
  std::string name;                       // unique; as --repo names it
  std::string location;                   // absolute path of the repository, or the URL as given
  std::string git_dir;                    // where its objects are read; a mirror for a URL, "" until cloned
  bool remote = false;
  std::vector<std::string> ref_patterns;  // "HEAD", "main", "release/*"
  std::string subtree;                    // "" = all
  std::int64_t gen = 0;                   // grows with every move of one of its refs
  std::string problem;                    // why it cannot be read now ("" = nothing)
  Timestamp added_at;
};

/// A tracked ref: where it was when last looked at, and which commit of it is served.
struct RefRecord {
  RepoNo repo;
  std::string name;                 // "HEAD" or a full ref name
  std::string symbolic;             // for HEAD: the branch it stands for ("" when detached)
  ObjectId head;                    // as last read from the repository; empty when unborn
  ObjectId commit;                  // indexed; empty before the first time
  Coverage coverage;                // of `commit`
  std::int64_t chunk_count = 0;     // of `commit`
  IndexVersions versions;           // that made the index of `commit`
  std::string subtree;              // of `commit`, what was indexed
  std::optional<Timestamp> indexed_at;
};

/// What `add` needs to know of a repository.
struct NewRepo {
  std::string name;
  bool rename = false;  // a repository that is there already takes the name
  std::string location;
  std::string git_dir;
  bool remote = false;
  std::vector<std::string> ref_patterns;  // empty: as they are, HEAD for a new one
  std::optional<std::string> subtree;     // nothing: as it is, all for a new one
  ObjectId root_commit;  // first commit of HEAD's first-parent line: forks and clones share it; may be empty
};

/// Repositories and their refs.
///
/// Place:  over the pool; any thread.
/// Errors: kUnavailable when the database is away; those named at each call.
class Catalog {
 public:
  explicit Catalog(PgPool& pool) : pool_(pool) {}

  /// Puts it into the space of a repository with the same root commit, or into a new one.
  /// Adding the same location again gives the record that is there, with what `repo` says replaced. One that
  /// was removed comes back with what is stored of it, set up like a new one.
  /// Errors: kConflict when the name belongs to another location.
  Result<RepoRecord> AddRepo(const NewRepo& repo, const Deadline& deadline);
  /// Takes it out of every list and stops its jobs. With `purge` its rows, and the space's when no other repository
  /// is left in it, are deleted in bounded steps; without, they stay until a purge.
  Result<void> RemoveRepo(RepoNo repo, bool purge, const Deadline& deadline);
  Result<std::vector<RepoRecord>> ListRepos(const Deadline& deadline);
  /// By exact name, by location, or by the folder its objects are read from. Errors: kNotFound.
  Result<RepoRecord> FindRepo(const std::string& name_or_place, const Deadline& deadline);
  /// The same among those that were removed and not purged. Errors: also kConflict when several of them had this name.
  Result<RepoRecord> FindRemovedRepo(const std::string& name_or_place, const Deadline& deadline);
  /// Sets the mirror's place once a URL has been cloned. Where nothing is stored of it yet, it moves into the space
  /// of the repositories with this root commit (which may be empty).
  Result<void> SetMirror(RepoNo repo, const std::string& git_dir, const ObjectId& root_commit,
                         const Deadline& deadline);
  /// Records why a repository cannot be read; "" clears it.
  /// Lets everything tracked of a repository count as indexed by an older extractor: what is missing
  /// is read again by the next jobs, the rest is left as it is. Errors: kNotFound.
  Result<void> IndexAgain(RepoNo repo, const Deadline& deadline);
  Result<void> SetProblem(RepoNo repo, const std::string& problem, const Deadline& deadline);

  Result<std::vector<RefRecord>> ListRefs(const Deadline& deadline);
  Result<std::vector<RefRecord>> ListRefs(RepoNo repo, const Deadline& deadline);
  /// Records what the repository says now: refs not in `heads` stop being tracked.
  struct Head {
    std::string name;
    std::string symbolic;
    ObjectId head;  // empty when unborn
  };
  Result<void> SetHeads(RepoNo repo, const std::vector<Head>& heads, const Deadline& deadline);

  /// The number of a model at one revision, made at first use.
  Result<ModelNo> RegisterModel(const std::string& name, const std::string& revision,
                                int dimensions, const Deadline& deadline);

 private:
  PgPool& pool_;
};

}  // namespace coppice::store

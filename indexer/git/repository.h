#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/object_writer.h"
#include "store/tree/walk.h"

namespace coppice::indexer {

/// What a blob is before it is read.
struct BlobHeader {
  std::uint64_t size_bytes = 0;
};

/// One git repository, read as objects and refs only: never its working tree, never a hook or a
/// filter.
///
/// Place:  opened by whoever needs it, used by one thread at a time; cheap to open.
/// Errors: kNotFound (the object or ref is missing; also a partial clone's), kCorrupt (damaged),
///         kUnavailable (the operating system was in the way: try again).
class GitRepository : public store::ObjectSource {
 public:
  /// The folder that holds objects and refs of this checkout (for a linked worktree its own).
  [[nodiscard]] virtual std::string git_dir() const = 0;
  /// The folder that the worktrees of a repository share; of an ordinary one `git_dir()`.
  [[nodiscard]] virtual std::string common_dir() const = 0;

  /// HEAD and the refs that match `patterns`, each once, sorted by name.
  /// Shape: "HEAD" is HEAD; a pattern with '*' matches full or short names (`*` within a part, `**`
  ///        beyond); another is a full name, else a branch, a tag or a remote branch.
  /// Errors: kNotFound names a pattern without '*' that matches nothing (HEAD always does: `head`
  ///         is empty when it is unborn).
  virtual Result<std::vector<store::Catalog::Head>> Heads(
      const std::vector<std::string>& patterns) = 0;

  virtual Result<store::CommitRecord> ReadCommit(const store::ObjectId& id) = 0;
  /// A hint: these blobs are read next, in this order, each after its header.
  virtual void Expect(std::span<const store::ObjectId> blobs) { (void)blobs; }
  virtual Result<BlobHeader> ReadBlobHeader(const store::ObjectId& id) = 0;
  virtual Result<std::string> ReadBlob(const store::ObjectId& id) = 0;

  /// The last commit on HEAD's first-parent line; empty when unborn, shallow, or beyond
  /// `kMaxRootWalk` commits. Errors: also kCancelled, kDeadlineExceeded.
  virtual Result<store::ObjectId> RootCommit(const Deadline& deadline) = 0;
  static constexpr int kMaxRootWalk = 2'000'000;
};

/// Opens an ordinary or bare repository or a linked worktree by the folder of its checkout or of
/// its objects: with libgit2, and what that cannot read (SHA-256 ids, extensions that came after
/// it) with the git program. Nothing in the repository is executed or obeyed. A daemon that runs as
/// root reads it with the rights of the account it belongs to (decision 0010).
///
/// Errors: kNotFound (no such path), kPermissionDenied (not readable, or its folders belong to two
///         accounts), kInvalidArgument (not a repository), kUnsupported (reftable, an unknown
///         extension, SHA-256 ids without a git program); each with a remedy.
Result<std::unique_ptr<GitRepository>> OpenRepository(const std::string& path);

/// Whether a ref name matches a pattern of `add --ref`; exposed for its test.
bool RefMatches(const std::string& pattern, const std::string& full_name);

}  // namespace coppice::indexer

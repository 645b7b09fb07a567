#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace coppice::indexer {

/// Where the parts of a repository lie, and of what kind they are.
struct GitLayout {
  std::string git_dir;            // HEAD; of a linked worktree its own folder
  std::string common_dir;         // objects, refs, config
  bool sha256 = false;            // ids have 32 bytes
  bool reftable = false;          // refs are not files
  bool shallow = false;           // history is cut off
  std::string unknown_extension;  // one that may change what objects and refs mean; else empty
};

/// Reads the layout of the repository at `path`: a checkout, its .git, a bare repository or a
/// linked worktree. Runs nothing and follows nothing but `gitdir:` and `commondir`. Errors:
/// kInvalidArgument (no repository), kCorrupt (a configuration that cannot be read).
Result<GitLayout> ReadLayout(const std::string& path);

/// What whoever adds the repository should know: that it is shallow, or a partial clone; "" else.
std::string NoteOnClone(const std::string& common_dir);

/// The objects folders of a repository: its own and those of its alternates.
std::vector<std::string> ObjectFolders(const std::string& common_dir);

/// The error of an object that is not there: kNotFound, with what may be the cause (an alternate
/// that is missing, a partial clone) and the remedy.
Error MissingObject(const std::string& what, const std::string& common_dir);

}  // namespace coppice::indexer

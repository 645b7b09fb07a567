#pragma once

#include <memory>
#include <string>

#include <git2.h>

#include "base/error.h"

namespace coppice::indexer {

/// Frees a libgit2 object with its own function.
template <auto Free>
struct GitFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using RepositoryHandle = std::unique_ptr<git_repository, GitFree<git_repository_free>>;
using OdbHandle = std::unique_ptr<git_odb, GitFree<git_odb_free>>;
using OdbObjectHandle = std::unique_ptr<git_odb_object, GitFree<git_odb_object_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, GitFree<git_reference_free>>;
using ReferenceIteratorHandle =
    std::unique_ptr<git_reference_iterator, GitFree<git_reference_iterator_free>>;

/// Starts libgit2 once for the process and sets what holds for all repositories.
void EnsureLibgit2();

/// What libgit2 says of the last failure on this thread.
std::string LastGitMessage();

/// The error of a failed call about `what` ("commit 1a2b…"): kNotFound, kCorrupt, or kUnavailable
/// where the operating system or a lock was in the way.
Error GitError(int code, const std::string& what);

}  // namespace coppice::indexer

#include "indexer/git/libgit2_handles.h"

#include "base/format.h"

namespace coppice::indexer {

void EnsureLibgit2() {
  static const bool started = [] {
    git_libgit2_init();
    // We read objects and refs, and run nothing that a repository names.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // The system's and the user's git configuration have no say in what is indexed.
    for (const git_config_level_t level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                           GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, static_cast<int>(level), "");
    }
    // A walk to the first commit reads each once: kept, a million of them fill 250 MiB.
    git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, static_cast<int>(GIT_OBJECT_COMMIT),
                     std::size_t{0});
    // Content is addressed by our own SHA-256; libgit2 need not hash every object again.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    return true;
  }();
  (void)started;
}

std::string LastGitMessage() {
  const git_error* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "no reason given" : error->message;
}

Error GitError(int code, const std::string& what) {
  const std::string message = fmt::format("{}: {}", what, LastGitMessage());
  switch (code) {
    case GIT_ENOTFOUND:
      return MakeError(ErrorCode::kNotFound, message);
    case GIT_ELOCKED:
      return MakeError(ErrorCode::kUnavailable, message);
    default:
      break;
  }
  // No descriptors left, an I/O error, no permission: nothing is said about the object.
  const git_error* error = git_error_last();
  if (error != nullptr && (error->klass == GIT_ERROR_OS || error->klass == GIT_ERROR_NOMEMORY)) {
    return MakeError(ErrorCode::kUnavailable, message);
  }
  return MakeError(ErrorCode::kCorrupt, message, "run `git fsck` in the repository");
}

}  // namespace coppice::indexer

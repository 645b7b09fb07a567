#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <sys/stat.h>

#include "base/format.h"
#include "indexer/git/libgit2_repository.h"
#include "indexer/git/owned_repository.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

/// access() asks for the account that started the process, not for the one that opens files.
bool MayRead(const char* path, int mode) {
  return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/// What the file system says before git is asked, so that the error names the right cause.
Result<void> CheckPath(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == EACCES) {
      return MakeError(ErrorCode::kPermissionDenied, fmt::format("{} cannot be reached", path),
                       "let the daemon's account read the folder and those above it");
    }
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("{} does not exist ({})", path, std::strerror(errno)),
                     "give the path of a repository on the daemon's machine");
  }
  if (!S_ISDIR(info.st_mode)) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{} is not a folder", path),
                     "give the folder of a git repository");
  }
  if (!MayRead(path.c_str(), R_OK | X_OK)) {
    return MakeError(ErrorCode::kPermissionDenied, fmt::format("{} cannot be read", path),
                     "let the daemon's account read it");
  }
  return {};
}

Error NotARepository(const std::string& path, int code) {
  const std::string message = LastGitMessage();
  if (message.find("objectformat") != std::string::npos) {
    return MakeError(ErrorCode::kUnsupported, fmt::format("{} uses SHA-256 object ids", path),
                     "only SHA-1 repositories can be indexed yet");
  }
  if (message.find("refstorage") != std::string::npos ||
      message.find("extension") != std::string::npos) {
    return MakeError(ErrorCode::kUnsupported, fmt::format("{}: {}", path, message),
                     "this repository format cannot be indexed yet");
  }
  if (code == GIT_ENOTFOUND) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{} is not a git repository", path),
                     "give the folder that holds .git, or a bare repository");
  }
  if (fs::path git = fs::path(path) / ".git";
      MayRead(git.c_str(), F_OK) && !MayRead(git.c_str(), R_OK)) {
    return MakeError(ErrorCode::kPermissionDenied, fmt::format("{} cannot be read", git.string()),
                     "let the daemon's account read it");
  }
  return MakeError(ErrorCode::kCorrupt, fmt::format("{}: {}", path, message),
                   "run `git fsck` in the repository");
}

}  // namespace

Result<std::unique_ptr<GitRepository>> OpenWithOwnRights(const std::string& path) {
  EnsureLibgit2();
  COPPICE_TRY(CheckPath(path));
  git_repository* raw_repository = nullptr;
  // No search upwards: the folder itself, or its .git.
  const int opened = git_repository_open_ext(&raw_repository, path.c_str(),
                                             GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (opened != 0) return NotARepository(path, opened);
  RepositoryHandle repository(raw_repository);
  git_odb* raw_odb = nullptr;
  if (const int code = git_repository_odb(&raw_odb, repository.get()); code != 0) {
    return NotARepository(path, code);
  }
  return std::unique_ptr<GitRepository>(
      std::make_unique<Libgit2Repository>(std::move(repository), OdbHandle(raw_odb)));
}

Result<std::unique_ptr<GitRepository>> OpenRepository(const std::string& path) {
  COPPICE_ASSIGN(auto account, FindReaderAccount(path));
  if (!account) return OpenWithOwnRights(path);
  std::unique_ptr<GitRepository> repository;
  {
    const ReadAs rights(*account);
    COPPICE_ASSIGN(repository, OpenWithOwnRights(path));
  }
  return std::unique_ptr<GitRepository>(
      std::make_unique<OwnedRepository>(std::move(repository), std::move(*account)));
}

}  // namespace coppice::indexer

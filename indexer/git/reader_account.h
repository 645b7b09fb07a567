#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/process.h"
#include "base/result.h"

namespace coppice::indexer {

/// With whose rights a repository is read by a daemon that runs as root.
struct ReaderAccount {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

/// The one account that owns what leads to `path`: every folder and symbolic link on the way, and
/// the folder itself, belong to it or to root. Nothing for a daemon that is not root, or where all
/// belongs to root: it then reads with its own rights.
///
/// Errors: kNotFound; kPermissionDenied where the way belongs to two accounts, one of which could
///         lead the daemon to what only the other may read; each with a remedy.
Result<std::optional<ReaderAccount>> FindReaderAccount(const std::string& path);

/// While it lives (and the account it was given, too), this thread opens files with the account's
/// rights, and without root's. Other threads are not touched; one that is started meanwhile keeps
/// the account's rights. A program has root's again unless it is started as OfThread().
class ReadAs {
 public:
  explicit ReadAs(const ReaderAccount& account);
  ~ReadAs();
  ReadAs(const ReadAs&) = delete;
  ReadAs& operator=(const ReadAs&) = delete;

  /// The account this thread reads as, for a child's Command; nothing outside any ReadAs.
  static std::optional<Account> OfThread();

 private:
  const ReaderAccount* outer_;
  std::vector<gid_t> groups_;
  uid_t uid_;
  gid_t gid_;
};

}  // namespace coppice::indexer

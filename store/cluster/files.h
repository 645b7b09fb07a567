#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice::store {

/// The files of a private cluster and who owns them.
///
/// Shape:  <directory>/{lock, data/, run/, hba.conf, ident.conf, server.log}. `account` is set when we are
///         root and the server runs as somebody else; then the folder belongs to that account.
struct ClusterFiles {
  std::string directory;
  std::optional<Account> account;

  [[nodiscard]] std::string data() const { return directory + "/data"; }
  [[nodiscard]] std::string run() const { return directory + "/run"; }
  [[nodiscard]] std::string hba() const { return directory + "/hba.conf"; }
  [[nodiscard]] std::string ident() const { return directory + "/ident.conf"; }
  [[nodiscard]] std::string log() const { return directory + "/server.log"; }
};

/// Settles who the server runs as and makes the folders.
/// Errors: kInvalidArgument (the path is too long for a socket; an account that cannot be used); kPermissionDenied,
///         naming the folder that the account cannot enter; kNotFound (no such account).
Result<ClusterFiles> PrepareFiles(const std::string& directory, const std::string& user, const Deadline& deadline);

/// Held as long as the cluster is in use. Errors: kConflict when another process holds it.
Result<UniqueFd> LockFiles(const ClusterFiles& files);

/// Who may connect: the account we run as and the server's own, by what the kernel says of the peer. Written anew
/// at each start.
Result<void> WriteAccessFiles(const ClusterFiles& files);

/// Opens the log for appending; a large one is first put aside as server.log.1.
Result<UniqueFd> OpenServerLog(const ClusterFiles& files);
/// The last lines of the log, in one line.
std::string LastLogLines(const ClusterFiles& files);

/// The major version that made the data; nothing where there are none.
Result<std::optional<int>> DataVersion(const ClusterFiles& files);

/// Ends a server that a killed daemon left running on these data. Errors: kConflict when it does not go.
Result<void> StopLeftServer(const ClusterFiles& files, const Deadline& deadline);

}  // namespace coppice::store

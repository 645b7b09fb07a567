#pragma once

#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/cluster/files.h"
#include "store/cluster/programs.h"

namespace coppice::store {

struct PrivateClusterOptions {
  std::string directory;     // <state>/postgresql: data/ and socket folder below it
  std::string bin_directory; // "" = found: newest of the distribution's, PATH
  std::string user;          // account it runs as when we are root; "" = coppice, postgres, nobody: the first that exists
};

/// A PostgreSQL of the daemon's own: made once, Unix socket only, stopped with the daemon.
///
/// Place:  made by App on the main thread (its child dies with that thread's process).
/// Errors: kUnavailable with PostgreSQL's own last log lines; kUnsupported when no server programs are installed (the
///         remedy names the package); kConflict when the data was made by another major version.
class PrivateCluster {
 public:
  /// initdb where there is no data yet (into a temporary name, renamed when whole), then starts the server
  /// and waits until it answers. A server left from a killed daemon is stopped first.
  static Result<std::unique_ptr<PrivateCluster>> Start(const PrivateClusterOptions& options,
                                                       const Deadline& deadline);
  /// Fast shutdown; waits up to 30 s, then immediate.
  ~PrivateCluster();

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] pid_t pid() const { return server_.pid(); }
  /// Starts it again when it has died. True when it runs.
  Result<void> EnsureRunning(const Deadline& deadline);

 private:
  PrivateCluster() = default;
  Result<void> MakeData(const Deadline& deadline) const;
  Result<void> StartServer(const Deadline& deadline);
  Result<ChildProcess> Launch() const;
  Result<void> WaitUntilItAnswers(const Deadline& deadline);
  Result<void> MakeDatabase(const Deadline& deadline) const;

  ClusterFiles files_;
  PgPrograms programs_;
  UniqueFd lock_;
  std::string url_;
  ChildProcess server_;
};

}  // namespace coppice::store

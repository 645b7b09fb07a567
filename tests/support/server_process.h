#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/unique_fd.h"

namespace coppice::test {

/// A server in a process of its own, which says on its first line of output at which port of
/// 127.0.0.1 it listens. Ends with the object.
class ServerProcess {
 public:
  ServerProcess() = default;
  /// Starts `argv` and waits for the line; a failure fails the test and leaves port() at 0.
  explicit ServerProcess(std::vector<std::string> argv);
  /// A script of the tree, by its path from the root, run by the tests' Python.
  static ServerProcess Python(const std::string& script, std::vector<std::string> arguments = {});

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] bool running() const { return process_.running(); }
  /// "http://127.0.0.1:PORT" + path.
  [[nodiscard]] std::string Url(const std::string& path = "") const;
  void Kill();

 private:
  ChildProcess process_;
  UniqueFd output_;  // kept open: a server that prints more is not to break
  int port_ = 0;
};

/// A file of the source tree, by its path from the root.
std::filesystem::path SourceFile(const std::string& path);

}  // namespace coppice::test

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice {

/// An account of the operating system that a child runs as.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
  std::optional<std::vector<gid_t>> groups = std::nullopt;  // nothing: those of its name
};

/// Looks an account up by name. Errors: kNotFound.
Result<Account> FindAccount(const std::string& name);
/// The account this process runs as. Errors: kNotFound where the uid has no name.
Result<Account> CurrentAccount();

/// What to start, and how.
struct Command {
  std::vector<std::string> argv;                                  // argv[0] is looked up in PATH
  std::map<std::string, std::optional<std::string>> environment;  // nothing = unset
  std::optional<Account> account;                                 // needs root
  std::string directory;                                          // empty: the parent's
  bool die_with_parent = false;  // `parent_death_signal` when the starting thread ends
  int parent_death_signal = 9;
  std::optional<int> stdin_fd;   // nothing: /dev/null
  std::optional<int> stdout_fd;  // nothing: /dev/null
  std::optional<int> stderr_fd;  // nothing: inherited
};

/// How a child ended.
struct ExitStatus {
  int code = 0;    // of exit(), where signal is 0
  int signal = 0;  // that ended it
  [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
  [[nodiscard]] std::string ToString() const;
};

/// A running child. Destroying one that still runs kills it with SIGKILL and reaps it.
class ChildProcess {
 public:
  /// Errors: kNotFound when the program does not exist, kPermissionDenied, kResourceExhausted.
  static Result<ChildProcess> Start(const Command& command);

  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Whether it has not been reaped yet.
  [[nodiscard]] bool running() const { return pid_ > 0; }
  void Signal(int number) const;
  /// Nothing when it still runs at the deadline.
  std::optional<ExitStatus> Wait(const Deadline& deadline);
  /// SIGKILL and reap.
  ExitStatus Kill();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

/// What a command that ran to its end printed.
struct CommandOutput {
  ExitStatus status;
  std::string out;  // the first `limit` bytes
  std::string err;
};

/// Runs to the end and gathers at most `limit` bytes of each output stream (the rest is read and
/// dropped). Errors: those of Start; kDeadlineExceeded (the child is killed).
Result<CommandOutput> RunCommand(Command command, const Deadline& deadline,
                                 std::size_t limit = 1 << 20);

}  // namespace coppice

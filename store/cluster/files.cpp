#include "store/cluster/files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "base/format.h"
#include "base/log.h"

namespace coppice::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestLog = 16U << 20U;
constexpr std::chrono::seconds kFastShutdown{15};
constexpr std::chrono::seconds kImmediateShutdown{5};

Error SystemError(const std::string& path, int number) {
  const auto code = number == EACCES || number == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
  return MakeError(code, fmt::format("{}: {}", path, std::generic_category().message(number)));
}

/// A socket's path must fit sockaddr_un with its final NUL.
Result<void> CheckSocketPath(const ClusterFiles& files) {
  const std::string socket = files.run() + "/.s.PGSQL.5432";
  constexpr std::size_t kLimit = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.size() <= kLimit) return {};
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("the path of the database's socket has {} bytes, the system allows {}: {}", socket.size(),
                               kLimit, socket),
                   "Choose a state directory with a shorter path.");
}

Result<Account> ChooseAccount(const std::string& user) {
  const std::vector<std::string> names =
      user.empty() ? std::vector<std::string>{"coppice", "postgres", "nobody"} : std::vector<std::string>{user};
  for (const std::string& name : names) {
    auto account = FindAccount(name);
    if (account && account->uid == 0) {
      return MakeError(ErrorCode::kInvalidArgument, "PostgreSQL refuses to run as root",
                       "Name another account as database.private_user.");
    }
    if (account || !user.empty()) return account;
  }
  return MakeError(ErrorCode::kNotFound, "no account to run PostgreSQL as: it refuses to run as root",
                   "Make an account 'coppice', or name one as database.private_user.");
}

/// Whether the account can enter the folder and all above it.
Result<void> CheckReachable(const fs::path& folder, const Account& account, const Deadline& deadline) {
  fs::path part;
  for (const fs::path& name : folder) {
    part /= name;
    Command command;
    command.argv = {"test", "-x", part};
    command.account = account;
    command.directory = "/";
    COPPICE_ASSIGN(const CommandOutput output, RunCommand(command, deadline));
    if (output.status.ok()) continue;
    return MakeError(ErrorCode::kPermissionDenied,
                     fmt::format("PostgreSQL runs as account '{}', which cannot enter {}", account.name, part.string()),
                     fmt::format("Choose another state directory, or allow it: chmod o+x {}", part.string()));
  }
  return {};
}

Result<void> MakeFolder(const std::string& path, mode_t mode, const std::optional<Account>& owner) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return SystemError(path, errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return SystemError(path, errno);
  if (!S_ISDIR(status.st_mode)) return SystemError(path, ENOTDIR);
  if (owner && status.st_uid != owner->uid && ::lchown(path.c_str(), owner->uid, owner->gid) != 0) {
    return SystemError(path, errno);
  }
  return {};
}

/// Writes beside the file, then renames.
Result<void> WriteFile(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  {
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.flush();
    if (!stream) return MakeError(ErrorCode::kUnavailable, fmt::format("{} cannot be written", temporary));
  }
  if (::chmod(temporary.c_str(), 0644) != 0) return SystemError(temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return SystemError(path, errno);
  return {};
}

bool WaitForEnd(int handle, const Deadline& deadline) {
  while (true) {
    pollfd entry{handle, POLLIN, 0};
    const auto span = deadline.remaining(std::chrono::milliseconds(100)).count();
    if (::poll(&entry, 1, static_cast<int>(span)) > 0) return true;
    if (deadline.expired()) return false;
  }
}

/// The process that runs on these data, by its own word and the kernel's.
std::optional<pid_t> LeftServer(const ClusterFiles& files) {
  std::ifstream stream(files.data() + "/postmaster.pid");
  long pid = 0;
  if (!(stream >> pid) || pid <= 1) return std::nullopt;
  std::error_code error;
  const auto folder = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  if (error) return std::nullopt;
  const auto data = fs::canonical(files.data(), error);
  if (error || folder != data) return std::nullopt;
  return static_cast<pid_t>(pid);
}

}  // namespace

Result<ClusterFiles> PrepareFiles(const std::string& directory, const std::string& user, const Deadline& deadline) {
  std::error_code error;
  const fs::path absolute = fs::absolute(directory, error).lexically_normal();
  if (error || directory.empty()) return MakeError(ErrorCode::kInvalidArgument, "no folder for the database given");
  ClusterFiles files{absolute.string(), std::nullopt};
  if (files.directory.ends_with('/')) files.directory.pop_back();
  COPPICE_TRY(CheckSocketPath(files));
  if (::geteuid() == 0) {
    COPPICE_ASSIGN(files.account, ChooseAccount(user));
  }
  fs::create_directories(fs::path(files.directory).parent_path(), error);
  COPPICE_TRY(MakeFolder(files.directory, 0700, files.account));
  if (files.account) COPPICE_TRY(CheckReachable(files.directory, *files.account, deadline));
  COPPICE_TRY(MakeFolder(files.run(), 0700, files.account));
  return files;
}

Result<UniqueFd> LockFiles(const ClusterFiles& files) {
  const std::string path = files.directory + "/lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return SystemError(path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return MakeError(ErrorCode::kConflict, fmt::format("the database in {} is in use by another daemon", files.directory),
                     "Stop that one first, or give this one another state directory.");
  }
  return lock;
}

Result<void> WriteAccessFiles(const ClusterFiles& files) {
  COPPICE_ASSIGN(const Account self, CurrentAccount());
  std::string map = fmt::format("coppice \"{}\" coppice\n", self.name);
  if (files.account) map += fmt::format("coppice \"{}\" coppice\n", files.account->name);
  COPPICE_TRY(WriteFile(files.ident(), map));
  return WriteFile(files.hba(), "local all all peer map=coppice\n");
}

Result<UniqueFd> OpenServerLog(const ClusterFiles& files) {
  std::error_code error;
  const auto size = fs::file_size(files.log(), error);
  if (!error && size > kLargestLog) fs::rename(files.log(), files.log() + ".1", error);
  UniqueFd log(::open(files.log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!log.valid()) return SystemError(files.log(), errno);
  return log;
}

std::string LastLogLines(const ClusterFiles& files) {
  constexpr std::streamoff kTail = 2048;
  constexpr std::size_t kLines = 4;
  std::ifstream stream(files.log(), std::ios::binary | std::ios::ate);
  if (!stream) return {};
  stream.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(stream.tellg()) - kTail));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.size() > kLines) lines.erase(lines.begin(), lines.end() - kLines);
  return fmt::format("{}", fmt::join(lines, " | "));
}

Result<std::optional<int>> DataVersion(const ClusterFiles& files) {
  std::error_code error;
  if (!fs::exists(files.data(), error)) return std::optional<int>();
  std::ifstream stream(files.data() + "/PG_VERSION");
  int major = 0;
  if (!(stream >> major)) {
    return MakeError(ErrorCode::kCorrupt, fmt::format("{} is not the data folder of a PostgreSQL", files.data()),
                     "Move it away: everything in it can be indexed again.");
  }
  return std::optional<int>(major);
}

Result<void> StopLeftServer(const ClusterFiles& files, const Deadline& deadline) {
  const auto pid = LeftServer(files);
  if (!pid) return {};
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!handle.valid()) return {};  // gone meanwhile
  LogWarning("database_left_running", {{"pid", *pid}});
  for (const auto& [number, patience] : {std::pair(SIGINT, kFastShutdown), std::pair(SIGQUIT, kImmediateShutdown),
                                         std::pair(SIGKILL, kImmediateShutdown)}) {
    ::kill(*pid, number);
    const Deadline step(std::min(deadline.at(), Deadline::Clock::now() + patience), deadline.stop());
    if (WaitForEnd(handle.get(), step)) return {};
  }
  return MakeError(ErrorCode::kConflict, fmt::format("the server of a former daemon (process {}) does not end", *pid));
}

}  // namespace coppice::store

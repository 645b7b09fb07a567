#include "base/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice {
namespace {

constexpr std::chrono::milliseconds kWakeInterval{100};  // a stop token wakes no poll()

std::string ErrnoText(int number) {
  std::array<char, 256> buffer{};
  return strerror_r(number, buffer.data(), buffer.size());
}

Error SystemError(std::string_view what, int number) {
  ErrorCode code = ErrorCode::kInternal;
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      code = ErrorCode::kNotFound;
      break;
    case EACCES:
    case EPERM:
      code = ErrorCode::kPermissionDenied;
      break;
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      code = ErrorCode::kResourceExhausted;
      break;
    default:
      break;
  }
  return MakeError(code, fmt::format("{}: {}", what, ErrnoText(number)));
}

using PasswordLookup = int (*)(passwd*, char*, std::size_t, passwd**, const void*);

Result<Account> LookUp(const std::string& what, PasswordLookup look_up, const void* key) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  int status = 0;
  while ((status = look_up(&entry, buffer.data(), buffer.size(), &found, key)) == ERANGE &&
         buffer.size() < (std::size_t{1} << 20U)) {
    buffer.resize(buffer.size() * 2);
  }
  if (status != 0 && status != ENOENT) return SystemError(what, status);
  if (found == nullptr) {
    return MakeError(ErrorCode::kNotFound, fmt::format("{} does not exist", what));
  }
  return Account{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
}

/// Full path of a program, as execvp would find it.
Result<std::string> FindProgram(const std::string& name) {
  if (name.empty()) return MakeError(ErrorCode::kInvalidArgument, "no program given");
  if (name.find('/') != std::string::npos) return name;
  const char* path = ::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const auto colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    std::string candidate = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  return MakeError(ErrorCode::kNotFound, fmt::format("program '{}' is not in PATH", name));
}

std::vector<std::string> BuildEnvironment(const Command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!command.environment.contains(std::string(text.substr(0, text.find('='))))) {
      result.emplace_back(text);
    }
  }
  for (const auto& [name, value] : command.environment) {
    if (value.has_value()) result.push_back(name + "=" + *value);
  }
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Everything the child needs, made before fork(): after it only async-signal-safe calls are
/// allowed.
struct Plan {
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<gid_t> groups;
  std::array<int, 3> fds{-1, -1, -1};
  UniqueFd null_device;
  pid_t parent = 0;
};

/// What the child reports through the pipe when it cannot become the program.
struct Failure {
  int stage = 0;
  int error_number = 0;
};
constexpr std::array<std::string_view, 6> kStages = {"redirect", "parent", "groups",
                                                     "setgid",   "setuid", "chdir"};
constexpr int kStageExec = 6;

Result<Plan> MakePlan(const Command& command) {
  Plan plan;
  if (command.argv.empty()) return MakeError(ErrorCode::kInvalidArgument, "no program given");
  COPPICE_ASSIGN(plan.program, FindProgram(command.argv.front()));
  plan.arguments = command.argv;
  plan.environment = BuildEnvironment(command);
  plan.argv = Pointers(plan.arguments);
  plan.envp = Pointers(plan.environment);
  plan.parent = ::getpid();
  if (command.account.has_value()) {
    int count = 64;
    plan.groups.resize(static_cast<std::size_t>(count));
    const Account& account = *command.account;
    if (account.groups.has_value()) {
      plan.groups = *account.groups;
      count = static_cast<int>(plan.groups.size());
    } else if (::getgrouplist(account.name.c_str(), account.gid, plan.groups.data(), &count) < 0) {
      plan.groups.resize(static_cast<std::size_t>(count));
      if (::getgrouplist(account.name.c_str(), account.gid, plan.groups.data(), &count) < 0)
        count = 0;
    }
    plan.groups.resize(static_cast<std::size_t>(count));
  }
  plan.null_device = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!plan.null_device.valid()) return SystemError("/dev/null", errno);
  plan.fds = {command.stdin_fd.value_or(plan.null_device.get()),
              command.stdout_fd.value_or(plan.null_device.get()),
              command.stderr_fd.value_or(STDERR_FILENO)};
  return plan;
}

[[noreturn]] void ReportAndExit(int pipe, int stage) {
  const Failure failure{stage, errno};
  [[maybe_unused]] const auto written = ::write(pipe, &failure, sizeof failure);
  ::_exit(127);
}

/// Puts the three standard descriptors in place. They are first copied above 2, so that none is
/// overwritten before it was used.
bool Redirect(const std::array<int, 3>& fds) {
  std::array<int, 3> high{};
  for (std::size_t i = 0; i < 3; ++i) {
    high[i] = ::fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
    if (high[i] < 0) return false;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (::dup2(high[i], static_cast<int>(i)) < 0) return false;
  }
  return true;
}

/// Runs in the child.
[[noreturn]] void BecomeProgram(const Command& command, const Plan& plan, int pipe) {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  pipe = ::fcntl(pipe, F_DUPFD_CLOEXEC, 3);  // out of Redirect's way
  ::setsid();  // a Ctrl-C at the terminal is for the daemon, which then stops its children in order
  if (!Redirect(plan.fds)) ReportAndExit(pipe, 0);
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (command.account.has_value()) {
    if (::setgroups(plan.groups.size(), plan.groups.data()) != 0) ReportAndExit(pipe, 2);
    if (::setgid(command.account->gid) != 0) ReportAndExit(pipe, 3);
    if (::setuid(command.account->uid) != 0) ReportAndExit(pipe, 4);
  }
  if (command.die_with_parent) {  // after setuid, which clears it
    if (::prctl(PR_SET_PDEATHSIG, command.parent_death_signal) != 0) ReportAndExit(pipe, 1);
    if (::getppid() != plan.parent) ::_exit(127);
  }
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) ReportAndExit(pipe, 5);
  sigset_t none;
  ::sigemptyset(&none);
  // After fork there is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
  ReportAndExit(pipe, kStageExec);
}

Error StartFailure(const Command& command, const Failure& failure) {
  if (failure.stage == kStageExec) {
    return SystemError(fmt::format("cannot start '{}'", command.argv.front()),
                       failure.error_number);
  }
  const auto stage = kStages.at(static_cast<std::size_t>(failure.stage));
  Error error = SystemError(fmt::format("cannot start '{}': {}", command.argv.front(), stage),
                            failure.error_number);
  // A missing folder is not a missing program.
  if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kInvalidArgument;
  return error;
}

/// Waits until `fd` can be read. False at the deadline.
bool WaitReadable(int fd, const Deadline& deadline) {
  while (true) {
    pollfd entry{fd, POLLIN, 0};
    const auto span = deadline.remaining(kWakeInterval).count();
    if (::poll(&entry, 1, deadline.cancelled() ? 0 : static_cast<int>(span)) > 0) return true;
    if (deadline.expired()) return false;
  }
}

ExitStatus Reap(pid_t pid, int options, bool& reaped) {
  int raw = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid, &raw, options);
  } while (got < 0 && errno == EINTR);
  reaped = got != 0;
  ExitStatus status;
  if (got < 0) {
    status.code = 255;  // reaped by somebody else: its status is lost
  } else if (WIFSIGNALED(raw)) {
    status.signal = WTERMSIG(raw);
  } else if (WIFEXITED(raw)) {
    status.code = WEXITSTATUS(raw);
  }
  return status;
}

UniqueFd OpenPidFd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// Reads what is there. False at the end of the stream.
bool Drain(int fd, std::string& out, std::size_t limit) {
  std::array<char, 16384> buffer{};
  while (true) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const auto room = limit > out.size() ? limit - out.size() : 0;
    out.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
  }
}

Result<std::pair<UniqueFd, UniqueFd>> MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("pipe", errno);
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace

Result<Account> FindAccount(const std::string& name) {
  return LookUp(
      fmt::format("account '{}'", name),
      [](passwd* entry, char* buffer, std::size_t size, passwd** found, const void* key) {
        return ::getpwnam_r(static_cast<const std::string*>(key)->c_str(), entry, buffer, size,
                            found);
      },
      &name);
}

Result<Account> CurrentAccount() {
  const uid_t uid = ::geteuid();
  return LookUp(
      fmt::format("account with uid {}", uid),
      [](passwd* entry, char* buffer, std::size_t size, passwd** found, const void* key) {
        return ::getpwuid_r(*static_cast<const uid_t*>(key), entry, buffer, size, found);
      },
      &uid);
}

std::string ExitStatus::ToString() const {
  return signal != 0 ? fmt::format("ended by signal {}", signal)
                     : fmt::format("exited with {}", code);
}

Result<ChildProcess> ChildProcess::Start(const Command& command) {
  COPPICE_ASSIGN(const Plan plan, MakePlan(command));
  COPPICE_ASSIGN(auto report, MakePipe());
  sigset_t all;
  sigset_t old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);  // no handler of ours may run in the child
  const pid_t pid = ::fork();
  if (pid == 0) BecomeProgram(command, plan, report.second.get());
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (pid < 0) return SystemError("fork", fork_error);
  report.second.Reset();

  ChildProcess child(pid);
  Failure failure;
  ssize_t got = 0;
  do {
    got = ::read(report.first.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    child.Wait(Deadline::Never());
    return StartFailure(command, failure);
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

ChildProcess::~ChildProcess() { Kill(); }

void ChildProcess::Signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<ExitStatus> ChildProcess::Wait(const Deadline& deadline) {
  if (pid_ <= 0) return ExitStatus{};
  const UniqueFd handle = OpenPidFd(pid_);
  if (handle.valid() && !WaitReadable(handle.get(), deadline)) return std::nullopt;
  bool reaped = false;
  const ExitStatus status = Reap(pid_, handle.valid() ? WNOHANG : 0, reaped);
  if (!reaped) return std::nullopt;
  pid_ = -1;
  return status;
}

ExitStatus ChildProcess::Kill() {
  if (pid_ <= 0) return {};
  ::kill(pid_, SIGKILL);
  bool reaped = false;
  const ExitStatus status = Reap(pid_, 0, reaped);
  pid_ = -1;
  return status;
}

Result<CommandOutput> RunCommand(Command command, const Deadline& deadline, std::size_t limit) {
  COPPICE_ASSIGN(auto out, MakePipe());
  COPPICE_ASSIGN(auto err, MakePipe());
  command.stdout_fd = out.second.get();
  command.stderr_fd = err.second.get();
  const std::string name = command.argv.empty() ? std::string() : command.argv.front();
  COPPICE_ASSIGN(ChildProcess child, ChildProcess::Start(command));
  out.second.Reset();
  err.second.Reset();
  ::fcntl(out.first.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err.first.get(), F_SETFL, O_NONBLOCK);
  const UniqueFd handle = OpenPidFd(child.pid());

  // Until the child has ended, not until the streams have: a grandchild may keep them open.
  CommandOutput output;
  std::array<pollfd, 3> entries{
      {{out.first.get(), POLLIN, 0}, {err.first.get(), POLLIN, 0}, {handle.get(), POLLIN, 0}}};
  while ((entries[2].revents & POLLIN) == 0) {
    if (deadline.expired()) {
      child.Kill();
      const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
      return MakeError(code, fmt::format("'{}' did not end in time", name));
    }
    ::poll(entries.data(), entries.size(),
           static_cast<int>(deadline.remaining(kWakeInterval).count()));
    if (entries[0].revents != 0 && !Drain(out.first.get(), output.out, limit)) entries[0].fd = -1;
    if (entries[1].revents != 0 && !Drain(err.first.get(), output.err, limit)) entries[1].fd = -1;
    if (!handle.valid() && entries[0].fd < 0 && entries[1].fd < 0) break;
  }
  Drain(out.first.get(), output.out, limit);
  Drain(err.first.get(), output.err, limit);
  const auto status = child.Wait(deadline);
  if (!status) {
    child.Kill();
    return MakeError(ErrorCode::kDeadlineExceeded, fmt::format("'{}' did not end in time", name));
  }
  output.status = *status;
  return output;
}

}  // namespace coppice

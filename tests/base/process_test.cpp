#include "base/process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline Soon() { return Deadline::After(seconds(20)); }

Command Shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

TEST(ProcessTest, GathersBothStreamsAndTheStatus) {
  const auto output = RunCommand(Shell("echo out; echo err >&2; exit 3"), Soon());
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->status.code, 3);
  EXPECT_FALSE(output->status.ok());
  EXPECT_EQ(output->status.ToString(), "exited with 3");
}

TEST(ProcessTest, ReadsAndDropsWhatIsBeyondTheLimit) {
  const auto output = RunCommand(Shell("head -c 3000000 /dev/zero; echo end >&2"), Soon(), 1000);
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_EQ(output->out.size(), 1000U);
  EXPECT_EQ(output->err, "end\n");
  EXPECT_TRUE(output->status.ok());
}

TEST(ProcessTest, AMissingProgramIsNotFound) {
  Command command;
  command.argv = {"/nonexistent/program"};
  EXPECT_EQ(RunCommand(command, Soon()).error().code, ErrorCode::kNotFound);
  command.argv = {"no-such-program-anywhere"};
  EXPECT_EQ(RunCommand(command, Soon()).error().code, ErrorCode::kNotFound);
}

TEST(ProcessTest, AFileThatIsNoProgramIsPermissionDenied) {
  Command command;
  command.argv = {"/etc/passwd"};
  EXPECT_EQ(RunCommand(command, Soon()).error().code, ErrorCode::kPermissionDenied);
}

TEST(ProcessTest, AMissingFolderIsNotAMissingProgram) {
  Command command = Shell("true");
  command.directory = "/nonexistent";
  EXPECT_EQ(RunCommand(command, Soon()).error().code, ErrorCode::kInvalidArgument);
}

TEST(ProcessTest, EndsAChildThatOverrunsTheDeadline) {
  const auto begin = std::chrono::steady_clock::now();
  const auto output = RunCommand(Shell("exec sleep 60"), Deadline::After(milliseconds(200)));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(20));
}

TEST(ProcessTest, DoesNotWaitForAGrandchildThatKeepsTheStreams) {
  const auto begin = std::chrono::steady_clock::now();
  const auto output = RunCommand(Shell("sleep 30 & echo $!"), Soon());
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(15));
  ::kill(std::stoi(output->out), SIGKILL);
}

TEST(ProcessTest, SetsAndUnsetsTheEnvironment) {
  Command command = Shell("echo \"$FOO|${HOME-unset}|$(pwd)\"");
  command.environment = {{"FOO", "bar baz"}, {"HOME", std::nullopt}};
  command.directory = "/usr";
  const auto output = RunCommand(command, Soon());
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_EQ(output->out, "bar baz|unset|/usr\n");
}

TEST(ProcessTest, NoDescriptorButTheThreeReachesTheChild) {
  const UniqueFd leaked(::open("/dev/null", O_RDONLY));  // deliberately without O_CLOEXEC
  const auto output =
      RunCommand(Shell(fmt::format("[ -e /proc/self/fd/{} ] && echo open", leaked.get())), Soon());
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_EQ(output->out, "");
}

TEST(ProcessTest, ReportsTheSignalThatEndedIt) {
  auto child = ChildProcess::Start(Shell("exec sleep 60"));
  ASSERT_TRUE(child) << child.error().ToString();
  EXPECT_FALSE(child->Wait(Deadline::After(milliseconds(20))).has_value());
  EXPECT_TRUE(child->running());
  child->Signal(SIGTERM);
  const auto status = child->Wait(Soon());
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->signal, SIGTERM);
  EXPECT_FALSE(child->running());
}

TEST(ProcessTest, DestroyingItEndsTheChild) {
  pid_t pid = 0;
  {
    auto child = ChildProcess::Start(Shell("exec sleep 60"));
    ASSERT_TRUE(child) << child.error().ToString();
    pid = child->pid();
    ChildProcess moved = std::move(*child);
    EXPECT_EQ(moved.pid(), pid);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(ProcessTest, AChildMayDieWithItsParent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t parent = ::fork();
  if (parent == 0) {  // its child keeps the pipe open as long as it lives
    Command command = Shell("exec sleep 60");
    command.die_with_parent = true;
    command.stdout_fd = write_end.get();
    auto child = ChildProcess::Start(command);
    ::kill(::getpid(), child ? SIGKILL : SIGTERM);
  }
  write_end.Reset();
  int status = 0;
  ASSERT_EQ(::waitpid(parent, &status, 0), parent);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
  pollfd entry{read_end.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 15000), 1);
  EXPECT_NE(entry.revents & POLLHUP, 0);
}

TEST(ProcessTest, RunsAsAnotherAccount) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can change the account";
  const auto account = FindAccount("nobody");
  ASSERT_TRUE(account) << account.error().ToString();
  Command command;
  command.argv = {"id", "-un"};
  command.account = *account;
  const auto output = RunCommand(command, Soon());
  ASSERT_TRUE(output) << output.error().ToString();
  EXPECT_EQ(output->out, "nobody\n");
}

TEST(ProcessTest, FindsAccounts) {
  const auto root = FindAccount("root");
  ASSERT_TRUE(root) << root.error().ToString();
  EXPECT_EQ(root->uid, 0U);
  EXPECT_EQ(FindAccount("no-such-account-here").error().code, ErrorCode::kNotFound);
  const auto self = CurrentAccount();
  if (self) {
    EXPECT_EQ(self->uid, ::geteuid());
  } else {
    EXPECT_EQ(self.error().code, ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace coppice

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "base/process.h"
#include "base/unique_fd.h"
#include "client/environment.h"
#include "tests/client/fake_daemon.h"
#include "tests/client/sample_messages.h"

// The program itself: its streams, its exit codes, its signals.
namespace coppice::client {
namespace {

using protocol::Method;

Command Coppice(const std::vector<std::string>& arguments, const std::string& connect) {
  Command command;
  command.argv = {std::string(Get(ProcessEnvironment(), "COPPICE_BIN_DIR")) + "/coppice"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = {{"COPPICE_CONNECT", connect}};
  return command;
}

Deadline Soon() { return Deadline::After(std::chrono::seconds(30)); }

TEST(Program, PrintsDataAndMessagesApart) {
  FakeDaemon daemon;
  daemon.Always(Method::kSearch, SampleSearch());
  const auto output = RunCommand(Coppice({"search", "failed job"}, daemon.endpoint()), Soon());
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->status.code, 0) << output->err;
  EXPECT_THAT(output->out, testing::HasSubstr("src/queue/worker.cpp:118-142"));
  EXPECT_THAT(output->out, testing::Not(testing::HasSubstr("\x1b")));
  EXPECT_EQ(output->err, "2 hits in 12 ms\n");
}

TEST(Program, ExitCodes) {
  EXPECT_EQ(RunCommand(Coppice({"--help"}, "/nonexistent"), Soon())->status.code, 0);
  EXPECT_EQ(RunCommand(Coppice({}, "/nonexistent"), Soon())->status.code, 64);
  EXPECT_EQ(RunCommand(Coppice({"list"}, "/nonexistent"), Soon())->status.code, 69);
}

TEST(Program, AddReadsAListFromItsStandardInput) {
  FakeDaemon daemon;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  const std::string list = "/a\n'/b\n";
  ASSERT_EQ(::write(ends[1], list.data(), list.size()), static_cast<ssize_t>(list.size()));
  ::close(ends[1]);
  Command command = Coppice({"add", "--from", "-"}, daemon.endpoint());
  command.stdin_fd = read_end.get();
  const auto output = RunCommand(command, Soon());
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->status.code, 64);
  EXPECT_THAT(output->err, testing::HasSubstr("standard input:2: a quote does not end"));
}

void InterruptedBy(int signal, int wanted_code) {
  FakeDaemon daemon;
  daemon.On(Method::kSync, [](const protocol::Request&, FakeDaemon::Answer& answer) {
    answer.Part(protocol::Progress{"ferry", "refs/heads/main", "parse", 1, 40});
  });
  auto child = ChildProcess::Start(Coppice({"sync", "--wait", "-q"}, daemon.endpoint()));
  ASSERT_TRUE(child) << child.error().message;
  ASSERT_TRUE(daemon.WaitFor(Method::kSync));
  child->Signal(signal);
  const auto status = child->Wait(Soon());
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->code, wanted_code) << status->ToString();
  EXPECT_TRUE(daemon.WaitFor(Method::kCancel));
}

TEST(Program, CtrlCCancelsOnTheDaemon) { InterruptedBy(SIGINT, 130); }
TEST(Program, TerminationDoesToo) { InterruptedBy(SIGTERM, 143); }

}  // namespace
}  // namespace coppice::client

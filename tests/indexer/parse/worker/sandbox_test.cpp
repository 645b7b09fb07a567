#include "indexer/parse/worker/sandbox.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <seccomp.h>
#include <signal.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/process.h"
#include "base/unique_fd.h"
#include "indexer/parse/parser.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"
#include "indexer/parse/worker/kernel_log.h"
#include "indexer/parse/worker/parser_process.h"
#include "indexer/parse/worker/system_call_filter.h"
#include "tests/support/golden.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::HasSubstr;

Deadline Soon() { return Deadline::After(seconds(60)); }

std::string Beside(const char* name) {
  return (fs::read_symlink("/proc/self/exe").parent_path() / name).string();
}

ParserProcessOptions Real() {
  const char* folder = std::getenv("COPPICE_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_NE(folder, nullptr) << "COPPICE_BIN_DIR is not set: run through ctest";
  ParserProcessOptions options;
  options.program = std::string(folder == nullptr ? "." : folder) + "/coppice-parser";
  return options;
}

/// What became of a process that was told something.
struct Outcome {
  bool answered = false;
  ExitStatus end;  // where it did not
};

/// Tells coppice-test-parser, under the name given, what to try.
Outcome Told(const std::string& order, const std::string& program, bool filter = true) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  WorkerOptions limits;
  limits.filter = filter;
  Command command;
  command.argv = ToArguments(limits);
  command.argv.insert(command.argv.begin(), program);
  command.stdin_fd = theirs.get();
  command.stdout_fd = theirs.get();
  auto child = ChildProcess::Start(command);
  EXPECT_TRUE(child) << child.error().ToString();
  if (!child) return {};
  theirs.Reset();
  FrameReader answers(ours.get());
  EXPECT_TRUE(answers.Read(Soon())) << "no greeting";
  EXPECT_TRUE(WriteAll(ours.get(), MakeFrame(EncodeRequest({1, Language::kC, order})), Soon()));
  Outcome outcome;
  outcome.answered = bool(answers.Read(Soon()));
  if (!outcome.answered) outcome.end = child->Wait(Soon()).value_or(ExitStatus{});
  return outcome;
}

class Forbidden : public ::testing::TestWithParam<const char*> {};

TEST_P(Forbidden, CallKillsTheProcess) {
  const std::string order = GetParam();
  if (kSanitized &&
      (order.ends_with("a file") || order == "map code" || order == "raise a limit")) {
    GTEST_SKIP() << "the sanitizers do that themselves";
  }
  const Outcome told = Told(order, Beside("coppice-test-parser"));
  EXPECT_FALSE(told.answered);
  EXPECT_EQ(told.end.signal, SIGSYS) << told.end.ToString();
}

TEST_P(Forbidden, CallWouldWorkOutsideTheSandbox) {
  const std::string order = GetParam();
  test::TempFolder folder;
  const fs::path program = folder.path() / "parser-without-sandbox";
  fs::create_symlink(Beside("coppice-test-parser"), program);
  const Outcome told = Told(order, program.string());
  if (order == "execute") {
    EXPECT_TRUE(told.end.ok()) << "not /bin/true: " << told.end.ToString();
  } else if (order == "connect" || order == "send away") {
    EXPECT_NE(told.end.code, 0) << "that pipe leads nowhere else";
    EXPECT_EQ(told.end.signal, 0);
  } else {
    EXPECT_TRUE(told.answered) << told.end.ToString();
  }
}

TEST_P(Forbidden, CallDoesLittleWithoutTheFilter) {
  if (kSanitized) GTEST_SKIP() << "the sanitizers need descriptors";
  const std::string order = GetParam();
  const Outcome told = Told(order, Beside("coppice-test-parser"), /*filter=*/false);
  const std::map<std::string, int> limits = {{"socket", EMFILE},
                                             {"read a file", EMFILE},
                                             {"write a file", EMFILE},
                                             {"fork", EAGAIN},
                                             {"raise a limit", EPERM}};
  if (limits.contains(order)) {
    EXPECT_FALSE(told.answered);
    EXPECT_EQ(told.end.code, limits.at(order)) << told.end.ToString();
  }
}

INSTANTIATE_TEST_SUITE_P(Sandbox, Forbidden,
                         ::testing::Values("socket", "connect", "send away", "read a file",
                                           "write a file", "execute", "fork", "ptrace",
                                           "signal the parent", "map code", "raise a limit"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

/// The lines "key: value" or "key  value" of a file of /proc.
std::string Proc(pid_t pid, const char* file) {
  return test::ReadFile(fs::path("/proc") / std::to_string(pid) / file);
}

TEST(SandboxTest, TheKernelConfirmsIt) {
  ParserProcess process(Real());
  const auto gap = process.SandboxGap(Soon());
  ASSERT_TRUE(gap) << gap.error().ToString();
  EXPECT_EQ(*gap, "");
  const std::string status = Proc(process.pid(), "status");
  EXPECT_THAT(status, HasSubstr("\nSeccomp:\t2\n"));
  EXPECT_THAT(status, HasSubstr("\nNoNewPrivs:\t1\n"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_THAT(status, HasSubstr(std::string("\n") + set + ":\t0000000000000000\n"));
  }
  if (::geteuid() == 0) {
    EXPECT_THAT(status, HasSubstr("\nUid:\t65534\t65534\t65534\t65534\n"));
    EXPECT_THAT(status, HasSubstr("\nGid:\t65534\t65534\t65534\t65534\n"));
    EXPECT_THAT(status, HasSubstr("\nGroups:\t \n"));
  }
}

TEST(SandboxTest, TheLimitsAreSet) {
  ParserProcessOptions options = Real();
  options.limits.memory_bytes = std::uint64_t{512} << 20U;
  ParserProcess process(options);
  ASSERT_TRUE(process.SandboxGap(Soon()));
  std::map<std::string, std::string> soft;
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/limits");
  for (std::string line; std::getline(file, line);) {
    soft[line.substr(0, line.find("  "))] = line.substr(26, line.find(' ', 26) - 26);
  }
  EXPECT_EQ(soft.at("Max file size"), "0");
  EXPECT_EQ(soft.at("Max processes"), "0");
  EXPECT_EQ(soft.at("Max core file size"), "0");
  EXPECT_LE(std::stoi(soft.at("Max cpu time")), 12);
  if (kSanitized) return;
  EXPECT_EQ(soft.at("Max open files"), "2");
  EXPECT_EQ(soft.at("Max address space"), "536870912");
}

TEST(SandboxTest, OnlyThePipeIsOpen) {
  if (kSanitized) GTEST_SKIP() << "the sanitizers keep standard error";
  ParserProcess process(Real());
  ASSERT_TRUE(process.SandboxGap(Soon()));
  std::vector<std::string> open;
  std::error_code status;
  for (const auto& entry :
       fs::directory_iterator("/proc/" + std::to_string(process.pid()) + "/fd", status)) {
    open.push_back(entry.path().filename().string());
  }
  ASSERT_FALSE(status) << status.message();
  EXPECT_THAT(open, ::testing::UnorderedElementsAre("0", "1"));
}

TEST(SandboxTest, EveryGoldenFileIsParsedInIt) {
  ParserProcess process(Real());
  Parser parser;
  int count = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(test::SourceDir() / "tests/golden/parse")) {
    const Language language = LanguageOfPath(entry.path().filename().string());
    if (!entry.is_regular_file() || !HasGrammar(language)) continue;
    const std::string text = test::ReadFile(entry.path());
    const std::vector<ParserProcess::Item> blob = {{language, text}};
    const auto facts = process.Parse(blob, Soon());
    ASSERT_TRUE(facts) << facts.error().ToString();
    EXPECT_EQ(facts->at(0), parser.Parse(language, text)) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 14);
}

TEST(SandboxTest, WithoutTheFilterItSaysSoAndKeepsTheRest) {
  ParserProcessOptions options = Real();
  options.sandbox = SandboxPolicy::kOff;
  ParserProcess process(options);
  const auto gap = process.SandboxGap(Soon());
  ASSERT_TRUE(gap) << gap.error().ToString();
  EXPECT_THAT(*gap, HasSubstr("index.sandbox"));
  const std::string status = Proc(process.pid(), "status");
  EXPECT_THAT(status, HasSubstr("\nSeccomp:\t0\n"));
  EXPECT_THAT(status, HasSubstr("\nNoNewPrivs:\t1\n"));
}

/// Runs `body` in a child to which the kernel refuses seccomp, as some containers do. Its result is
/// the child's exit code.
int WithoutSeccomp(int (*body)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    void* filter = ::seccomp_init(SCMP_ACT_ALLOW);
    ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0);
    const scmp_arg_cmp set_seccomp{0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0};
    ::seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, &set_seccomp);
    if (::seccomp_load(filter) != 0) ::_exit(99);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

const std::vector<ParserProcess::Item> kOneBlob = {{Language::kC, "int a;"}};

TEST(SandboxTest, AKernelWithoutSeccompIsNoted) {
  EXPECT_EQ(WithoutSeccomp([] {
              ParserProcess process(Real());
              const auto gap = process.SandboxGap(Soon());
              if (!gap) return 1;
              if (gap->find("no system call filter") == std::string::npos) return 2;
              return process.Parse(kOneBlob, Soon()) ? 0 : 3;
            }),
            0);
}

TEST(SandboxTest, AKernelWithoutSeccompIsRefusedWhereTheSandboxIsRequired) {
  EXPECT_EQ(WithoutSeccomp([] {
              ParserProcessOptions options = Real();
              options.sandbox = SandboxPolicy::kRequire;
              ParserProcess process(options);
              const auto facts = process.Parse(kOneBlob, Soon());
              if (facts) return 1;
              if (facts.error().code != ErrorCode::kUnsupported) return 2;
              return process.pid() == 0 ? 0 : 3;
            }),
            0);
}

TEST(KernelLogTest, TheLineOfAKilledProcessNamesTheCall) {
  const std::string record =
      "5,891,14602402570,-;audit: type=1326 audit(1795659173.811:10): auid=4294967295 uid=65534 "
      "gid=65534 ses=4294967295 pid=6477 comm=\"coppice-parser\" exe=\"/usr/bin/coppice-parser\" "
      "sig=31 arch=c000003e syscall=257 compat=0 ip=0x7fd298516011 code=0x80000000\n";
  EXPECT_EQ(ForbiddenCallIn(record, 6477), 257);
  EXPECT_EQ(ForbiddenCallIn(record, 647), std::nullopt);
  EXPECT_EQ(ForbiddenCallIn(record, 64770), std::nullopt);
  EXPECT_EQ(ForbiddenCallIn("6,1,2,-;usb 1-1: pid=6477 syscall=257\n", 6477), std::nullopt);
  EXPECT_EQ(ForbiddenCallIn("type=1326 pid=6477 syscall=x", 6477), std::nullopt);
  EXPECT_EQ(ForbiddenCallIn("", 6477), std::nullopt);
}

TEST(KernelLogTest, AProcessThatNobodyKilledIsNotInIt) {
  const auto begin = Deadline::Clock::now();
  EXPECT_EQ(ForbiddenCallOf(::getpid()), std::nullopt);
  EXPECT_LT(Deadline::Clock::now() - begin, seconds(30));
}

TEST(WorkerOptionsTest, ComeBackAsTheyWere) {
  const WorkerOptions options{12345, seconds(7), false};
  const std::vector<std::string> arguments = ToArguments(options);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  EXPECT_EQ(FromArguments(pointers), options);
}

TEST(WorkerOptionsTest, WhatIsNotKnownIsRefused) {
  for (const char* argument :
       {"", "--help", "--memory-limit=", "--memory-limit=x", "--memory-limit=-1", "--cpu-limit=0",
        "--cpu-limit=1s", "--no-filter=1"}) {
    const std::array<const char*, 1> arguments{argument};
    EXPECT_EQ(FromArguments(arguments), std::nullopt) << argument;
  }
  EXPECT_EQ(FromArguments({}), std::nullopt);
}

}  // namespace
}  // namespace coppice::indexer

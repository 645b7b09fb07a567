#include "indexer/parse/worker/parser_pool.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "indexer/parse/parser.h"
#include "tests/support/golden.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string BinDir() {
  const char* folder = std::getenv("COPPICE_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_NE(folder, nullptr) << "COPPICE_BIN_DIR is not set: run through ctest";
  return folder == nullptr ? "" : folder;
}

std::string TestParser() {
  return (fs::read_symlink("/proc/self/exe").parent_path() / "coppice-test-parser").string();
}

ParserProcessOptions Real() {
  ParserProcessOptions options;
  options.program = BinDir() + "/coppice-parser";
  return options;
}

ParserProcessOptions Misbehaving() {
  ParserProcessOptions options;
  options.program = TestParser();
  options.time_limit = milliseconds(300);
  return options;
}

store::BlobFacts Parsed(ParserProcess& process, const std::string& text,
                        Language language = Language::kC) {
  auto facts = process.Parse(language, text, Deadline::After(seconds(60)));
  EXPECT_TRUE(facts) << facts.error().ToString();
  return facts ? *facts : store::BlobFacts{};
}

TEST(ParserProcessTest, SaysWhatTheParserSays) {
  const std::string text = "// Doc.\nint f(Foo x) { return g(x); }\n";
  ParserProcess process(Real());
  Parser parser;
  EXPECT_EQ(Parsed(process, text, Language::kCpp), parser.Parse(Language::kCpp, text));
  EXPECT_EQ(Parsed(process, "# A\n", Language::kMarkdown),
            parser.Parse(Language::kMarkdown, "# A\n"));
  EXPECT_EQ(Parsed(process, "", Language::kPython), parser.Parse(Language::kPython, ""));
}

TEST(ParserProcessTest, OneProcessServesManyBlobs) {
  ParserProcess process(Real());
  Parsed(process, "int a;");
  const pid_t first = process.pid();
  Parsed(process, "int b;");
  EXPECT_GT(first, 0);
  EXPECT_EQ(process.pid(), first);
}

TEST(ParserProcessTest, ABlobOfOneMebibyteGoesThrough) {
  std::string text;
  while (text.size() < (1U << 20U) - 20) text += "int some_name;\n";
  ParserProcess process(Real());
  EXPECT_GT(Parsed(process, text).definitions.size(), 60'000U);
}

TEST(ParserProcessTest, ACrashCostsOneBlob) {
  ParserProcess process(Misbehaving());
  Parsed(process, "int a;");
  for (const std::string order : {"abort", "exit", "noise", "huge", "short", "foreign"}) {
    const auto facts = Parsed(process, order);
    EXPECT_EQ(facts.status, store::ParseStatus::kFellBack) << order;
    EXPECT_EQ(facts.reason, store::Reason::kParserCrashed) << order;
    EXPECT_EQ(facts.chunks.size(), 1U) << order;
    EXPECT_EQ(Parsed(process, "int b;").reason, store::Reason::kNone) << "after " << order;
  }
}

TEST(ParserProcessTest, ATimeoutCostsOneBlobAndTheProcess) {
  ParserProcess process(Misbehaving());
  Parsed(process, "int a;");
  const pid_t first = process.pid();
  const auto begin = std::chrono::steady_clock::now();
  const auto facts = Parsed(process, "hang");
  EXPECT_EQ(facts.reason, store::Reason::kParserTimedOut);
  EXPECT_EQ(facts.status, store::ParseStatus::kFellBack);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(::kill(first, 0), -1) << "the process that hung is still there";
  EXPECT_EQ(Parsed(process, "int b;").reason, store::Reason::kNone);
  EXPECT_NE(process.pid(), first);
}

TEST(ParserProcessTest, AProcessThatSomebodyKilledIsReplaced) {
  ParserProcess process(Real());
  Parsed(process, "int a;");
  const pid_t first = process.pid();
  ::kill(first, SIGKILL);
  EXPECT_EQ(Parsed(process, "int b;").reason, store::Reason::kNone);
  EXPECT_NE(process.pid(), first);
}

TEST(ParserProcessTest, TheMemoryLimitHolds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more than any limit";
#else
  ParserProcessOptions options = Real();
  options.limits.memory_bytes = std::uint64_t{96} << 20U;
  ParserProcess process(options);
  std::string text;  // its tree alone is far larger
  while (text.size() < 900'000) text += "a(b[c],{d:1});";
  EXPECT_EQ(Parsed(process, text, Language::kJavaScript).reason, store::Reason::kParserCrashed);
  EXPECT_EQ(Parsed(process, "int a;").reason, store::Reason::kNone);
#endif
}

TEST(ParserProcessTest, WhatEatsAllMemoryCostsOneBlob) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more than any limit";
#else
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(60);
  options.limits.memory_bytes = std::uint64_t{128} << 20U;
  ParserProcess process(options);
  EXPECT_EQ(Parsed(process, "eat").reason, store::Reason::kParserCrashed);
  EXPECT_EQ(Parsed(process, "int a;").reason, store::Reason::kNone);
#endif
}

TEST(ParserProcessTest, CpuTimeIsLimitedForEachBlob) {
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(60);  // the other limit has to be the one
  options.limits.cpu_limit = seconds(1);
  ParserProcess process(options);
  Parsed(process, "int a;");
  const auto facts = Parsed(process, "spin");
  EXPECT_EQ(facts.reason, store::Reason::kParserTimedOut);
  EXPECT_EQ(facts.status, store::ParseStatus::kFellBack);
  EXPECT_EQ(Parsed(process, "int b;").reason, store::Reason::kNone);
}

TEST(ParserProcessTest, AForbiddenSystemCallCostsOneBlob) {
  ParserProcess process(Misbehaving());
  for (const std::string order : {"socket", "execute", "fork"}) {
    const auto facts = Parsed(process, order);
    EXPECT_EQ(facts.reason, store::Reason::kParserCrashed) << order;
    EXPECT_EQ(facts.status, store::ParseStatus::kFellBack) << order;
    EXPECT_EQ(Parsed(process, "int a;").reason, store::Reason::kNone) << "after " << order;
  }
}

TEST(ParserProcessTest, AMissingProgramIsNotTheBlobsFault) {
  ParserProcessOptions options;
  options.program = "/nonexistent/coppice-parser";
  ParserProcess process(options);
  const auto facts = process.Parse(Language::kC, "int a;", Deadline::After(seconds(10)));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(facts.error().retryable);
  EXPECT_NE(facts.error().message.find("/nonexistent/coppice-parser"), std::string::npos);
}

TEST(ParserProcessTest, AProgramOfAnotherVersionIsRefused) {
  test::TempFolder folder;
  const auto link = [&](const char* name) {
    const fs::path path = folder.path() / name;
    fs::create_symlink(TestParser(), path);
    ParserProcessOptions options;
    options.program = path.string();
    return ParserProcess(options).Parse(Language::kC, "x", Deadline::After(seconds(10)));
  };
  const auto other = link("parser-of-another-version");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kUnsupportedVersion);
  const auto begin = std::chrono::steady_clock::now();
  const auto ended = link("parser-that-ends-at-once");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5)) << "waited for a dead process";
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(ended.error().message.find("exited with 3"), std::string::npos);
  const auto forbidden = link("parser-that-opens-a-socket-at-once");
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(forbidden.error().message.find("system call"), std::string::npos);
}

TEST(ParserProcessTest, AStopRequestEndsTheWait) {
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(60);
  ParserProcess process(options);
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(200));  // the call waits by then, or soon after
    stop.request_stop();
  });
  const auto facts = process.Parse(Language::kC, "hang", Deadline::Never(stop.get_token()));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kCancelled);
}

TEST(ParserProcessTest, NoProcessOutlivesTheOneThatStartedIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    ParserProcess process(Real());
    const auto facts = process.Parse(Language::kC, "int a;", Deadline::After(seconds(30)));
    const pid_t parser = facts ? process.pid() : 0;
    [[maybe_unused]] const auto put = ::write(ends[1], &parser, sizeof parser);
    ::kill(::getpid(), SIGKILL);  // no destructor runs
  }
  pid_t parser = 0;
  ASSERT_EQ(::read(ends[0], &parser, sizeof parser), static_cast<ssize_t>(sizeof parser));
  ASSERT_GT(parser, 0);
  ::waitpid(daemon, nullptr, 0);
  const auto end = std::chrono::steady_clock::now() + seconds(10);
  const auto gone = [&] {  // or a zombie that init has not reaped yet
    std::ifstream status("/proc/" + std::to_string(parser) + "/stat");
    std::string text;
    return !std::getline(status, text) || text.find(") Z") != std::string::npos;
  };
  while (!gone() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(gone());
}

TEST(ParserPoolTest, AnswersInOrderWithAllProcessesAtWork) {
  ParserPool pool(Real(), 2);
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back("int name_" + std::to_string(i) + ";\n");
  std::vector<ParserPool::Item> items;
  for (const std::string& text : texts) items.push_back({Language::kC, text});
  const auto facts = pool.ParseAll(items, Deadline::After(seconds(60)));
  ASSERT_TRUE(facts) << facts.error().ToString();
  ASSERT_EQ(facts->size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_EQ((*facts)[i].definitions.size(), 1U);
    EXPECT_EQ((*facts)[i].definitions[0].name, "name_" + std::to_string(i));
  }
}

TEST(ParserPoolTest, OneBadBlobDoesNotStopTheOthers) {
  ParserPool pool(Misbehaving(), 2);
  const std::vector<ParserPool::Item> items = {{Language::kC, "one"},   {Language::kC, "hang"},
                                               {Language::kC, "abort"}, {Language::kC, "two"},
                                               {Language::kC, "noise"}, {Language::kC, "three"}};
  const auto facts = pool.ParseAll(items, Deadline::After(seconds(60)));
  ASSERT_TRUE(facts) << facts.error().ToString();
  std::vector<store::Reason> reasons;
  for (const auto& one : *facts) reasons.push_back(one.reason);
  using store::Reason;
  EXPECT_EQ(reasons, (std::vector{Reason::kNone, Reason::kParserTimedOut, Reason::kParserCrashed,
                                  Reason::kNone, Reason::kParserCrashed, Reason::kNone}));
}

TEST(ParserPoolTest, AMissingProgramFailsTheCall) {
  ParserProcessOptions options;
  options.program = "/nonexistent/coppice-parser";
  ParserPool pool(options, 2);
  const std::vector<ParserPool::Item> items(10, {Language::kC, "int a;"});
  const auto facts = pool.ParseAll(items, Deadline::After(seconds(10)));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kUnavailable);
}

TEST(ParserPoolTest, AnExpiredDeadlineGivesUp) {
  ParserPool pool(Misbehaving(), 1);
  const std::vector<ParserPool::Item> items(10, {Language::kC, "int a;"});
  const auto facts = pool.ParseAll(items, Deadline::After(milliseconds(0)));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kDeadlineExceeded);
}

TEST(ParserPoolTest, NothingToDoIsDone) {
  ParserPool pool(Real(), 1);
  const auto facts = pool.ParseAll({}, Deadline::After(seconds(1)));
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->empty());
}

}  // namespace
}  // namespace coppice::indexer

#include "indexer/parse/worker/parser_pool.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <span>
#include <string>
#include <string_view>
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

Deadline Soon() { return Deadline::After(seconds(60)); }

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

Result<store::BlobFacts> ParseOne(ParserProcess& process, std::string_view text,
                                  const Deadline& deadline, Language language = Language::kC) {
  const ParserProcess::Item item{language, text};
  COPPICE_ASSIGN(auto facts, process.Parse(std::span(&item, 1), deadline));
  EXPECT_EQ(facts.size(), 1U);
  return std::move(facts.at(0));
}

store::BlobFacts Parsed(ParserProcess& process, const std::string& text,
                        Language language = Language::kC) {
  auto facts = ParseOne(process, text, Deadline::After(seconds(60)), language);
  EXPECT_TRUE(facts) << facts.error().ToString();
  return facts ? *facts : store::BlobFacts{};
}

using store::Reason;

/// Why each blob of one run was not parsed.
std::vector<Reason> Reasons(ParserProcess& process, const std::vector<std::string>& run) {
  std::vector<ParserProcess::Item> items;
  for (const std::string& text : run) items.push_back({Language::kC, text});
  const auto facts = process.Parse(items, Deadline::After(seconds(60)));
  EXPECT_TRUE(facts) << facts.error().ToString();
  std::vector<Reason> reasons;
  if (!facts) return reasons;
  for (std::size_t i = 0; i < facts->size(); ++i) {
    const store::BlobFacts& one = (*facts)[i];
    EXPECT_EQ(one.chunks.empty() ? 0 : one.chunks.back().range.end, run.at(i).size()) << i;
    reasons.push_back(one.reason);
  }
  return reasons;
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
  options.limits.memory_bytes = std::uint64_t{144} << 20U;  // the program maps 106
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
  const auto facts = ParseOne(process, "int a;", Deadline::After(seconds(10)));
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
    ParserProcess process(options);
    return ParseOne(process, "x", Deadline::After(seconds(10)));
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
  const auto facts = ParseOne(process, "hang", Deadline::Never(stop.get_token()));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kCancelled);
}

TEST(ParserProcessTest, NoProcessOutlivesTheOneThatStartedIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    ParserProcess process(Real());
    const auto facts = ParseOne(process, "int a;", Deadline::After(seconds(30)));
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

TEST(ParserRunTest, SaysOfEachWhatTheParserSays) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back("int f_" + std::to_string(i) + "() { g(); }\n");
  texts.emplace_back();
  texts.push_back("// " + std::string(100'000, 'x') + "\nint last;\n");
  std::vector<ParserProcess::Item> items;
  for (const std::string& text : texts) items.push_back({Language::kCpp, text});
  ParserProcess process(Real());
  const auto facts = process.Parse(items, Soon());
  ASSERT_TRUE(facts) << facts.error().ToString();
  ASSERT_EQ(facts->size(), texts.size());
  Parser parser;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ((*facts)[i], parser.Parse(Language::kCpp, texts[i])) << i;
  }
}

TEST(ParserRunTest, MoreThanThePipeHoldsGoesBothWays) {
  std::string text;
  while (text.size() < 300'000) text += "int some_name = f(g);\n";
  const std::vector<ParserProcess::Item> items(8, {Language::kC, text});
  ParserProcess process(Real());
  const auto facts = process.Parse(items, Soon());
  ASSERT_TRUE(facts) << facts.error().ToString();
  for (const store::BlobFacts& one : *facts) EXPECT_EQ(one, facts->front());
}

TEST(ParserRunTest, AKillerInTheMiddleCostsOnlyItself) {
  for (const std::string order : {"abort", "exit", "noise", "huge", "short", "foreign", "socket"}) {
    ParserProcess process(Misbehaving());
    EXPECT_EQ(Reasons(process, {"one", "two", order, "three", "four"}),
              (std::vector{Reason::kNone, Reason::kNone, Reason::kParserCrashed, Reason::kNone,
                           Reason::kNone}))
        << order;
  }
}

TEST(ParserRunTest, KillersAtBothEndsAndSideBySide) {
  ParserProcess process(Misbehaving());
  EXPECT_EQ(Reasons(process, {"abort", "exit", "one", "hang", "abort"}),
            (std::vector{Reason::kParserCrashed, Reason::kParserCrashed, Reason::kNone,
                         Reason::kParserTimedOut, Reason::kParserCrashed}));
  EXPECT_EQ(Reasons(process, {"two"}), std::vector{Reason::kNone});
}

TEST(ParserRunTest, AHangInTheMiddleCostsOnlyItself) {
  ParserProcess process(Misbehaving());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Reasons(process, {"one", "hang", "two", "three"}),
            (std::vector{Reason::kNone, Reason::kParserTimedOut, Reason::kNone, Reason::kNone}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
}

TEST(ParserRunTest, EachBlobHasATimeLimitOfItsOwn) {
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(1);
  ParserProcess process(options);
  const std::vector<std::string> run(8, "nap");  // 200 ms
  EXPECT_EQ(Reasons(process, run), std::vector(8, Reason::kNone));
}

TEST(ParserRunTest, EachBlobHasCpuTimeOfItsOwn) {
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(60);
  options.limits.cpu_limit = seconds(1);
  ParserProcess process(options);
  const pid_t first = (Parsed(process, "one"), process.pid());
  EXPECT_EQ(Reasons(process, std::vector<std::string>(4, "work")), std::vector(4, Reason::kNone));
  EXPECT_EQ(process.pid(), first);
  EXPECT_EQ(Reasons(process, {"one", "spin", "two"}),
            (std::vector{Reason::kNone, Reason::kParserTimedOut, Reason::kNone}));
}

TEST(ParserRunTest, AnswersThatAreMissingOrTooManyAreNotTakenForOthers) {
  ParserProcess process(Misbehaving());
  EXPECT_EQ(Reasons(process, {"one", "silent", "two", "three"}),
            (std::vector{Reason::kNone, Reason::kParserTimedOut, Reason::kNone, Reason::kNone}));
  EXPECT_EQ(Reasons(process, {"one", "twice", "two", "three"}), std::vector(4, Reason::kNone));
  EXPECT_EQ(Reasons(process, {"one", "ahead", "another", "three"}), std::vector(4, Reason::kNone));
  for (const std::string last : {"twice", "ahead"}) {  // what is left over is not of the next run
    EXPECT_EQ(Reasons(process, {"one", last}), std::vector(2, Reason::kNone)) << last;
    EXPECT_EQ(Reasons(process, {last, "two"}), std::vector(2, Reason::kNone)) << last;
  }
}

TEST(ParserRunTest, WhatSomebodyKilledIsTriedAgain) {
  ParserProcess process(Real());
  Parsed(process, "int a;");
  ::kill(process.pid(), SIGKILL);
  EXPECT_EQ(Reasons(process, {"int b;", "int c;"}), std::vector(2, Reason::kNone));
}

TEST(ParserRunTest, AStopRequestEndsTheRun) {
  ParserProcessOptions options = Misbehaving();
  options.time_limit = seconds(60);
  ParserProcess process(options);
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(200));  // the call waits by then, or soon after
    stop.request_stop();
  });
  const std::vector<ParserProcess::Item> items = {
      {Language::kC, "one"}, {Language::kC, "hang"}, {Language::kC, "two"}};
  const auto facts = process.Parse(items, Deadline::Never(stop.get_token()));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(process.pid(), 0) << "a process that is still at work is no use for the next run";
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

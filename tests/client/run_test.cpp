#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "base/format.h"
#include "base/thread.h"
#include "client/command_line.h"
#include "client/json_writer.h"
#include "tests/client/fake_daemon.h"
#include "tests/client/sample_messages.h"

namespace coppice::client {
namespace {

using protocol::Method;
using testing::ElementsAre;
using testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// A FILE that writes into memory.
class MemoryFile {
 public:
  MemoryFile() : file_(::open_memstream(&data_, &size_)) {}
  ~MemoryFile() {
    std::fclose(file_);
    std::free(data_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::FILE* get() { return file_; }
  std::string text() {
    std::fflush(file_);
    return {data_, size_};
  }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

Outcome RunWith(std::vector<std::string> arguments, const std::string& connect,
                const std::stop_token& stop = {}) {
  MemoryFile out;
  MemoryFile err;
  const Environment environment = {{"COPPICE_CONNECT", connect}, {"LANG", "C.UTF-8"}};
  const int code = RunCoppice(arguments, environment, out.get(), err.get(), stop);
  return {code, out.text(), err.text()};
}

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

class RunTest : public testing::Test {
 protected:
  Outcome Coppice(std::vector<std::string> arguments, const std::stop_token& stop = {}) {
    return RunWith(std::move(arguments), daemon_.endpoint(), stop);
  }
  FakeDaemon daemon_;
};

TEST_F(RunTest, SearchSendsWhatTheFlagsSay) {
  protocol::SearchRequest got;
  daemon_.Compute<protocol::SearchRequest, protocol::SearchReply>(
      Method::kSearch, [&](const protocol::SearchRequest& request) {
        got = request;
        return SampleSearch();
      });
  const Outcome outcome = Coppice(
      {"search",   "where",     "is it",     "--repo",  "ferry*",  "--repo",     "x",
       "--ref",    "main",      "--lang",    "cpp",     "--path",  "src/**",     "--kind",
       "method",   "--content", "code",      "--limit", "3",       "--budget",   "500",
       "--cursor", "c",         "--explain", "--at",    "abcdef1", "--wait-for", "1234567"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(got.query, "where is it");
  EXPECT_THAT(got.view.repos, ElementsAre("ferry*", "x"));
  EXPECT_EQ(got.view.ref + got.view.at + got.view.wait_for, "mainabcdef11234567");
  EXPECT_THAT(got.filter.languages, ElementsAre("cpp"));
  EXPECT_THAT(got.filter.paths, ElementsAre("src/**"));
  EXPECT_THAT(got.filter.kinds, ElementsAre("method"));
  EXPECT_THAT(got.filter.contents, ElementsAre("code"));
  EXPECT_EQ(got.limit, 3U);
  EXPECT_EQ(got.budget_tokens, 500U);
  EXPECT_EQ(got.cursor, "c");
  EXPECT_TRUE(got.explain);
  EXPECT_THAT(outcome.out,
              HasSubstr("src/queue/worker.cpp:118-142  ferry::Worker::RetryJob (method)  0.831"));
  EXPECT_EQ(outcome.err, "2 hits in 12 ms\n");
}

TEST_F(RunTest, SearchAsJsonAndPlain) {
  daemon_.Always(Method::kSearch, SampleSearch());
  const Outcome json = Coppice({"search", "x", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_EQ(json.err, "");
  ASSERT_EQ(Lines(json.out).size(), 1U);
  EXPECT_THAT(json.out, testing::StartsWith("{\"schema\":1,\"query\":"));
  const Outcome plain = Coppice({"--plain", "search", "x", "-q"});
  EXPECT_THAT(plain.out, testing::StartsWith("src/queue/worker.cpp\t118\t142\t"));
  EXPECT_EQ(plain.err, "");
}

TEST_F(RunTest, NoHitsIsNoFailure) {
  protocol::SearchReply none;
  none.views = {SampleView()};
  daemon_.Always(Method::kSearch, none);
  const Outcome outcome = Coppice({"search", "x"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("no hits"));
}

TEST_F(RunTest, AWorktreeIsRefusedByName) {
  const Outcome outcome = Coppice({"search", "x", "--worktree", "/y", "--json"});
  EXPECT_EQ(outcome.code, 64);
  const Json error = Json::parse(outcome.out)["error"];
  EXPECT_EQ(error["code"], "unsupported");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("--worktree"));
}

TEST_F(RunTest, ErrorsOfTheDaemonBecomeExitCodes) {
  daemon_.On(Method::kStatus, [](const protocol::Request&, FakeDaemon::Answer& answer) {
    answer.Fail(MakeError(ErrorCode::kNotFound, "no repository \x1b[1mx", "Give one of: ferry."));
  });
  const Outcome human = Coppice({"status", "x"});
  EXPECT_EQ(human.code, 65);
  EXPECT_EQ(human.out, "");
  EXPECT_EQ(human.err, "coppice: no repository \\x1b[1mx\n  Give one of: ferry.\n");
  const Outcome json = Coppice({"status", "x", "--json"});
  EXPECT_EQ(json.code, 65);
  EXPECT_EQ(json.err, "");
  EXPECT_EQ(Json::parse(json.out)["error"]["code"], "not_found");
}

TEST_F(RunTest, UsageErrorsAsJsonToo) {
  const Outcome outcome = Coppice({"search", "--json"});
  EXPECT_EQ(outcome.code, 64);
  EXPECT_EQ(Json::parse(outcome.out)["error"]["code"], "invalid_argument");
}

TEST(NoDaemon, SaysWhatWasTriedAndHowToStartOne) {
  const Outcome outcome = RunWith({"ping"}, "ipc:///nonexistent/a.sock,/nonexistent/b.sock");
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("no daemon answers at $COPPICE_CONNECT"));
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/a.sock"));
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/b.sock"));
  EXPECT_THAT(outcome.err, HasSubstr("systemctl start coppiced"));
}

TEST(NoDaemon, TheVersionIsKnownAllTheSame) {
  const Outcome outcome = RunWith({"version", "--json"}, "/nonexistent/a.sock");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(Json::parse(outcome.out)["daemon"].is_null());
}

TEST_F(RunTest, TheSecondEndpointServesWhereTheFirstIsGone) {
  daemon_.Always(Method::kList, protocol::ListReply{{SampleRepo()}});
  const Outcome outcome = RunWith({"list", "-v"}, "/nonexistent/a.sock," + daemon_.endpoint());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("ferry"));
  EXPECT_THAT(outcome.err, HasSubstr("connected to " + daemon_.endpoint()));
}

TEST_F(RunTest, PingAndVersion) {
  daemon_.Always(Method::kHealth, protocol::HealthReply{"ready", "3 repositories"});
  const Outcome ping = Coppice({"ping"});
  EXPECT_EQ(ping.code, 0) << ping.err;
  EXPECT_THAT(ping.out, testing::StartsWith("coppiced 9.8.7 at " + daemon_.endpoint() +
                                            " is ready (3 repositories), "));
  const Json json = Json::parse(Coppice({"ping", "--json"}).out);
  EXPECT_EQ(json["state"], "ready");
  EXPECT_GE(json["took_ms"].get<double>(), 0.0);
  EXPECT_EQ(Json::parse(Coppice({"version", "--json"}).out)["daemon"], "9.8.7");
}

void AnswerAddInSteps(const protocol::Request&, FakeDaemon::Answer& answer) {
  for (int done = 0; done <= 40; done += 10) {
    answer.Part(protocol::Progress{"ferry", "refs/heads/main", "parse", done, 40});
  }
  answer.Part(protocol::Progress{"ferry", "refs/heads/main", "done", 40, 40});
  answer.Final(protocol::AddReply{SampleRepo(), {"41"}, ""});
}

TEST_F(RunTest, AddWaitShowsProgressOnStderr) {
  daemon_.On(Method::kAdd, &AnswerAddInSteps);
  const Outcome outcome = Coppice({"add", ".", "--wait"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("ferry main: parse 0 of 40\n"));
  EXPECT_THAT(outcome.err, HasSubstr("ferry main: done 40 of 40\n"));
  EXPECT_THAT(outcome.out, HasSubstr("ferry  ready  /srv/git/ferry.git"));
  EXPECT_EQ(Coppice({"add", ".", "--wait", "-q"}).err, "");
}

TEST_F(RunTest, AddWaitAsJsonIsAStreamWithAnEnd) {
  daemon_.On(Method::kAdd, &AnswerAddInSteps);
  const Outcome outcome = Coppice({"add", ".", "--wait", "--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  const std::vector<Json> lines = Lines(outcome.out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[1]["event"], "progress");
  EXPECT_EQ(lines[1]["schema"], 1);
  EXPECT_EQ(lines[1]["done"], 10);
  EXPECT_FALSE(lines[5].contains("final"));
  EXPECT_EQ(lines[6]["final"], true);
  EXPECT_EQ(lines[6]["repo"]["name"], "ferry");
}

TEST_F(RunTest, AStreamThatFailsEndsWithAFinalError) {
  daemon_.On(Method::kAdd, [](const protocol::Request&, FakeDaemon::Answer& answer) {
    answer.Part(protocol::Progress{"ferry", "", "scan", 0, 0});
    answer.Fail(MakeError(ErrorCode::kPermissionDenied, "/x: permission denied"));
  });
  const Outcome outcome = Coppice({"add", "/x", "--wait", "--json"});
  EXPECT_EQ(outcome.code, 77);
  const std::vector<Json> lines = Lines(outcome.out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["error"]["code"], "permission_denied");
  EXPECT_EQ(lines[1]["final"], true);
}

TEST_F(RunTest, AJobThatFailedIsToldByTheCodeOfItsError) {
  for (const auto& [error, exit_code] :
       {std::pair(ErrorCode::kCorrupt, 65), std::pair(ErrorCode::kUnavailable, 75)}) {
    int asked = 0;
    daemon_.On(Method::kSync,
               [&asked, code = error](const protocol::Request&, FakeDaemon::Answer& answer) {
                 ++asked;
                 answer.Part(protocol::Progress{"gone", "refs/heads/main", "failed", 0, 0});
                 Error job = MakeError(code, "gone: pack is damaged", "coppice jobs retry j1");
                 job.retryable = false;
                 answer.Fail(job);
               });
    const Outcome outcome = Coppice({"sync", "--wait"});
    EXPECT_EQ(outcome.code, exit_code);
    EXPECT_EQ(asked, 1) << "the queue has given up: asking again starts nothing";
    EXPECT_THAT(outcome.err, HasSubstr("coppice jobs retry j1"));
  }
}

TEST_F(RunTest, AddSendsAnAbsoluteLocation) {
  std::vector<std::string> locations;
  daemon_.Compute<protocol::AddRequest, protocol::AddReply>(
      Method::kAdd, [&](const protocol::AddRequest& request) {
        locations.push_back(request.location + " " + request.name + " " +
                            std::to_string(request.refs.size()) + " " + request.subtree);
        return protocol::AddReply{SampleRepo(), {}, ""};
      });
  EXPECT_EQ(Coppice({"add", "/nonexistent/../x", "--name", "n", "--ref", "a", "--ref", "b/*",
                     "--subtree", "s"})
                .code,
            0);
  EXPECT_EQ(Coppice({"add", "git@example.org:x.git"}).code, 0);
  EXPECT_THAT(locations, ElementsAre("/x n 2 s", "git@example.org:x.git  0 "));
}

/// A list for `add --from`, gone with this object.
class ListFile {
 public:
  explicit ListFile(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "coppice-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(path()) << text;
  }
  ~ListFile() { std::filesystem::remove_all(folder_); }
  ListFile(const ListFile&) = delete;
  ListFile& operator=(const ListFile&) = delete;
  [[nodiscard]] std::string path() const { return (folder_ / "repos.txt").string(); }

 private:
  std::filesystem::path folder_;
};

/// Answers `add` with the repository asked for, and `sync` with it too; "bad" is no repository.
void AnswerLists(FakeDaemon& daemon, std::vector<std::string>& asked) {
  daemon.On(Method::kAdd, [&](const protocol::Request& request, FakeDaemon::Answer& answer) {
    const auto add =
        *protocol::Decode<protocol::AddRequest>(request.body, protocol::kRequestLimits);
    asked.push_back(fmt::format("add {} {} {} {}", add.location, add.name, fmt::join(add.refs, ","),
                                add.subtree));
    if (add.location == "/bad") {
      return answer.Fail(MakeError(ErrorCode::kNotFound, "/bad: no such directory"));
    }
    protocol::RepoInfo repo = SampleRepo();
    repo.name = add.name;
    answer.Final(protocol::AddReply{repo, {"41"}, ""});
  });
  daemon.On(Method::kSync, [&](const protocol::Request& request, FakeDaemon::Answer& answer) {
    const auto sync =
        *protocol::Decode<protocol::SyncRequest>(request.body, protocol::kRequestLimits);
    asked.push_back("sync " + sync.repo + (sync.wait ? " wait" : ""));
    if (sync.repo == "broken") {
      return answer.Fail(MakeError(ErrorCode::kCorrupt, "broken: object missing"));
    }
    protocol::RepoInfo repo = SampleRepo();
    repo.name = sync.repo;
    answer.Final(protocol::SyncReply{{repo}, {"41"}});
  });
}

TEST_F(RunTest, AddFromAListQueuesAllBeforeItWaits) {
  std::vector<std::string> asked;
  AnswerLists(daemon_, asked);
  const ListFile list(
      "# ours\n\n  /a --name one --ref main --ref 'release/*'  # the first\n"
      "git@example.org:b.git --name two --subtree \"my docs\"\r\n");
  const Outcome outcome = Coppice({"add", "--from", list.path(), "--wait"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(asked,
              ElementsAre("add /a one main,release/* ", "add git@example.org:b.git two  my docs",
                          "sync one wait", "sync two wait"));
  EXPECT_THAT(outcome.out, HasSubstr("one  ready"));
  EXPECT_THAT(outcome.out, HasSubstr("two  ready"));
}

TEST_F(RunTest, ALineThatCannotBeReadCostsTheWholeList) {
  for (const auto& [line, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"/b --nmae", "repos.txt:3: The following argument was not expected: --nmae"},
           {"/b /c", "repos.txt:3: The following argument was not expected: /c"},
           {"--name x", "repos.txt:3: PATH|URL is required"},
           {"/b 'c", "repos.txt:3: a quote does not end"}}) {
    const ListFile list("/a\n\n" + line + "\n");
    const Outcome outcome = Coppice({"add", "--from", list.path()});
    EXPECT_EQ(outcome.code, 64) << line;
    EXPECT_THAT(outcome.err, HasSubstr(wanted));
  }
  EXPECT_THAT(daemon_.seen(), testing::IsEmpty());
  const Outcome gone = Coppice({"add", "--from", "/nonexistent/list"});
  EXPECT_EQ(gone.code, 64);
  EXPECT_THAT(gone.err, HasSubstr("/nonexistent/list: No such file or directory"));
}

TEST_F(RunTest, ARepositoryThatFailsCostsItselfOnly) {
  std::vector<std::string> asked;
  AnswerLists(daemon_, asked);
  const ListFile list("/bad\n/b --name broken\n/c --name three\n");
  const Outcome human = Coppice({"add", "--from", list.path(), "--wait"});
  EXPECT_EQ(human.code, 65);
  EXPECT_THAT(human.err, HasSubstr("repos.txt:1: /bad: no such directory\n"));
  EXPECT_THAT(human.err, HasSubstr("repos.txt:2: broken: object missing\n"));
  EXPECT_THAT(human.out, HasSubstr("three  ready"));

  const Outcome json = Coppice({"add", "--from", list.path(), "--json"});
  EXPECT_EQ(json.code, 65);
  EXPECT_EQ(json.err, "");
  const std::vector<Json> lines = Lines(json.out);
  ASSERT_EQ(lines.size(), 4U) << json.out;
  EXPECT_EQ(lines[0]["event"], "failed");
  EXPECT_EQ(lines[0]["error"]["code"], "not_found");
  EXPECT_EQ(lines[1]["event"], "added");
  EXPECT_EQ(lines[1]["repo"]["name"], "broken");
  EXPECT_EQ(lines[3]["added"], 2);
  EXPECT_EQ(lines[3]["failed"], 1);
  EXPECT_EQ(lines[3]["final"], true);
}

TEST_F(RunTest, AListEndsWhereTheDaemonDoes) {
  daemon_.On(Method::kAdd, [](const protocol::Request&, FakeDaemon::Answer& answer) {
    answer.Fail(MakeError(ErrorCode::kUnavailable, "the daemon is stopping"));
  });
  const ListFile list("/a\n/b\n");
  const Outcome outcome = Coppice({"add", "--from", list.path(), "--timeout", "1"});
  EXPECT_EQ(outcome.code, 75);
  EXPECT_THAT(outcome.err, HasSubstr("repos.txt:1: "));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("repos.txt:2: ")));
}

TEST_F(RunTest, FilesAreAStream) {
  protocol::FilesRequest got;
  daemon_.On(Method::kFiles, [&](const protocol::Request& request, FakeDaemon::Answer& answer) {
    got = *protocol::Decode<protocol::FilesRequest>(request.body, protocol::kRequestLimits);
    answer.Part(SampleFiles());
    answer.Part(SampleFiles());
    answer.Final(protocol::FilesReply{SampleView(), 6});
  });
  const Outcome json = Coppice({"files", "ferry", "--state", "skipped", "--json"});
  EXPECT_EQ(got.state, "skipped");
  const std::vector<Json> lines = Lines(json.out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[2]["path"], "bad\\xff name\t.py");
  EXPECT_EQ(lines[2]["path_b64"], Base64("bad\xff name\t.py"));
  EXPECT_EQ(lines[6]["final"], true);
  EXPECT_EQ(lines[6]["count"], 6);
  const Outcome human = Coppice({"files", "ferry"});
  EXPECT_THAT(human.out, HasSubstr("skipped: too_large"));
  EXPECT_EQ(human.err, "6 files of ferry main 3f2a9c1b42\n");
}

TEST_F(RunTest, JobsRetryAndCancel) {
  daemon_.Always(Method::kJobs, SampleJobs());
  daemon_.Always(Method::kJobsRetry, SampleJobs().jobs[0]);
  daemon_.Always(Method::kJobsCancel, SampleJobs().jobs[1]);
  EXPECT_THAT(Coppice({"jobs", "--failed"}).out, HasSubstr("not_found: /srv/git/gone"));
  EXPECT_EQ(Json::parse(Coppice({"jobs", "retry", "41", "--json"}).out)["id"], "41");
  EXPECT_EQ(Coppice({"jobs", "cancel", "40"}).code, 0);
  EXPECT_THAT(daemon_.seen(), ElementsAre(Method::kJobs, Method::kJobsRetry, Method::kJobsCancel));
}

TEST_F(RunTest, ShowAsksForWhatTheArgumentLooksLike) {
  std::vector<std::string> asked;
  daemon_.On(Method::kShow, [&](const protocol::Request& request, FakeDaemon::Answer& answer) {
    const auto show =
        *protocol::Decode<protocol::ShowRequest>(request.body, protocol::kRequestLimits);
    asked.push_back(show.id + "|" + show.path.value + "|" + std::to_string(show.first_line) + "-" +
                    std::to_string(show.last_line));
    if (show.id == "Makefile") {
      return answer.Fail(MakeError(ErrorCode::kInvalidArgument, "no id of a hit"));
    }
    if (show.id == "hGone") return answer.Fail(MakeError(ErrorCode::kNotFound, "no such hit"));
    if (show.path.value == "gone.c") {
      return answer.Fail(MakeError(ErrorCode::kNotFound, "no such file"));
    }
    answer.Final(SampleShow());
  });
  EXPECT_EQ(Coppice({"show", "./docs/a.md:3-9"}).code, 0);
  EXPECT_EQ(Coppice({"show", "h17"}).code, 0);
  EXPECT_EQ(Coppice({"show", "Makefile"}).code, 0);
  EXPECT_THAT(Coppice({"show", "gone.c"}).err, HasSubstr("no such file"));
  EXPECT_THAT(Coppice({"show", "hGone"}).err, HasSubstr("no such hit"));
  EXPECT_EQ(Coppice({"show", "a.c:0"}).code, 64);
  EXPECT_THAT(asked, ElementsAre("|docs/a.md|3-9", "h17||0-0", "Makefile||0-0", "|Makefile|0-0",
                                 "|gone.c|0-0", "hGone||0-0"));
}

TEST_F(RunTest, ShowPlainInAPipeGivesTheBytes) {
  protocol::ShowReply reply = SampleShow();
  reply.hit.text.value = std::string("a\0b\xff\r\n", 6);
  daemon_.Always(Method::kShow, reply);
  EXPECT_EQ(Coppice({"show", "a.c", "--plain"}).out, reply.hit.text.value);
}

TEST_F(RunTest, AnEmptyListSaysWhatToDo) {
  daemon_.Always(Method::kList, protocol::ListReply{});
  const Outcome outcome = Coppice({"list"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "no repositories yet: coppice add PATH\n");
}

TEST_F(RunTest, Remove) {
  protocol::RemoveRequest got;
  daemon_.Compute<protocol::RemoveRequest, protocol::Empty>(
      Method::kRemove, [&](const protocol::RemoveRequest& request) {
        got = request;
        return protocol::Empty{};
      });
  const Outcome outcome = Coppice({"remove", "ferry", "--purge", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(got.purge);
  EXPECT_EQ(outcome.out, "{\"schema\":1,\"removed\":\"ferry\",\"purged\":true}\n");
}

TEST_F(RunTest, TheTimeoutEndsACallThatHangs) {
  daemon_.On(Method::kSearch, [](const protocol::Request&, FakeDaemon::Answer&) {});
  const Outcome outcome = Coppice({"search", "x", "--timeout", "0.3"});
  EXPECT_EQ(outcome.code, 75) << outcome.err;
  EXPECT_TRUE(daemon_.WaitFor(Method::kCancel));
}

TEST_F(RunTest, AStopCancelsTheCallOnTheDaemon) {
  daemon_.On(Method::kAdd, [](const protocol::Request&, FakeDaemon::Answer&) {});
  std::stop_source source;
  NamedThread stopper("stopper", [&](const std::stop_token&) {
    ASSERT_TRUE(daemon_.WaitFor(Method::kAdd));
    source.request_stop();
  });
  const Outcome outcome = Coppice({"add", ".", "--wait"}, source.get_token());
  stopper.Join();
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_TRUE(daemon_.WaitFor(Method::kCancel));
}

}  // namespace
}  // namespace coppice::client

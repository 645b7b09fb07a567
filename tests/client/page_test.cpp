#include <gmock/gmock.h>

#include "client/render/code.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/model_page.h"
#include "client/render/repository_page.h"
#include "client/render/search_page.h"
#include "tests/client/golden.h"
#include "tests/client/sample_messages.h"

namespace coppice::client {
namespace {

Display Pipe() { return {false, false, true, 80}; }
Display Screen() { return {true, true, true, 80}; }
Display AsciiScreen() { return {true, false, false, 80}; }

TEST(SearchPage, InAPipe) {
  EXPECT_TRUE(MatchesGolden(SearchPage(SampleSearch(), Pipe(), false), "search.txt"));
}
TEST(SearchPage, OnATerminal) {
  EXPECT_TRUE(MatchesGolden(SearchPage(SampleSearch(), Screen(), false), "search-colour.txt"));
}
TEST(SearchPage, OnATerminalWithoutUtf8) {
  EXPECT_TRUE(
      MatchesGolden(SearchPage(SampleSearch(), AsciiScreen(), true), "search-ascii-explain.txt"));
}
TEST(SearchPage, Plain) {
  EXPECT_TRUE(MatchesGolden(SearchPlain(SampleSearch()), "search-plain.txt"));
}

TEST(SearchPage, SaysThatAViewIsStale) {
  protocol::SearchReply reply = SampleSearch();
  reply.views[0].stale = true;
  reply.views[0].head_commit = "9876543210abcdef";
  EXPECT_THAT(SearchPage(reply, Pipe(), false),
              testing::HasSubstr("stale: the head is 9876543210"));
}

TEST(SearchPage, OfManyViewsShowsThoseWithHits) {
  protocol::SearchReply reply = SampleSearch();
  for (int i = 0; i < 20; ++i) {
    protocol::ViewInfo view = SampleView();
    view.repo = "other" + std::to_string(i);
    reply.views.insert(reply.views.begin(), view);
  }
  const std::string page = SearchPage(reply, Pipe(), false);
  EXPECT_THAT(page, testing::StartsWith("ferry  main"));
  EXPECT_THAT(page, testing::HasSubstr("\nand 16 more\n"));
  EXPECT_THAT(page, testing::HasSubstr("0.831  ferry main\n"));
}

TEST(SearchNote, SaysWhatIsMissing) {
  protocol::SearchReply reply;
  EXPECT_EQ(SearchNote(reply), "no hits in 0 ms; nothing is indexed: coppice add PATH\n");
  reply = SampleSearch();
  reply.partial = true;
  reply.cursor = "c1";
  EXPECT_EQ(SearchNote(reply),
            "2 hits in 12 ms; partial: text was left out; more with --cursor c1\n");
  protocol::ViewInfo unborn;
  unborn.repo = "empty";
  protocol::ViewInfo fresh = unborn;
  fresh.repo = "fresh";
  fresh.stale = true;
  reply.views = {reply.views.front(), unborn, fresh};
  EXPECT_THAT(SearchNote(reply), testing::HasSubstr("; partial: a repository is not indexed yet;"));
  const std::string page = SearchPage(reply, Pipe(), false);
  EXPECT_THAT(page, testing::HasSubstr("empty  -  no commit yet\n"));
  EXPECT_THAT(page, testing::HasSubstr("fresh  -  not indexed yet\n"));
  reply.views.push_back(fresh);
  EXPECT_THAT(SearchNote(reply),
              testing::HasSubstr("; partial: 2 repositories are not indexed yet"));
}

/// Nothing but text, newlines, and escape sequences that this program makes itself.
void ExpectSafe(std::string_view page) {
  for (std::string_view rest = page; !rest.empty();) {
    if (rest.front() == '\x1b') {
      const std::size_t end = rest.find_first_not_of("0123456789;", 2);
      ASSERT_EQ(rest.substr(0, 2), "\x1b[");
      ASSERT_EQ(rest.at(end), 'm') << page;
      rest.remove_prefix(end + 1);
      continue;
    }
    const Glyph glyph = ReadGlyph(rest);
    ASSERT_TRUE(glyph.safe || rest.front() == '\n') << page;
    rest.remove_prefix(glyph.length_bytes);
  }
}

TEST(Pages, NothingFromARepositoryReachesTheTerminalRaw) {
  protocol::SearchReply reply = SampleSearch();
  reply.hits = {HostileHit()};
  reply.views[0].repo = "re\x1b[5mpo";
  reply.cursor = "\x1b[7m";
  ExpectSafe(SearchPage(reply, Screen(), true));
  ExpectSafe(SearchNote(reply));
  // Plain lines are tab-separated: the only control character.
  std::string plain = SearchPlain(reply);
  EXPECT_EQ(std::count(plain.begin(), plain.end(), '\t'), 10);
  std::replace(plain.begin(), plain.end(), '\t', ' ');
  ExpectSafe(plain);
  protocol::ShowReply show = SampleShow();
  show.hit = HostileHit();
  ExpectSafe(ShowPage(show, Screen()));
  protocol::StatusReply status = SampleStatus();
  status.repos[0].problem = "\x1b[31m\u202E";
  status.repos[0].location = "/srv/\x9b\n";
  status.models[0].name = "m\x07";
  ExpectSafe(StatusPage(status, Screen()));
  ExpectSafe(ListPage({status.repos}, Screen()));
  ExpectSafe(FilesLines(SampleFiles(), Screen()));
  protocol::JobsReply jobs = SampleJobs();
  jobs.jobs[1].error = "fatal: \x1b]0;x\x07";
  ExpectSafe(JobsPage(jobs, Screen()));
  protocol::ModelStatus model = SampleModels().models.back();
  model.name = model.use = model.state = model.licence = model.source = "\x1b[31mx\x9b";
  model.problem = "a\nb\x07";
  ExpectSafe(ModelListPage({{model}}, Screen()));
  ExpectSafe(ModelPage(model, "\x1b[5m", Screen()));
  EXPECT_TRUE(MatchesGolden(SearchPage(reply, Pipe(), true), "search-hostile.txt"));
}

TEST(Pages, List) {
  EXPECT_TRUE(MatchesGolden(ListPage({{SampleRepo(), EmptyRepo()}}, Pipe()), "list.txt"));
  EXPECT_TRUE(MatchesGolden(ListPlain({{SampleRepo(), EmptyRepo()}}), "list-plain.txt"));
  EXPECT_EQ(ListPage({}, Pipe()), "");
}
TEST(Pages, Status) {
  EXPECT_TRUE(MatchesGolden(StatusPage(SampleStatus(), Pipe()), "status.txt"));
  EXPECT_TRUE(MatchesGolden(StatusPage(SampleStatus(), Screen()), "status-colour.txt"));
  EXPECT_TRUE(MatchesGolden(StatusPlain(SampleStatus()), "status-plain.txt"));
}
TEST(Pages, Add) {
  protocol::AddReply reply{EmptyRepo(), {"41"}, "no commit yet: it is indexed with the first one"};
  EXPECT_TRUE(MatchesGolden(AddPage(reply, Pipe()), "add.txt"));
}
TEST(Pages, Sync) {
  EXPECT_TRUE(MatchesGolden(SyncPage({{SampleRepo()}, {"41", "42"}}, Pipe()), "sync.txt"));
}
TEST(Pages, Files) {
  EXPECT_TRUE(MatchesGolden(FilesLines(SampleFiles(), Pipe()), "files.txt"));
  EXPECT_TRUE(MatchesGolden(FilesPlain(SampleFiles()), "files-plain.txt"));
}

TEST(PageTest, WhatCanBeDoneAboutAFileIsSaid) {
  EXPECT_NE(RemedyFor("missing").find("git fetch"), std::string_view::npos);
  EXPECT_NE(RemedyFor("unreadable").find("git fsck"), std::string_view::npos);
  EXPECT_EQ(RemedyFor("too_large"), "");
  EXPECT_EQ(RemedyFor(""), "");
}
TEST(Pages, Jobs) {
  EXPECT_TRUE(MatchesGolden(JobsPage(SampleJobs(), Pipe()), "jobs.txt"));
  EXPECT_TRUE(MatchesGolden(JobsPlain(SampleJobs()), "jobs-plain.txt"));
}
TEST(Pages, Models) {
  EXPECT_TRUE(MatchesGolden(ModelListPage(SampleModels(), Pipe()), "models.txt"));
  EXPECT_TRUE(MatchesGolden(ModelListPlain(SampleModels()), "models-plain.txt"));
  EXPECT_EQ(ModelListPage({}, Pipe()), "");
}
TEST(Pages, Model) {
  EXPECT_TRUE(
      MatchesGolden(ModelPage(SampleModels().models.back(), "pinned", Pipe()), "model.txt"));
  EXPECT_TRUE(MatchesGolden(ModelPage(DamagedModel(), "", Pipe()), "model-damaged.txt"));
  EXPECT_THAT(ModelListPage({{DamagedModel()}}, Pipe()),
              testing::HasSubstr("\nlocal/smollm2-135m-instruct: its file has changed"));
}
TEST(Pages, ModelBench) {
  protocol::ModelBenchReply reply{"static/default", 256,  32, 4096, 2 << 20, 2, 2048,
                                  1 << 20,          0.05, 0.2};
  EXPECT_TRUE(MatchesGolden(ModelBenchPage(reply, Pipe()), "model-bench.txt"));
  EXPECT_EQ(ModelBenchPlain(reply),
            "static/default\t256\t32\t4096\t2097152\t2.000\t2048.000\t1048576.000\t0.050\t0.200\n");
}
TEST(Pages, Show) { EXPECT_TRUE(MatchesGolden(ShowPage(SampleShow(), Pipe()), "show.txt")); }

TEST(Format, Numbers) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
  EXPECT_EQ(ByteCount(1023), "1023 B");
  EXPECT_EQ(ByteCount(1536), "1.5 KiB");
  EXPECT_EQ(ByteCount(std::uint64_t{5} << 40U), "5.0 TiB");
}

/// Line `marked` of `count` holds the word that is asked for.
std::string Snippet(std::size_t count, std::size_t marked, std::string_view symbol) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    text += i == 1 ? "void Head()\n" : i == marked ? "needle\n" : "hay\n";
  }
  const Display display = Pipe();
  const Paint paint(display);
  const QueryWords words("needle");
  return CodeLines({text, 1, "c", symbol}, words, paint, 0).Snippet(5);
}

TEST(Snippet, ShortTextsAreShownWhole) {
  EXPECT_EQ(Snippet(6, 6, ""),
            "  1 │ void Head()\n  2 │ hay\n  3 │ hay\n  4 │ hay\n  5 │ hay\n  6 │ needle\n");
}

TEST(Snippet, IsCentredOnTheMatchWithTheHeadBefore) {
  EXPECT_EQ(Snippet(40, 30, "ns::Head"),
            "   1 │ void Head()\n     ⋮\n  29 │ hay\n  30 │ needle\n  31 │ hay\n     ⋮\n");
}

TEST(Snippet, AMarkNeverStandsForOneLine) {
  EXPECT_EQ(Snippet(12, 4, "Head"),
            "   1 │ void Head()\n   2 │ hay\n   3 │ hay\n   4 │ needle\n   5 │ hay\n     ⋮\n");
  EXPECT_EQ(Snippet(8, 6, "Head"),
            "  1 │ void Head()\n    ⋮\n  5 │ hay\n  6 │ needle\n  7 │ hay\n  8 │ hay\n");
}

TEST(Snippet, BeginsAtTheStartWhereNothingMatches) {
  EXPECT_EQ(Snippet(40, 0, ""),
            "   1 │ void Head()\n   2 │ hay\n   3 │ hay\n   4 │ hay\n   5 │ hay\n     ⋮\n");
}

TEST(CodeLines, LongLinesAreCutOnATerminalOnly) {
  const std::string text = "x = \"" + std::string(200, 'y') + "\"\n";
  const Display display = AsciiScreen();
  const Paint paint(display);
  const QueryWords none{std::string_view()};
  const std::string cut = CodeLines({text, 7, "python", ""}, none, paint, 80).All();
  EXPECT_EQ(cut.size(), 81U) << cut;
  EXPECT_THAT(cut, testing::EndsWith("...\n"));
  EXPECT_EQ(CodeLines({text, 7, "python", ""}, none, paint, 0).All(), "  7 | " + text);
}

}  // namespace
}  // namespace coppice::client

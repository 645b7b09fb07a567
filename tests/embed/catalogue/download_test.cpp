// Downloads from a server process that serves a file well, badly or not at all.

#include "embed/catalogue/download.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "base/json.h"
#include "embed/catalogue/model_registry.h"
#include "tests/embed/catalogue/gguf_builder.h"
#include "tests/embed/catalogue/model_folder.h"
#include "tests/support/server_process.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class DownloadTest : public ModelFolderTest {
 protected:
  DownloadTest()
      : content_(GgufBuilder().Number("bert.embedding_length", 8).Tensor("t", 100'000).Build()) {
    server_.emplace(
        test::ServerProcess::Python("tests/support/file_server.py", {File("served", content_)}));
    client_ = http::HttpClient::Open({}).value();
    options_.first_pause = milliseconds(1);
    options_.idle_timeout = milliseconds(500);
    options_.max_failures = 3;
    options_.progress_bytes = 1000;
  }

  Result<void> Get(const std::string& path, const Deadline& deadline = Deadline::Never()) {
    COPPICE_ASSIGN(IncomingFile part, IncomingFile::Resume(part_path_, deadline));
    return Download(*client_, server_->Url(path), options_, part, check_space_, on_bytes_,
                    deadline);
  }
  /// Errors: fails the test where it is got after all.
  Error Refused(const std::string& path) {
    const auto got = Get(path);
    EXPECT_FALSE(got) << path;
    if (got) return MakeError(ErrorCode::kInternal, "it was got");
    EXPECT_FALSE(got.error().retryable) << "no machine is to try again by itself";
    return got.error();
  }
  std::string Part() const { return Read(part_path_); }
  /// The Range of each request so far; "" = none.
  std::vector<std::string> Ranges() {
    http::HttpRequest request;
    request.url = server_->Url("/log");
    const auto log = client_->Send(std::move(request), Deadline::Never());
    std::vector<std::string> ranges;
    for (const Json& asked : Json::parse(log->body)) {
      ranges.push_back(asked[1].is_null() ? "" : asked[1].get<std::string>());
    }
    return ranges;
  }
  std::string From(std::size_t byte) const { return "bytes=" + std::to_string(byte) + "-"; }

  const std::string content_;
  const std::string part_path_ = folder_ / "models/parts/local=a.part";
  std::optional<test::ServerProcess> server_;
  std::unique_ptr<http::HttpClient> client_;
  DownloadOptions options_;
  std::function<Result<void>(std::uint64_t)> check_space_ = [](std::uint64_t) {
    return Result<void>();
  };
  std::function<void(std::uint64_t, std::uint64_t)> on_bytes_;
};

TEST_F(DownloadTest, GetsTheWholeFileAndTellsHowFarItIs) {
  std::uint64_t last = 0;
  on_bytes_ = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_EQ(total, content_.size());
    last = done;
  };
  const auto got = Get("/ok");
  ASSERT_TRUE(got) << got.error().ToString();
  EXPECT_EQ(Part(), content_);
  EXPECT_EQ(last, content_.size());
}

TEST_F(DownloadTest, ABrokenConnectionIsGoneOnWith) {
  ASSERT_TRUE(Get("/cut/150000"));
  EXPECT_EQ(Part(), content_);
  EXPECT_THAT(Ranges(), testing::ElementsAre("", From(150'000), From(300'000)));
}

TEST_F(DownloadTest, ALaterCallGoesOnWhereAnEarlierGaveUp) {
  const Error error = Refused("/half-then-gone/150000");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("503"));
  EXPECT_THAT(error.message, HasSubstr("3 tries"));
  EXPECT_EQ(Part(), content_.substr(0, 150'000));
  server_.emplace(
      test::ServerProcess::Python("tests/support/file_server.py", {File("served", content_)}));
  EXPECT_EQ(Refused("/half-then-gone/150000").code, ErrorCode::kUnavailable)
      << "another port is another address: it begins anew";
  EXPECT_EQ(Refused("/half-then-gone/150000").code, ErrorCode::kUnavailable);
  EXPECT_EQ(Ranges().back(), From(150'000));
}

TEST_F(DownloadTest, AServerWithoutRangesSendsItAllAgain) {
  ASSERT_TRUE(Get("/no-range"));
  EXPECT_EQ(Part(), content_);
}

TEST_F(DownloadTest, AFileThatChangedMeanwhileBeginsAnew) {
  ASSERT_TRUE(Get("/changed"));
  EXPECT_EQ(Part(), std::string(content_.rbegin(), content_.rend()));
}

TEST_F(DownloadTest, APartThatNobodyVouchesForIsGoneOnWithOnlyIfItsHashIsKnown) {
  EXPECT_EQ(Refused("/no-etag").code, ErrorCode::kUnavailable);
  EXPECT_THAT(Ranges(), testing::Each("")) << "two halves of two files would be one of neither";
  options_.hash_known = true;
  EXPECT_TRUE(Get("/no-etag"));
  EXPECT_EQ(Part(), content_);
}

TEST_F(DownloadTest, AnswersThatAreWrongAreNotBelieved) {
  ASSERT_TRUE(Get("/liar"));
  EXPECT_EQ(Part(), content_);
  EXPECT_EQ(Refused("/short").code, ErrorCode::kUnavailable);
}

TEST_F(DownloadTest, AServerThatIsBusyIsLeftAloneForAsLongAsItAsks) {
  const auto begin = Deadline::Clock::now();
  ASSERT_TRUE(Get("/busy"));
  EXPECT_GE(Deadline::Clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(Part(), content_);
}

TEST_F(DownloadTest, WhatTheServerRefusesIsNotTriedAgain) {
  EXPECT_EQ(Refused("/status/404").code, ErrorCode::kNotFound);
  EXPECT_EQ(Refused("/status/410").code, ErrorCode::kNotFound);
  EXPECT_EQ(Refused("/status/401").code, ErrorCode::kPermissionDenied);
  const Error terms = Refused("/status/403");
  EXPECT_EQ(terms.code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(terms.remedy, HasSubstr("terms"));
  EXPECT_EQ(Refused("/status/418").code, ErrorCode::kUnavailable);
  EXPECT_EQ(Ranges().size(), 5U) << "each was asked for once";
}

TEST_F(DownloadTest, RedirectsAreFollowedFromHttpsOnly) {
  EXPECT_THAT(Refused("/redirect").remedy, HasSubstr("only from https"));
  EXPECT_THAT(Refused("/away").remedy, HasSubstr("only from https"));
}

TEST_F(DownloadTest, AServerThatFallsSilentIsGivenUp) {
  const Error error = Refused("/slow");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(Part(), content_.substr(0, 300)) << "three tries, a hundred bytes each";
}

TEST_F(DownloadTest, ALengthThatIsNotSaidIsTakenAsItComes) {
  std::vector<std::uint64_t> asked;
  check_space_ = [&](std::uint64_t bytes) {
    asked.push_back(bytes);
    return Result<void>();
  };
  ASSERT_TRUE(Get("/chunked"));
  EXPECT_EQ(Part(), content_);
  EXPECT_THAT(asked, testing::ElementsAre(64 << 20));
}

TEST_F(DownloadTest, WithoutRoomNothingIsWritten) {
  check_space_ = [&](std::uint64_t bytes) -> Result<void> {
    EXPECT_EQ(bytes, content_.size());
    return MakeError(ErrorCode::kResourceExhausted, "no room");
  };
  EXPECT_EQ(Refused("/ok").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(Part(), "");
}

TEST_F(DownloadTest, AnotherLengthThanExpectedIsRefusedAtOnce) {
  options_.expected_bytes = content_.size() + 1;
  EXPECT_EQ(Refused("/ok").code, ErrorCode::kCorrupt);
  EXPECT_EQ(Part(), "");
}

TEST_F(DownloadTest, WhoGivesItUpKeepsWhatCame) {
  std::stop_source stop;
  on_bytes_ = [&](std::uint64_t, std::uint64_t) { stop.request_stop(); };
  const auto got = Get("/slowly", Deadline::Never(stop.get_token()));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kCancelled);
  const std::size_t had = Part().size();
  EXPECT_GT(had, 0U);
  on_bytes_ = nullptr;
  ASSERT_TRUE(Get("/slowly"));
  EXPECT_EQ(Part(), content_);
  EXPECT_EQ(Ranges().back(), From(had));
}

TEST_F(DownloadTest, NobodyThereIsSaid) {
  server_->Kill();
  const Error error = Refused("/ok");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("127.0.0.1"));
}

TEST(DownloadUrl, IsHttpsOrThisMachineOrAllowed) {
  for (const char* good : {"https://models.example.org/a", "http://127.0.0.1:8080/a",
                           "http://localhost/a", "http://[::1]:80/a"}) {
    EXPECT_TRUE(CheckDownloadUrl(good, false)) << good;
  }
  for (const char* bad : {"http://models.example.org/a", "http://127.evil.example/a",
                          "http://localhost.example/a", "http://10.0.0.1/a"}) {
    const auto refused = CheckDownloadUrl(bad, false);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().remedy, HasSubstr("--allow-http"));
    EXPECT_TRUE(CheckDownloadUrl(bad, true)) << bad;
  }
  for (const char* bad : {"", "file:///etc/passwd", "ftp://a/b", "models.example.org/a",
                          "https://user:secret@models.example.org/a"}) {
    EXPECT_EQ(CheckDownloadUrl(bad, true).error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

/// `pull` of a catalogue whose one model is served.
class PullTest : public DownloadTest {
 protected:
  Result<TakenModel> Pull(const std::string& path, bool hash_known) {
    url_ = server_->Url(path);
    const CatalogueFile file{"F16", "a.gguf", url_,
                             hash_known ? std::string_view(hash_) : std::string_view(), 0};
    CatalogueEntry entry;
    entry.name = "local/a";
    entry.dimensions = 8;
    entry.licence = "MIT";
    entry.files = {&file, 1};
    const Catalogue catalogue({&entry, 1});
    ModelRegistry registry(catalogue, *store_, [](const std::string&) { return std::string(); });
    PullModelRequest request;
    request.name = "local/a";
    request.trust_first_use = trust_first_use_;
    auto taken = registry.Pull(request, *client_, options_, nullptr, Deadline::Never());
    if (taken) {
      EXPECT_TRUE(registry.Use("local/a", Deadline::Never()));
    }
    return taken;
  }

  const std::string hash_ = Hash(content_);
  std::string url_;
  bool trust_first_use_ = false;
};

TEST_F(PullTest, AFileWithTheRightHashIsTakenAndNothingIsLeft) {
  const auto taken = Pull("/cut/150000", true);
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_EQ(taken->entry.source, url_);
  EXPECT_EQ(Read(taken->entry.spec.path), content_);
  EXPECT_EQ(CountIn("parts"), 0U);
  EXPECT_EQ(Pull("/ok", true)->note, "it was here already");
}

TEST_F(PullTest, APartIsGoneOnWithWithoutEtagWhereTheHashIsKnown) {
  const auto taken = Pull("/no-etag", true);
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_EQ(Ranges().back(), From(content_.size() / 2));
}

TEST_F(PullTest, AWrongHashIsThrownAwayAndReplacesNothing) {
  const auto wrong = Pull("/changed", true);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(wrong.error().message, HasSubstr(hash_));
  EXPECT_EQ(CountIn("parts"), 0U) << "it is not gone on with either";
  EXPECT_EQ(CountIn("files"), 0U);
  EXPECT_TRUE(Pull("/ok", true));
}

TEST_F(PullTest, WithoutAHashItIsPinnedOrRefused) {
  EXPECT_EQ(Pull("/ok", false).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Ranges().empty()) << "nothing was asked for";
  trust_first_use_ = true;
  EXPECT_THAT(Pull("/ok", false)->note, HasSubstr("pinned to SHA-256 " + hash_));
}

TEST_F(PullTest, WhatIsNoModelIsThrownAway) {
  trust_first_use_ = true;
  const auto reversed = Pull("/changed", false);
  ASSERT_FALSE(reversed);
  EXPECT_EQ(reversed.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(reversed.error().message, HasSubstr("is no GGUF file"));
  EXPECT_EQ(CountIn("parts"), 0U);
}

TEST_F(PullTest, WhereNobodyAnswersItSaysWhatToDo) {
  server_->Kill();
  const auto failed = Pull("/ok", true);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("local/a"));
  EXPECT_THAT(failed.error().remedy, HasSubstr("model add FILE --name local/a"));
}

TEST_F(PullTest, RemovingAModelTakesTheBeginningOfItsDownloadAway) {
  EXPECT_FALSE(Pull("/half-then-gone/1000", true));
  EXPECT_EQ(CountIn("parts"), 2U);
  store_ = Reopen();
  EXPECT_EQ(CountIn("parts"), 2U);
  {
    const auto held = IncomingFile::Resume(store_->PartPath("local/a"), Deadline::Never());
    EXPECT_EQ(store_->Remove("local/a").error().code, ErrorCode::kConflict);
  }
  EXPECT_TRUE(store_->Remove("local/a"));
  EXPECT_EQ(CountIn("parts"), 0U);
}

}  // namespace
}  // namespace coppice::embed

#include "store/pg/migrate.h"

#include <future>
#include <memory>
#include <pqxx/pqxx>
#include <thread>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

class MigrateTest : public ::testing::Test {
 protected:
  void SetUp() override { url_ = test::PgServer::Shared().FreshDatabase(); }
  void TearDown() override { test::PgServer::Shared().Drop(url_); }
  Result<std::unique_ptr<Store>> Open(bool migrate = true) { return Store::Open({url_, 4, migrate}, Soon()); }
  std::string Sql(const std::string& statements) { return test::Sql(url_, statements); }

  std::string url_;
};

TEST_F(MigrateTest, AnEmptyDatabaseGetsTheWholeSchema) {
  ASSERT_TRUE(Open()) << Open().error().ToString();
  EXPECT_EQ(Sql("SELECT max(version) FROM coppice.migration"), std::to_string(kSchemaVersion));
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.definition"), "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.chunk"), "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.reference"), "0");
}

TEST_F(MigrateTest, OpeningAgainChangesNothing) {
  ASSERT_TRUE(Open());
  const auto applied = Sql("SELECT max(applied_at) FROM coppice.migration");
  ASSERT_TRUE(Open());
  EXPECT_EQ(Sql("SELECT max(applied_at) FROM coppice.migration"), applied);
}

TEST_F(MigrateTest, SeveralDaemonsMayStartAtOnce) {
  std::vector<std::future<ErrorCode>> opened;
  for (int i = 0; i < 4; ++i) opened.push_back(std::async(std::launch::async, [this] { return CodeOf(Open()); }));
  for (auto& result : opened) EXPECT_EQ(static_cast<int>(result.get()), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.migration"), std::to_string(kSchemaVersion));
}

TEST_F(MigrateTest, ANewerSchemaIsRefused) {
  ASSERT_TRUE(Open());
  Sql("INSERT INTO coppice.migration (version, name, checksum) VALUES (9999, '9999_future', 'x')");
  for (const bool migrate : {true, false}) {
    const auto opened = Open(migrate);
    ASSERT_EQ(CodeOf(opened), ErrorCode::kUnsupportedVersion);
    EXPECT_THAT(opened.error().message, ::testing::HasSubstr("9999"));
  }
}

TEST_F(MigrateTest, ANewerSchemaIsRefusedBeforeTheExtensionIsMade) {
  if (test::PgServer::Shared().external()) GTEST_SKIP() << "the role is no superuser";
  ASSERT_TRUE(Open());
  Sql("DROP EXTENSION vector CASCADE");
  Sql("INSERT INTO coppice.migration (version, name, checksum) VALUES (9999, '9999_future', 'x')");
  EXPECT_EQ(CodeOf(Open()), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_extension WHERE extname = 'vector'"), "0");
}

TEST_F(MigrateTest, TheLockOfAnotherProgramIsPolledWhileTheExtensionIsMissing) {
  if (test::PgServer::Shared().external()) GTEST_SKIP() << "the role is no superuser";
  Sql("DROP EXTENSION vector");
  pqxx::connection other(url_);
  auto migrating = std::make_unique<pqxx::work>(other);
  migrating->exec(fmt::format("SELECT pg_advisory_xact_lock({})", 0x43'6F'70'70'69'63'65'00));
  auto opened = std::async(std::launch::async, [this] { return CodeOf(Open()); });
  // Whoever waits inside the server stands in pg_locks; whoever polls does not.
  EXPECT_EQ(opened.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), "0");
  migrating.reset();
  EXPECT_EQ(static_cast<int>(opened.get()), 0);
}

TEST_F(MigrateTest, WithoutLeaveToMigrateItNamesWhatIsMissingAndAltersNothing) {
  const auto opened = Open(false);
  ASSERT_EQ(CodeOf(opened), ErrorCode::kConflict);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("0001_initial"));
  EXPECT_EQ(Sql("SELECT to_regnamespace('coppice')"), "");
}

TEST_F(MigrateTest, AMigrationThatDiffersIsRefused) {
  ASSERT_TRUE(Open());
  Sql("UPDATE coppice.migration SET checksum = 'other' WHERE version = 1");
  EXPECT_EQ(CodeOf(Open()), ErrorCode::kConflict);
}

TEST_F(MigrateTest, TheSchemaForADbaSuffices) {
  const std::string text = SchemaText();
  const std::string_view extension = "CREATE EXTENSION IF NOT EXISTS vector;";
  ASSERT_NE(text.find(extension), std::string::npos);
  EXPECT_EQ(text.substr(0, text.find(extension)).find("\nCREATE"), std::string::npos) << "the extension comes first";
  const std::string rest = text.substr(text.find(extension) + extension.size());
  const std::string schema = Sql("SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n "
                                 "ON n.oid = e.extnamespace WHERE extname = 'vector'");
  Sql(fmt::format("SET search_path = {}; {}", schema, rest));
  const auto opened = Open(false);
  EXPECT_TRUE(opened) << opened.error().ToString();
}

TEST_F(MigrateTest, ADatabaseThatIsAwayIsUnavailable) {
  const auto opened = Store::Open({"postgresql://x@%2Fnonexistent/x", 1, true}, Soon());
  ASSERT_EQ(CodeOf(opened), ErrorCode::kUnavailable);
  EXPECT_TRUE(opened.error().retryable);
}

TEST_F(MigrateTest, AMalformedUrlIsInvalid) {
  EXPECT_EQ(CodeOf(Store::Open({"no such = thing = here", 1, true}, Soon())), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace coppice::store

#include "tests/support/pg_fixture.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <pqxx/pqxx>
#include <sys/stat.h>

#include "base/format.h"

namespace coppice::test {
namespace {

constexpr int kSkipped = 77;

[[noreturn]] void Give(int code, const std::string& reason) {
  std::printf("SKIPPED: %s\n", reason.c_str());
  std::fflush(stdout);
  std::_Exit(code);
}

/// Memory where there is enough of it: a database's files are many, and here they live for seconds.
std::string Parent() {
  constexpr std::uintmax_t kEnough = std::uintmax_t{3} << 30U;
  std::error_code error;
  const auto space = std::filesystem::space("/dev/shm", error);
  const bool usable =
      !error && space.available >= kEnough && ::access("/dev/shm", W_OK | X_OK) == 0;
  return usable ? "/dev/shm" : "/tmp";
}

/// `url` with another database's name: ours end in "/coppice".
std::string WithDatabase(const std::string& url, const std::string& name) {
  return url.substr(0, url.rfind('/') + 1) + name;
}

}  // namespace

Deadline Soon() { return Deadline::After(std::chrono::seconds(120)); }

ClusterFolder::ClusterFolder() {
  std::string name = Parent() + "/coppice-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  ::chmod(name.c_str(), 0711);
  path_ = name;
}

ClusterFolder::~ClusterFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::unique_ptr<store::PrivateCluster> StartClusterOrSkip(const std::string& folder) {
  auto cluster = store::PrivateCluster::Start({folder, "", ""}, Soon());
  if (!cluster && cluster.error().code == ErrorCode::kUnsupported)
    Give(kSkipped, cluster.error().ToString());
  if (!cluster) Give(1, "no private cluster: " + cluster.error().ToString());
  return std::move(*cluster);
}

PgServer& PgServer::Shared() {
  static PgServer server;
  return server;
}

PgServer::PgServer() {
  if (::getenv("COPPICE_TEST_DATABASE_URL") != nullptr) return;  // NOLINT(concurrency-mt-unsafe)
  folder_ = std::make_unique<ClusterFolder>();
  cluster_ = StartClusterOrSkip(folder_->cluster());
  // Nothing here outlives the test: spare the disk.
  test::Sql(cluster_->url(), "ALTER SYSTEM SET fsync = off");
  test::Sql(cluster_->url(), "SELECT pg_reload_conf()");
}

void PgServer::Drop(const std::string& url) {
  if (!external())
    test::Sql(cluster_->url(), "DROP DATABASE " + url.substr(url.rfind('/') + 1) + " WITH (FORCE)");
}

std::string PgServer::FreshDatabase() {
  if (external()) {
    const std::string url = ::getenv("COPPICE_TEST_DATABASE_URL");  // NOLINT(concurrency-mt-unsafe)
    test::Sql(url, "DROP SCHEMA IF EXISTS coppice CASCADE");
    return url;
  }
  const std::string name = fmt::format("test_{}", ++databases_);
  test::Sql(cluster_->url(), fmt::format("CREATE DATABASE {}", name));
  std::string url = WithDatabase(cluster_->url(), name);
  test::Sql(url, "CREATE EXTENSION vector");
  return url;
}

std::string Sql(const std::string& url, const std::string& statements) {
  try {
    pqxx::connection connection(url);
    pqxx::nontransaction work(connection);
    work.exec("SET client_min_messages = warning");
    const pqxx::result result = work.exec(statements);
    if (result.empty() || result.columns() == 0 || result[0][0].is_null()) return "";
    return result[0][0].as<std::string>();
  } catch (const std::exception& e) {
    ADD_FAILURE() << statements << ": " << e.what();
    return "";
  }
}

void PgTest::TearDown() {
  store_.reset();
  if (!url_.empty()) PgServer::Shared().Drop(url_);
}

void PgTest::SetUp() {
  url_ = PgServer::Shared().FreshDatabase();
  store_ = OpenAnother();
  ASSERT_NE(store_, nullptr);
}

std::unique_ptr<store::Store> PgTest::OpenAnother() const {
  auto opened = store::Store::Open({url_, 8, true}, Soon());
  if (!opened) {
    ADD_FAILURE() << opened.error().ToString();
    return nullptr;
  }
  return std::move(*opened);
}

}  // namespace coppice::test

#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/private_cluster.h"
#include "store/store.h"

namespace coppice::test {

/// A folder for temporary data that the account of a private cluster can enter; removed at the end.
class ClusterFolder {
 public:
  ClusterFolder();
  ~ClusterFolder();
  ClusterFolder(const ClusterFolder&) = delete;
  ClusterFolder& operator=(const ClusterFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Where a private cluster goes.
  [[nodiscard]] std::string cluster() const { return path_ + "/pg"; }

 private:
  std::string path_;
};

/// Starts a private cluster there. Where no server programs are installed the process ends with 77,
/// the reason on stdout: the whole test counts as skipped.
std::unique_ptr<store::PrivateCluster> StartClusterOrSkip(const std::string& folder);

/// The PostgreSQL that all tests of one executable share: the one of COPPICE_TEST_DATABASE_URL, or
/// else a private cluster, started at first use.
class PgServer {
 public:
  static PgServer& Shared();

  [[nodiscard]] bool external() const { return cluster_ == nullptr; }
  /// Gives the URL of a database without our schema, with the vector extension. On an external
  /// server it is always the same one, emptied; tests of one executable run one after another.
  std::string FreshDatabase();
  /// Removes one that FreshDatabase gave.
  void Drop(const std::string& url);

 private:
  PgServer();
  std::unique_ptr<ClusterFolder> folder_;
  std::unique_ptr<store::PrivateCluster> cluster_;
  int databases_ = 0;
};

/// Runs statements on a database; a failure fails the test. Gives the first field of the last
/// result ("" = none).
std::string Sql(const std::string& url, const std::string& statements);

/// A fresh database for each test, and a store on it.
class PgTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Another store on the same database, as another daemon has it.
  [[nodiscard]] std::unique_ptr<store::Store> OpenAnother() const;
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  std::string Sql(const std::string& statements) const { return test::Sql(url_, statements); }

 private:
  std::string url_;
  std::unique_ptr<store::Store> store_;
};

/// Long enough for anything a test waits for.
Deadline Soon();

}  // namespace coppice::test

// Runs a test program against a server that it knows only by URL, as a role that is no superuser: the way a database
// of the owner's is set up. external_runner PROGRAM ARG…
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "base/process.h"
#include "tests/support/pg_fixture.h"

namespace coppice {
namespace {

/// A superuser makes role, database and extension, and nothing else.
std::string SetUpForRole(const store::PrivateCluster& cluster, const std::string& folder) {
  const auto self = CurrentAccount();
  if (!self) return "";
  {
    std::ofstream map(folder + "/ident.conf", std::ios::app);
    map << "coppice \"" << self->name << "\" plain\n";
  }
  test::Sql(cluster.url(), "SELECT pg_reload_conf()");
  test::Sql(cluster.url(), "CREATE ROLE plain LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS");
  test::Sql(cluster.url(), "CREATE DATABASE owned OWNER plain");
  std::string url = cluster.url().substr(0, cluster.url().rfind('/') + 1) + "owned";
  // In a schema of its own, off the search_path.
  test::Sql(url, "CREATE SCHEMA extensions");
  test::Sql(url, "CREATE EXTENSION vector SCHEMA extensions");
  test::Sql(url, "GRANT USAGE ON SCHEMA extensions TO plain");
  return url.replace(url.find("coppice@"), 8, "plain@");
}

int Run(const std::vector<std::string>& argv) {
  const test::ClusterFolder folder;
  const auto cluster = test::StartClusterOrSkip(folder.cluster());
  const std::string url = SetUpForRole(*cluster, folder.cluster());
  Command command;
  command.argv = argv;
  command.environment["COPPICE_TEST_DATABASE_URL"] = url;
  command.stdout_fd = STDOUT_FILENO;
  auto child = ChildProcess::Start(command);
  if (!child) {
    std::fprintf(stderr, "%s\n", child.error().ToString().c_str());
    return 1;
  }
  const auto status = child->Wait(Deadline::After(std::chrono::minutes(15)));
  if (!status || status->signal != 0) return 1;
  return status->code;
}

}  // namespace
}  // namespace coppice

int main(int argc, char** argv) { return coppice::Run({argv + 1, argv + argc}); }
